// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "calibration/rig.h"
#include "core/frame.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// What the samples of a camera's frames mean, with their noise: from the rig's profile and the
/// frame's gain, and where one of them is missing from the frames themselves, once a second and
/// whenever exposure or gain change by a tenth.
class FrameNoise {
 public:
  explicit FrameNoise(const RigCamera& camera);

  /// Of a frame that has an image; nothing where neither tells.
  std::optional<RawSamples> SamplesOf(const Frame& frame);

  /// Frames whose gain is less than half of the lowest that the rig has a profile of, or more than
  /// twice the highest: theirs goes on in proportion, which sensors do not do as far as that.
  int64_t frames_far_from_profile() const { return frames_far_from_profile_; }

 private:
  struct Estimate {
    std::optional<NoiseProfile::Channel> noise;
    SensorTime time;
    double exposure = 0;
  };

  const Estimate& Estimated(const Frame& frame);

  const CameraSensor sensor_;
  RawSamples levels_;
  std::optional<Estimate> estimate_;
  int64_t frames_far_from_profile_ = 0;
};

/// RAW or 8-bit samples as 16-bit ones; the former share their memory.
Image<uint16_t> WideSamples(const MonoImage& image);

}  // namespace nightjar
