// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "isp/depth/dense_stereo.h"
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

/// Correlation of the errors of two keyframes' depths of one place, 0 .. 1, by where depth is from.
struct DepthCorrelation {
  /// Noise is new in every frame, as it is simulated. A real sensor's neighbouring frames, through
  /// one matching window and one calibration, have more in common.
  double sensor = 0;
  /// What is wrong about one texture, seen from nearly the same place, is wrong again.
  double stereo = 0.8;
  double motion = 0.6;

  Status Validate() const;
};

/// Light of the frames around a keyframe for its two cameras, before they are matched
/// (apps/pipeline/stereo_keyframes.h).
struct GatheringOptions {
  /// 0 .. 4: frames before and as many behind; 0: none.
  int frames = 2;
  /// 0 .. 100: 1 sigma of the noise at a frame's mean light, as a share of it, from which on they
  /// are gathered. 0.5 is 1 lux in the simulated rooms.
  double least_noise = 0.5;

  Status Validate() const;
};

struct DepthOptions {
  DepthSource source = DepthSource::kAuto;
  /// Whether depth of a sensor is a measurement of the estimator as well, with its features'
  /// positions (docs/maths/depth-factors.md).
  bool factors = true;
  /// Whether the noise of RAW frames is dealt with: before the plane sweep, and by the matcher of
  /// two cameras, which is then told how much it is.
  bool denoise = true;
  StereoRectificationOptions rectification;
  /// `disparities` are those that `rectification` needs.
  DenseStereoOptions matching;
  GatheringOptions gathering;
  PlaneSweepOptions sweep;
  /// 0 .. 8: keyframes before and as many behind whose depth a keyframe's is filtered with.
  int neighbours = 2;
  DepthFusionOptions fusion;
  DepthCorrelation correlation;

  Status Validate() const;
};

}  // namespace nightjar
