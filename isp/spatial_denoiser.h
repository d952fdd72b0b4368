// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/linear_frame.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

/// How much work a frame is worth.
enum class DenoisingSetting {
  /// One pass of patches at every second pixel: for a video as it comes, or a battery.
  kEdge,
  /// A second pass, of patches at every pixel, which has the first one's result to go by: four to
  /// five times the time for 0.1 dB in good light to 0.3 dB in the dark, and a sigma that tells
  /// better where errors are.
  kOffline
};

struct SpatialDenoiserOptions {
  /// 0.5 .. 4: coefficients whose neighbourhood has less energy than the square of this, in units
  /// of the noise's, are noise. The default has the least error over photographs at 30 to 1000
  /// electrons; 1.45 keeps a little more texture in good light, 1.8 is smoother in the dark.
  double threshold = 1.65;
  /// The causal one: who waits for a result says so.
  DenoisingSetting setting = DenoisingSetting::kEdge;

  Status Validate() const;
};

/// A frame and how wrong it may be.
struct DenoisedFrame {
  Image<uint16_t> linear;  // isp/linear_frame.h
  /// Expected RMS error of x at each pixel, what was smoothed away included.
  Image<float> sigma;
};

/// Removes the noise of one monochrome frame, RAW or linear: var(x) = noise.scale * x +
/// noise.offset, x = (DN - black) / (white - black). Deterministic, the same bytes on every
/// machine. The mean brightness stays: within 0.13 electrons (of noise.scale each) down to no light
/// at all.
///
/// Peak signal to noise ratio at 1000, 150, 30 electrons full scale and 3 electrons read noise, on
/// four photographs: 37.6, 31.9, 27.1 dB (kOffline 37.7, 32.1, 27.4), where non-local means at its
/// best strength, stabilised the same way, has 36.5, 31.0, 26.4.
///
/// `remaining` tells what averaging has left of the noise already, as the share of its variance in
/// each block of 4 x 4 pixels, all > 0 (TemporalFusion); a single value stands for the whole frame.
///
/// Writes into `frame`, whose memory is used again when its size fits. Fails with kUnusableInput
/// when a side is shorter than 16 px or pixels of a row are not adjacent, with kUsage when the
/// levels, the noise or the options are not numbers that can be (black < white, scale >= 0, offset
/// > 0).
Status DenoiseSpatially(const Image<uint16_t>& image, const Image<float>& remaining,
                        const SampleLevels& levels, const NoiseProfile::Channel& noise,
                        const SpatialDenoiserOptions& options, DenoisedFrame& frame);

/// The same of a merged linear frame. Where its coarse structure is more uncertain than its pixels
/// are (FusedFrame::coarse), so is sigma.
Status DenoiseSpatially(const FusedFrame& merged, const NoiseProfile::Channel& noise,
                        const SpatialDenoiserOptions& options, DenoisedFrame& frame);

/// Raises the sigma of a merged frame that was denoised by what FusedFrame::coarse tells, if it
/// does.
void RaiseByCoarseShare(const FusedFrame& merged, const NoiseProfile::Channel& noise,
                        DenoisedFrame& frame);

/// The same with all of the noise.
Status DenoiseSpatially(const Image<uint16_t>& image, const SampleLevels& levels,
                        const NoiseProfile::Channel& noise, const SpatialDenoiserOptions& options,
                        DenoisedFrame& frame);

}  // namespace nightjar
