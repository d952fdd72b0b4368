// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "data/image_file.h"
#include "data/raw_image.h"
#include "isp/bayer_denoiser.h"
#include "isp/burst_merger.h"
#include "isp/noise_estimate.h"
#include "isp/raw_front.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// How single frames are developed.
struct FrameDevelopment {
  /// What the samples mean; missing: as the file says, else as docs/formats/develop.md says.
  std::optional<ColourFilter> colour_filter;
  std::optional<double> black;  // DN
  std::optional<double> white;  // DN
  /// One, or four by place; empty: estimated from the frame.
  std::vector<NoiseProfile::Channel> noise;
  bool denoise = true;
  RawFrontOptions front = {};
  /// The thorough one: a still is waited for once and looked at for long.
  MosaicDenoiserOptions denoising = {.spatial = {.setting = DenoisingSetting::kOffline}};
  /// Whether the sigma of a mosaic is measured, which takes as long as half of its denoising or
  /// more; nothing else changes with it.
  bool measure_sigma = false;
  /// Of pictures; missing: as the file says, else grey world, no matrix and a middle grey.
  std::optional<std::array<double, 3>> white_balance;
  std::optional<std::array<double, 9>> matrix;
  std::optional<double> exposure;
  std::array<double, 3> vignetting = {0, 0, 0};
  /// Of pictures (PictureLook); missing: 0.5 and 0.8.
  std::optional<double> local_contrast;
  std::optional<double> sharpening;

  Status Validate() const;
};

/// A frame without its noise, and everything that was assumed.
struct DevelopedFrame {
  RawSamples samples;
  std::optional<NoiseEstimate> estimate;  // nothing: the noise was given
  Image<uint16_t> linear;                 // isp/linear_frame.h
  Image<float> sigma;                     // of x, RMS error that the denoiser expects
  Image<float> measured_sigma;            // where it is measured; else the one above
  PerPlace<NoiseProfile::Channel> noise;  // mean over the linear frame, merged, not denoised
  double row_noise_dn = 0;
  double green_ratio = 1;
  int frames = 1;              // that went into it
  double remaining_noise = 1;  // share of one frame's variance that they left before denoising
};

/// sigma of x at every pixel of a linear frame that was not denoised.
Image<float> SigmaOf(const FusedFrame& frame, const NoiseProfile::Channel& noise);

/// RAW samples of one frame, or of the frames of a burst, to a linear frame: that of the first.
/// Errors name no file.
class FrameDeveloping {
 public:
  explicit FrameDeveloping(const FrameDevelopment& how) : how_(how) {}

  /// The next frame of the burst: levels, noise and colour filter are those of the first.
  Status Add(const RawImage& raw);
  /// After one frame at least.
  Result<DevelopedFrame> Finish();

 private:
  Status Begin(const RawImage& raw);

  FrameDevelopment how_;
  std::set<uint64_t> seen_;  // hashes of the frames' samples
  DevelopedFrame developed_;
  std::optional<BurstMerger> merger_;
  std::vector<PixelPosition> replaced_;  // of the first frame
};

/// The same of a single frame.
Result<DevelopedFrame> DevelopFrame(const RawImage& raw, const FrameDevelopment& how);

/// What makes colours of a mosaic's samples.
struct FrameColours {
  std::array<double, 3> white_balance = {1, 1, 1};  // the least gain is 1
  std::optional<std::array<double, 9>> matrix;      // to linear sRGB; nothing: none is known
};

/// As given, else as the file says, else by the frame itself. `raw`: what `frame` was made of.
FrameColours ColoursOf(const DevelopedFrame& frame, const RawImage& raw,
                       const FrameDevelopment& how);

/// A picture and how it was made.
struct DevelopedPicture {
  FilePixels pixels;
  FrameColours colours;
  double exposure = 1;
};

/// The linear frame as people see it.
Result<DevelopedPicture> MakePicture(const DevelopedFrame& frame, const FrameColours& colours,
                                     const FrameDevelopment& how);

}  // namespace nightjar
