// SPDX-License-Identifier: Apache-2.0
#include "isp/frame_checks.h"

#include <sstream>
#include <string>

namespace nightjar {

Status CheckNoise(const NoiseProfile::Channel& noise) {
  constexpr double kMost = 1000;
  if (noise.scale >= 0 && noise.scale <= kMost && noise.offset > 0 && noise.offset <= kMost)
    return {};
  std::ostringstream what;
  what << "a noise profile of scale " << noise.scale << " and offset " << noise.offset
       << " cannot be: scale 0 to 1000 and offset above 0, to 1000, are needed";
  return Fail(ErrorKind::kUsage, what.str());
}

Status CheckFrame(const Image<uint16_t>& image) {
  if (image.dim(0).stride() != 1)
    return Fail(ErrorKind::kUnusableInput, "the pixels of a row are not adjacent in memory");
  if (image.width() >= kSmallestFrame && image.height() >= kSmallestFrame) return {};
  return Fail(ErrorKind::kUnusableInput,
              "an image of " + std::to_string(image.width()) + " x " +
                  std::to_string(image.height()) + " pixels is too small",
              {}, "at least 16 x 16 are needed");
}

}  // namespace nightjar
