// SPDX-License-Identifier: Apache-2.0
#include "isp/frame_checks.h"

#include <cmath>
#include <string>

namespace nightjar {

Status CheckNoise(const NoiseProfile::Channel& noise) {
  if (std::isfinite(noise.scale) && std::isfinite(noise.offset) && noise.scale >= 0 &&
      noise.offset > 0) {
    return {};
  }
  return Fail(ErrorKind::kUsage, "a noise profile of scale " + std::to_string(noise.scale) +
                                     " and offset " + std::to_string(noise.offset) +
                                     " cannot be: scale >= 0 and offset > 0 are needed");
}

Status CheckFrame(const Image<uint16_t>& image) {
  if (image.dim(0).stride() != 1)
    return Fail(ErrorKind::kUnusableInput, "the pixels of a row are not adjacent in memory");
  if (image.width() >= kSmallestFrame && image.height() >= kSmallestFrame) return {};
  return Fail(ErrorKind::kUnusableInput,
              "an image of " + std::to_string(image.width()) + " x " +
                  std::to_string(image.height()) + " pixels is too small to denoise",
              {}, "at least 16 x 16 are needed");
}

}  // namespace nightjar
