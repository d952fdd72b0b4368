// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/result.h"
#include "isp/spatial_denoiser.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {

struct DevelopmentOptions {
  /// Whether RAW frames are denoised before features are tracked in them. Off: of simulated walks
  /// and turns at 3 and 1 lux the final trajectory gets better by a third and the causal one no
  /// better, and at 0.5 lux there is too little left to track in (docs/maths/spatial-denoising.md).
  bool denoise = false;
  /// 0 .. 1: noise at a tenth of white, as a share of it, from which on a frame is denoised. 0.08
  /// is 1600 electrons at white. In better light there is nothing to gain, and texture to lose.
  double min_noise = 0.08;
  /// Milder than what has the least error: trackers want texture more than they mind noise.
  SpatialDenoiserOptions spatial = {1.2};

  Status Validate() const;
};

/// Makes of the cameras' samples what features are tracked in. Monochrome RAW frames of 10 bits and
/// more whose noise is known (a profile in the rig, a gain in the log) and matters are denoised;
/// all others pass as they are.
class FrameDeveloper {
 public:
  FrameDeveloper(const Rig& rig, const DevelopmentOptions& options);

  /// An image and what its samples mean.
  struct Developed {
    MonoImage image;
    LevelOptions levels;
  };

  /// Of a frame that has an image. The result shares memory with `frame` or with this object, whose
  /// next call for the same camera writes over it.
  Result<Developed> Develop(const Frame& frame);

  int64_t denoised_frames() const { return denoised_frames_; }

 private:
  DevelopmentOptions options_;
  std::vector<CameraSensor> sensors_;
  std::vector<LevelOptions> levels_;
  std::vector<DenoisedFrame> denoised_;
  int64_t denoised_frames_ = 0;
};

}  // namespace nightjar
