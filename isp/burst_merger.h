// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/pyramid.h"
#include "core/result.h"
#include "isp/coarse_share.h"
#include "isp/frame_alignment.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

/// Puts frames of one scene together, one after the other, over the first of them: a burst. Each is
/// brought over what the ones before made, by AlignFrames, and added where it agrees, by
/// FuseFrames.
///
///     BurstMerger merger({noise}, {});
///     for (const Image<uint16_t>& frame : burst)
///       if (Status status = merger.Add({frame}); !status) return status;
///     DenoiseSpatially(merger.merged(), noise, {}, denoised);
///
/// A frame is one plane, or the four of a Bayer sensor by place (PlanesOf): these move together, by
/// what is found in their mean, and are put together each by itself.
///
/// Memory: five frames of 16 bits and two pyramids, whatever the number of frames.
class BurstMerger {
 public:
  /// Of linear frames (isp/linear_frame.h), all of the same exposure and gain; one noise a plane.
  BurstMerger(const std::vector<NoiseProfile::Channel>& noise, const FrameAlignmentOptions& options)
      : noise_(noise), options_(options), merged_(noise.size()), fused_(noise.size()) {}

  /// `expected`: where the pixels of the first frame lie in this one, as far as it is known
  /// otherwise (RotationField). Fails with kUnusableInput when a plane has another size than those
  /// of the first frame or, from the second frame on, a side below 16 px, with kUsage when the
  /// planes are not as many as noises, or the noise or the options cannot be; the merged frame then
  /// is what it was.
  Status Add(const std::vector<Image<uint16_t>>& planes, const MotionField* expected = nullptr);

  /// What all frames so far make of a plane, over the first; empty before the first.
  const FusedFrame& merged(size_t plane = 0) const { return merged_[plane]; }
  int frames() const { return frames_; }

 private:
  Status Check(const std::vector<Image<uint16_t>>& planes) const;
  Result<MotionField> Align(const std::vector<Image<uint16_t>>& planes,
                            const MotionField* expected);

  std::vector<NoiseProfile::Channel> noise_;
  FrameAlignmentOptions options_;
  int frames_ = 0;
  std::vector<FusedFrame> merged_, fused_;  // by plane
  std::vector<CoarseShare> coarse_;         // likewise
  FusedFrame warped_;
  TrackingPyramid merged_pyramid_, other_pyramid_;
};

}  // namespace nightjar
