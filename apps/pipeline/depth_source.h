// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/frame_developer.h"
#include "apps/pipeline/frame_set.h"
#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/result.h"
#include "isp/depth/dense_stereo.h"
#include "isp/depth/stereo_pictures.h"
#include "isp/depth/stereo_rectification.h"

namespace nightjar {

/// What a frame is matched in: grey, as linear as it came, and what is known of its noise.
struct MatchedFrame {
  MonoImage image;
  bool is_linear = false;  // isp/linear_frame.h
  /// As recorded, before denoising; nothing where it is not known.
  std::optional<PictureNoise> noise;
  /// Of neighbouring pixels independent: not of the grey of a mosaic.
  bool is_noise_white = true;
  double exposure = 1;  // ns times gain; 1 where nothing tells of it
};

/// Two cameras' frames of one time, the reference camera's on the left.
struct MatchedPair {
  SensorTime time;
  MatchedFrame left, right;
};

/// What is done to a frame on its way to the matcher.
struct MatchDevelopment {
  bool front = true;       // DevelopmentOptions::front
  bool denoise = true;     // within the frame, whatever its noise
  bool tell_noise = true;  // MatchedFrame::noise
};

/// Develops frames for matching: RAW becomes linear without defects, denoised where that is asked
/// for; a mosaic becomes grey (means of 3 x 3 pixels in which each colour has its share). Frames of
/// 8 bits have been through a camera's own front, and pass.
class MatchDeveloper {
 public:
  MatchDeveloper(const Rig& rig, const MatchDevelopment& development);
  Result<MatchedFrame> Develop(const Frame& frame);

 private:
  Rig rig_;
  bool tell_noise_;
  FrameDeveloper developer_;
};

/// The one of `sensors`, of which there is one at least, that is nearest to `camera`.
int NearestDepthSensor(const RigCamera& camera, const std::vector<RigCamera>& sensors);

/// Depth of the reference camera's undistorted view from it and another camera of the rig.
class StereoDepth {
 public:
  /// With the camera that has most of its view in common with the reference camera; nothing where
  /// no camera can be used. `disparities` of `matching` are what the rectification needs.
  static Result<std::optional<StereoDepth>> Create(const Rig& rig,
                                                   const StereoRectificationOptions& rectification,
                                                   const DenseStereoOptions& matching);

  int partner() const { return partner_; }  // index into Rig::cameras

  int disparities() const { return rectification_.disparities(); }  // that are looked for
  /// m, along the axis of the rectified view: what is nearer is not known.
  double NearestDepth() const;

  /// Nothing where one of the two has no image, or was exposed at another time (kTogether).
  /// The images share memory with `developer`, whose next call writes over them.
  Result<std::optional<MatchedPair>> Develop(const FrameSet& set, MatchDeveloper& developer) const;

  /// The two rectified and made ready to be matched.
  Result<StereoPair> Prepare(const MatchedPair& pair, const RunTasks& run) const;

  struct Measured {
    DepthMap map;
    double share_at_end = 0;  // DisparityMap::share_at_end
  };
  Result<Measured> Measure(const MatchedPair& pair, const RunTasks& run) const;

 private:
  StereoDepth(int partner, PinholeView target, StereoRectification rectification,
              PairShading shading, DenseStereo matcher)
      : partner_(partner),
        target_(target),
        rectification_(std::move(rectification)),
        shading_(std::move(shading)),
        matcher_(std::move(matcher)) {}

  int partner_;
  PinholeView target_;
  StereoRectification rectification_;
  PairShading shading_;  // of the rectified views
  DenseStereo matcher_;
};

}  // namespace nightjar
