// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/pyramid.h"
#include "core/result.h"
#include "isp/frame_alignment.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

struct VideoDenoiserOptions {
  FrameAlignmentOptions alignment;
  /// 0 .. 0.9: share of one frame's noise that the past must leave at least. 0 has least noise, as
  /// pictures want it. What the past brings along by a motion that is a little wrong fades the
  /// sooner the more is left, which trackers want.
  double least_share = 0;

  Status Validate() const;
};

/// A linear frame of a video and how it was taken.
struct VideoFrame {
  Image<uint16_t> linear;  // isp/linear_frame.h
  NoiseProfile::Channel noise;
  /// Exposure times gain, in any unit that stays the same: what x of one scene is in proportion to.
  double exposure = 1;
  /// Whether rows were exposed one after the other, so that each has its own share of a lamp's
  /// flicker.
  bool is_rolling = false;
};

/// Denoises a video as it comes: each frame is put together with all before it, which are held as
/// one and brought along. What moves on its own, or was hidden before, has the noise of its own
/// frame and leaves no trail. Frames differ in brightness by what lamps flicker
/// (isp/lamp_flicker.h).
///
/// Memory: five frames of 16 bits and two pyramids. Deterministic.
class VideoDenoiser {
 public:
  explicit VideoDenoiser(const VideoDenoiserOptions& options) : options_(options) {}

  /// The next frame. `expected`: where its pixels lay in the frame before, as far as that is known
  /// otherwise (RotationField). A frame of another size than the one before, or of 64 times its
  /// exposure or a 64th, begins anew. Fails with kUnusableInput when a side is below 16 px, with
  /// kUsage when the noise or the options cannot be; the frame after that begins anew.
  Status Add(const VideoFrame& frame, const MotionField* expected = nullptr);

  /// The newest frame with all that earlier ones add to it; empty before the first and after an
  /// error.
  const FusedFrame& fused() const { return fused_; }

  /// Forgets all frames, as after a gap in the video.
  void Restart() { fused_ = {}; }

 private:
  Status Fuse(const VideoFrame& frame, const MotionField* expected);
  /// Makes what is held as bright as the new frame, from their pyramids; whether that changed it.
  bool FollowFlicker(const PyramidNoise& noise, const MotionField& motion, bool is_rolling);
  Status BuildPyramids(const Image<uint16_t>& linear, double brightness);

  VideoDenoiserOptions options_;
  NoiseProfile::Channel noise_;  // of the newest frame
  double exposure_ = 1;
  FusedFrame fused_, warped_, next_;
  TrackingPyramid fused_pyramid_, frame_pyramid_;
};

}  // namespace nightjar
