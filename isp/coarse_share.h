// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/image.h"
#include "isp/motion_field.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

/// What is wrong with the coarse structure, means over 8 x 8 pixels, of a burst that is being
/// merged: FusedFrame::coarse.
///
/// Where something moves, fusion turns down the frequencies that disagree, mostly the low ones, and
/// still averages the others; and what moves by less, from frame to frame, than noise shows leaves
/// a trace. The mean over all frequencies, `remaining`, is true of pixels as they are; a filter in
/// space leaves little else than coarse structure, of which it would be too small.
///
/// With m a mean over 8 x 8 pixels, fusion made m(fused - base) = g m(other - base): g can be read
/// off the frames. So the weight w of the first frame, in which nothing moved, and the noise
/// n = (1 - g)^2 n + g^2 of frame after frame are known. What the merged frame differs from the
/// first by has the variance n + 1 - 2 w; what it has beyond its own scatter is a trace, and counts
/// with n, up to 1 together.
class CoarseShare {
 public:
  /// Of a burst that has only this frame yet.
  explicit CoarseShare(const Image<uint16_t>& first);

  /// That of `fused`, which FuseFrames made of the frames so far and of `other`, a single one.
  CoarseShare With(const Image<uint16_t>& other, const Image<uint16_t>& fused) const;

  /// Expected square of the error of `merged`, the frames so far, as a share of the variance of one
  /// frame's noise, in blocks of 4 x 4 pixels.
  Image<float> Of(const Image<uint16_t>& merged, const NoiseProfile::Channel& noise) const;

 private:
  CoarseShare() = default;

  Image<float> weight_, noise_;  // w and n
  Image<float> first_, merged_;  // sums over 8 x 8 pixels, DN; shared, never written
};

/// The same of a video, whose frames are put together the other way: `warped`, what earlier frames
/// made and whose coarse share `before` is, over the newest frame `base`, of which one frame's
/// `noise` is. With g as above, and c what is wrong with the coarse structure of the past,
///
///     c <- (1 - g)^2 + g^2 (c + t),
///
/// where the trace t is what m(warped - base) has beyond 1 + c by more than its scatter. What was
/// carried along unseen is in c, and fades as it is seen no more.
Image<float> NextCoarseShare(const Image<float>& before, const Image<uint16_t>& base,
                             const Image<uint16_t>& warped, const Image<uint16_t>& fused,
                             const NoiseProfile::Channel& noise);

/// A coarse share (empty: that of a single frame) of a frame of that size, px, as seen where
/// `motion` begins, times `factor`; 1 where there was nothing.
Image<float> MovedCoarseShare(const Image<float>& share, const MotionField& motion, double factor,
                              int width, int height);

}  // namespace nightjar
