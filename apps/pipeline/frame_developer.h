// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <optional>
#include <vector>

#include "apps/pipeline/frame_noise.h"
#include "calibration/rig.h"
#include "core/frame.h"
#include "core/result.h"
#include "isp/raw_front.h"
#include "isp/spatial_denoiser.h"
#include "isp/tracking_pyramid.h"
#include "isp/video_denoiser.h"

namespace nightjar {

struct DevelopmentOptions {
  /// Whether RAW frames pass the RAW front (isp/raw_front.h): a hot pixel is a corner that never
  /// moves.
  bool front = true;
  /// Whether RAW frames are put together with those before them, which are brought along
  /// (VideoDenoiser). Off: what is brought along by a motion that is a little wrong moves features
  /// (docs/maths/temporal-denoising.md).
  bool temporal = false;
  /// Whether what noise is left is removed within the frame. Off: the tracker knows the noise and
  /// gains nothing by it at 3 lux and more, and at 0.5 lux there is too little left to track in
  /// (docs/maths/development-study.md).
  bool spatial = false;
  /// 0 .. 1: noise at a tenth of white, as a share of it, from which on a frame is denoised. 0.08
  /// is 1600 electrons at white. In better light there is nothing to gain, and texture to lose.
  double min_noise = 0.08;
  /// Milder than what has the least error: trackers want texture more than they mind noise.
  SpatialDenoiserOptions shrinkage = {1.2};
  /// Motion of a walk bends: what is near moves otherwise than what is behind it.
  VideoDenoiserOptions video = {{{0.3, 3}}, 0};

  Status Validate() const;
};

/// Makes of the cameras' samples what features are tracked in. RAW frames become linear frames
/// without defects. Frames whose noise matters are denoised where the options want it: monochrome
/// ones over time, all within the frame, also those of 8 bits. What is not known of their noise is
/// estimated from themselves (FrameNoise).
class FrameDeveloper {
 public:
  FrameDeveloper(const Rig& rig, const DevelopmentOptions& options);
  FrameDeveloper(const FrameDeveloper&) = delete;
  FrameDeveloper& operator=(const FrameDeveloper&) = delete;

  /// An image and what its samples mean.
  struct Developed {
    MonoImage image;
    LevelOptions levels;
    /// Of the tracking pyramid made from it; not known where neither rig and log nor the frames
    /// themselves tell, or denoising has left noise that is not white.
    IntensityNoise noise = {};
    /// What kind of frame `image` is: not linear where it passed as it is.
    bool is_linear = false;
    bool is_denoised = false;
  };

  /// How the body turned since the last call, for all cameras: a camera may miss frames.
  void Turn(const Eigen::Quaterniond& R_previous_current_body);

  /// Of a frame that has an image. The result shares memory with `frame` or with this object, whose
  /// next call for the same camera writes over it.
  Result<Developed> Develop(const Frame& frame);

  /// Of the last frame of `camera` that became linear: its noise before it was denoised, and what
  /// is wrong at each pixel afterwards.
  const RawFrontFrame& front(int camera) const {
    return cameras_[static_cast<size_t>(camera)].front;
  }
  const DenoisedFrame& denoised(int camera) const {
    return cameras_[static_cast<size_t>(camera)].denoised;
  }

  int64_t denoised_frames() const { return denoised_frames_; }
  /// Of all cameras (FrameNoise).
  int64_t frames_far_from_profile() const;

 private:
  /// What is held for each camera.
  struct Camera {
    const RigCamera* calibration;  // in rig_
    LevelOptions levels;
    FrameNoise noise;
    VideoDenoiser video;
    /// Of the body since the camera's last frame.
    Eigen::Quaterniond R_previous_current_body = Eigen::Quaterniond::Identity();
    RawFrontFrame front = {};
    DenoisedFrame denoised = {};
  };

  bool IsToDenoise(const RawSamples& samples) const;
  /// A linear frame, with or without defects.
  Status Linearise(const Frame& frame, const RawSamples& samples, Camera& camera) const;
  Result<FusedFrame> Fused(const Frame& frame, Camera& camera);
  Status Denoise(const FusedFrame& fused, const RawSamples& samples, Camera& camera);

  DevelopmentOptions options_;
  Rig rig_;
  std::vector<Camera> cameras_;
  int64_t denoised_frames_ = 0;
};

}  // namespace nightjar
