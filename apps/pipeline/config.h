// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "apps/pipeline/depth_options.h"
#include "apps/pipeline/event_source.h"
#include "apps/pipeline/frame_developer.h"
#include "core/result.h"
#include "fusion/estimator_options.h"
#include "isp/feature_tracker.h"
#include "spatial/geometry/scene_builder.h"

namespace nightjar {

/// Every option of the pipeline's stages. A configuration file is YAML with one section per member
/// and the fields' own names:
///
///     estimator:
///       window_keyframes: 12
struct PipelineConfig {
  DevelopmentOptions development;
  FeatureTrackerOptions tracker;
  EventSourceOptions events;
  DepthOptions depth;
  SceneOptions geometry;
  EstimatorOptions estimator;

  Status Validate() const;
};

/// The defaults, changed by what `file` says. Unknown sections and fields, text for a number and
/// values out of range are kUsage errors with the line.
Result<PipelineConfig> ReadConfig(const std::filesystem::path& file);

/// Every option as one JSON object, in a fixed order: what session.json calls the effective
/// configuration.
std::string ToJson(const PipelineConfig& config);

}  // namespace nightjar
