// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/motion_field.h"

namespace nightjar {

/// A frame that several have gone into.
struct FusedFrame {
  Image<uint16_t> linear;  // isp/linear_frame.h
  /// Share of the variance of one frame's noise that is left, with the expected square of what else
  /// is wrong, in each block of 4 x 4 pixels: [h, v] is of pixels (4 h .. 4 h + 3, 4 v .. 4 v + 3).
  /// 1 where nothing could be added. A single value stands for the whole frame.
  Image<float> remaining;
  /// The same of coarse structure alone (CoarseShare); empty: not told.
  Image<float> coarse = {};
};

/// A frame all of whose noise is there; shares the pixels.
FusedFrame SingleFrame(const Image<uint16_t>& linear);

/// What a frame of another exposure has to be multiplied by before it is compared.
struct ExposureRatio {
  double brightness = 1;  // of x
  double noise = 1;       // of the share of noise
};

/// `frame` as seen where `motion` begins: pixel (x, y) of `warped` is that at (x, y) + motion of
/// `frame`, by interpolation with eight taps in each direction. What the interpolation does to the
/// noise is in `warped.remaining`, which is 1e4 where `frame` has nothing. Motion may change by up
/// to 1 px over 8 px. `warped` is not `frame`.
Status WarpFrame(const FusedFrame& frame, const MotionField& motion, const ExposureRatio& exposure,
                 FusedFrame& warped);

/// `base` and what `other` adds to it, pixel by pixel the same scene but for noise, of which one
/// frame has var(x) = noise.scale x + noise.offset. Where the two disagree by more than noise, in
/// any band of frequencies, `base` stays as it is. `caution` >= 1: how many times its noise `other`
/// is given when it is weighed; 1 leaves least. docs/maths/temporal-denoising.md. `fused` is
/// neither of the two. kUsage when noise or caution cannot be; the kernel's own error when sizes
/// differ or a side is below 16 px.
Status FuseFrames(const FusedFrame& base, const FusedFrame& other,
                  const NoiseProfile::Channel& noise, double caution, FusedFrame& fused);

}  // namespace nightjar
