// SPDX-License-Identifier: Apache-2.0
#include "isp/spatial_denoiser.h"

#include <spatial_denoise.h>
#include <spatial_refine.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "isp/frame_checks.h"
#include "isp/kernel_call.h"

namespace nightjar {
namespace {

// Of coarse structure that is more uncertain than pixels are (FusedFrame::coarse): two of a patch's
// 64 frequencies have that share more, whatever is kept of the others, and of what is kept half.
constexpr float kCoarseVariance = 2.F / 64, kKeptShare = 0.5F;

}  // namespace

Status SpatialDenoiserOptions::Validate() const {
  if (threshold >= 0.5 && threshold <= 4) return {};
  return Fail(ErrorKind::kUsage, "threshold must be 0.5 to 4");
}

Status DenoiseSpatially(const Image<uint16_t>& image, const SampleLevels& levels,
                        const NoiseProfile::Channel& noise, const SpatialDenoiserOptions& options,
                        DenoisedFrame& frame) {
  return DenoiseSpatially(image, FilledImage(1, 1, 1.F), levels, noise, options, frame);
}

Status DenoiseSpatially(const FusedFrame& merged, const NoiseProfile::Channel& noise,
                        const SpatialDenoiserOptions& options, DenoisedFrame& frame) {
  if (Status status = DenoiseSpatially(merged.linear, merged.remaining, {}, noise, options, frame);
      !status) {
    return status;
  }
  RaiseByCoarseShare(merged, noise, frame);
  return {};
}

void RaiseByCoarseShare(const FusedFrame& merged, const NoiseProfile::Channel& noise,
                        DenoisedFrame& frame) {
  if (merged.coarse.data() == nullptr) return;
  frame.sigma.for_each_element([&](int x, int y) {
    const float remaining = merged.remaining(x / 4, y / 4);
    const float more = merged.coarse(x / 4, y / 4) - remaining;
    if (more <= 0) return;
    const double light = std::max(0.0, FromLinear(frame.linear(x, y)));
    const auto variance = static_cast<float>(noise.scale * light + noise.offset);
    float& sigma = frame.sigma(x, y);
    sigma = std::sqrt(sigma * sigma * (1 + kKeptShare * more / remaining) +
                      kCoarseVariance * more * variance);
  });
}

Status DenoiseSpatially(const Image<uint16_t>& image, const Image<float>& remaining,
                        const SampleLevels& levels, const NoiseProfile::Channel& noise,
                        const SpatialDenoiserOptions& options, DenoisedFrame& frame) {
  if (Status status = options.Validate(); !status) return status;
  if (Status status = CheckNoise(noise); !status) return status;
  if (!(levels.black < levels.white) || !std::isfinite(levels.white - levels.black))
    return Fail(ErrorKind::kUsage, "the black level is not below the white level");
  if (Status status = CheckFrame(image); !status) return status;
  const int width = image.width(), height = image.height();
  Fit(width, height, frame.linear);
  Fit(width, height, frame.sigma);
  Image<uint16_t> input = image;  // shares the pixels
  input.set_min(0, 0);
  Image<float> shares = remaining;
  const auto black = static_cast<float>(levels.black);
  const auto per_dn = static_cast<float>(1 / (levels.white - levels.black));
  const auto scale = static_cast<float>(noise.scale), offset = static_cast<float>(noise.offset);
  const bool is_offline = options.setting == DenoisingSetting::kOffline;
  Image<uint16_t> pilot = is_offline ? Image<uint16_t>(width, height) : frame.linear;
  KernelCall first("spatial_denoise");
  if (Status status =
          first.Finish(spatial_denoise(first.context(), input, shares, black, per_dn, scale, offset,
                                       static_cast<float>(options.threshold), pilot, frame.sigma));
      !status || !is_offline) {
    return status;
  }
  KernelCall second("spatial_refine");
  return second.Finish(spatial_refine(second.context(), input, shares, black, per_dn, scale, offset,
                                      pilot, frame.linear, frame.sigma));
}

}  // namespace nightjar
