// SPDX-License-Identifier: Apache-2.0
#include "isp/bayer_denoiser.h"

#include <string>

namespace nightjar {
namespace {

constexpr int kSmallestSide = 32;

template <typename T>
void Fit(int width, int height, Image<T>& image) {
  if (image.data() == nullptr || image.width() != width || image.height() != height)
    image = Image<T>(width, height);
}

/// The pixels of one place, and back.
template <typename T>
Image<T> Plane(const Image<T>& mosaic, int left, int top) {
  Image<T> plane((mosaic.width() + 1 - left) / 2, (mosaic.height() + 1 - top) / 2);
  for (int y = 0; y < plane.height(); ++y) {
    for (int x = 0; x < plane.width(); ++x) plane(x, y) = mosaic(2 * x + left, 2 * y + top);
  }
  return plane;
}
template <typename T>
void Interleave(const Image<T>& plane, int left, int top, Image<T>& mosaic) {
  for (int y = 0; y < plane.height(); ++y) {
    for (int x = 0; x < plane.width(); ++x) mosaic(2 * x + left, 2 * y + top) = plane(x, y);
  }
}

}  // namespace

Status DenoiseMosaic(const Image<uint16_t>& linear, const PerPlace<NoiseProfile::Channel>& noise,
                     const SpatialDenoiserOptions& options, DenoisedFrame& frame) {
  if (linear.width() < kSmallestSide || linear.height() < kSmallestSide) {
    return Fail(ErrorKind::kUnusableInput,
                "a mosaic of " + std::to_string(linear.width()) + " x " +
                    std::to_string(linear.height()) + " pixels is too small to denoise",
                {}, "at least 32 x 32 are needed");
  }
  Image<uint16_t> mosaic = linear;  // shares the pixels
  mosaic.set_min(0, 0);
  Fit(mosaic.width(), mosaic.height(), frame.linear);
  Fit(mosaic.width(), mosaic.height(), frame.sigma);
  for (size_t place = 0; place < 4; ++place) {
    const int left = static_cast<int>(place % 2), top = static_cast<int>(place / 2);
    DenoisedFrame plane;
    if (Status status =
            DenoiseSpatially(Plane(mosaic, left, top), {}, noise[place], options, plane);
        !status) {
      return status;
    }
    Interleave(plane.linear, left, top, frame.linear);
    Interleave(plane.sigma, left, top, frame.sigma);
  }
  return {};
}

}  // namespace nightjar
