// SPDX-License-Identifier: Apache-2.0
#include "isp/spatial_denoiser.h"

#include <spatial_denoise.h>

#include <cmath>
#include <string>

#include "isp/kernel_call.h"

namespace nightjar {
namespace {

constexpr int kSmallestSide = 16;

Status CheckNoise(const NoiseProfile::Channel& noise) {
  if (std::isfinite(noise.scale) && std::isfinite(noise.offset) && noise.scale >= 0 &&
      noise.offset > 0) {
    return {};
  }
  return Fail(ErrorKind::kUsage, "a noise profile of scale " + std::to_string(noise.scale) +
                                     " and offset " + std::to_string(noise.offset) +
                                     " cannot be: scale >= 0 and offset > 0 are needed");
}

template <typename T>
void Fit(int width, int height, Image<T>& image) {
  if (image.data() == nullptr || image.width() != width || image.height() != height)
    image = Image<T>(width, height);
}

}  // namespace

Status SpatialDenoiserOptions::Validate() const {
  if (threshold >= 0.5 && threshold <= 4) return {};
  return Fail(ErrorKind::kUsage, "threshold must be 0.5 to 4");
}

Status DenoiseSpatially(const Image<uint16_t>& image, const SampleLevels& levels,
                        const NoiseProfile::Channel& noise, const SpatialDenoiserOptions& options,
                        DenoisedFrame& frame) {
  if (Status status = options.Validate(); !status) return status;
  if (Status status = CheckNoise(noise); !status) return status;
  if (!(levels.black < levels.white) || !std::isfinite(levels.white - levels.black))
    return Fail(ErrorKind::kUsage, "the black level is not below the white level");
  if (image.dim(0).stride() != 1)
    return Fail(ErrorKind::kUnusableInput, "the pixels of a row are not adjacent in memory");
  const int width = image.width(), height = image.height();
  if (width < kSmallestSide || height < kSmallestSide) {
    return Fail(ErrorKind::kUnusableInput,
                "an image of " + std::to_string(width) + " x " + std::to_string(height) +
                    " pixels is too small to denoise",
                {}, "at least 16 x 16 are needed");
  }
  Fit(width, height, frame.linear);
  Fit(width, height, frame.sigma);
  Image<uint16_t> input = image;  // shares the pixels
  input.set_min(0, 0);
  KernelCall call("spatial_denoise");
  return call.Finish(
      spatial_denoise(call.context(), input, static_cast<float>(levels.black),
                      static_cast<float>(1 / (levels.white - levels.black)),
                      static_cast<float>(noise.scale), static_cast<float>(noise.offset),
                      static_cast<float>(options.threshold), frame.linear, frame.sigma));
}

}  // namespace nightjar
