// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "apps/pipeline/depth_filter.h"
#include "apps/pipeline/depth_options.h"
#include "apps/pipeline/keyframe_depth_report.h"
#include "core/depth_map.h"
#include "core/result.h"
#include "core/staged_folder.h"
#include "data/sensor_log.h"
#include "spatial/session.h"

namespace nightjar {

struct KeyframeDepthOptions {
  /// The log again, all of its cameras that were used, the reference camera first, and its depth
  /// sensors.
  std::filesystem::path log;
  SensorLogOptions reading;
  DepthOptions depth;
  bool front = true;  // DevelopmentOptions::front, of stereo and motion
  int threads = 1;
  /// Takes each map, in the order of the keyframes; may be empty.
  std::function<void(const DepthMap&)> take;
  std::function<void(int64_t keyframes)> progress;  // that have depth; may be empty
  std::function<bool()> cancelled;                  // may be empty
};

struct KeyframeDepths {
  std::vector<KeyframeDepth> files;
  StageReport report;
  std::optional<DepthSummary> told;  // nothing where no keyframe has depth
};

/// Depth of the session's keyframes from the log, read a second time: measured at each, then
/// filtered with that of its neighbours through the final poses. A keyframe of which nothing could
/// be measured is left out. Of DepthSource::kAuto the next source is taken where one gives nothing
/// at all. The report says how many lack depth and why, and where depth came from; holds
/// maps of 2 neighbours + 1 keyframes. kTryAgain when cancelled.
Result<DepthOutcome> MeasureKeyframeDepth(const Session& session,
                                          const KeyframeDepthOptions& options,
                                          const TakeDepth& take);

/// kUnusableInput where `options` name a source that the log does not have. Before anything is
/// estimated.
Status CheckDepthSource(const Rig& rig, const KeyframeDepthOptions& options);

/// The same into depth/ of `folder` (docs/formats/session.md); of none nothing is written, and the
/// maps are only taken.
Result<KeyframeDepths> WriteKeyframeDepth(const Session& session,
                                          const KeyframeDepthOptions& options,
                                          StagedFolder* folder);

}  // namespace nightjar
