// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "isp/depth/depth_fusion.h"
#include "isp/depth/plane_sweep.h"
#include "isp/depth/stereo_rectification.h"

namespace nightjar {

/// Where `process --depth` takes the depth of keyframes from.
enum class DepthSource {
  kAuto,    // a depth sensor where the log has one, else two cameras, else motion
  kSensor,  // the depth sensor that is nearest to the reference camera
  kStereo,  // the reference camera and another one of the rig
  kMotion,  // the reference camera alone, as it moves
};

struct DepthOptions {
  DepthSource source = DepthSource::kAuto;
  /// Whether depth of a sensor is a measurement of the estimator as well, with its features'
  /// positions (docs/maths/depth-factors.md).
  bool factors = true;
  StereoRectificationOptions rectification;
  PlaneSweepOptions sweep;
  /// 0 .. 8: keyframes before and as many behind whose depth a keyframe's is filtered with.
  int neighbours = 2;
  DepthFusionOptions fusion;

  Status Validate() const;
};

}  // namespace nightjar
