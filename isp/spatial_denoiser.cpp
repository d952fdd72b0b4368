// SPDX-License-Identifier: Apache-2.0
#include "isp/spatial_denoiser.h"

#include <spatial_denoise.h>

#include <cmath>
#include <string>

#include "isp/frame_checks.h"
#include "isp/kernel_call.h"

namespace nightjar {
Status SpatialDenoiserOptions::Validate() const {
  if (threshold >= 0.5 && threshold <= 4) return {};
  return Fail(ErrorKind::kUsage, "threshold must be 0.5 to 4");
}

Status DenoiseSpatially(const Image<uint16_t>& image, const SampleLevels& levels,
                        const NoiseProfile::Channel& noise, const SpatialDenoiserOptions& options,
                        DenoisedFrame& frame) {
  return DenoiseSpatially(image, FilledImage(1, 1, 1.F), levels, noise, options, frame);
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
  KernelCall call("spatial_denoise");
  return call.Finish(
      spatial_denoise(call.context(), input, shares, static_cast<float>(levels.black),
                      static_cast<float>(1 / (levels.white - levels.black)),
                      static_cast<float>(noise.scale), static_cast<float>(noise.offset),
                      static_cast<float>(options.threshold), frame.linear, frame.sigma));
}

}  // namespace nightjar
