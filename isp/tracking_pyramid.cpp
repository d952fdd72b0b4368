// SPDX-License-Identifier: Apache-2.0
#include "isp/tracking_pyramid.h"

#include <tracking_pyramid_u16.h>
#include <tracking_pyramid_u8.h>

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>

#include "isp/kernel_call.h"

namespace nightjar {
namespace {

constexpr int kLargestDn = 65535;

void Allocate(int width, int height, TrackingPyramid& pyramid) {
  for (PyramidLevel& level : pyramid.levels) {
    if (level.intensity.data() == nullptr || level.intensity.width() != width ||
        level.intensity.height() != height) {
      level.intensity = Image<int16_t>(width, height);
    }
    if (level.gradient.data() == nullptr || level.gradient.width() != width ||
        level.gradient.height() != height) {
      level.gradient = PlanarImage<int16_t>(width, height, 2);
    }
    width = (width + 1) / 2;
    height = (height + 1) / 2;
  }
}

template <typename T>
Status Build(const Image<T>& image, int black, int white, TrackingPyramid& pyramid) {
  if (image.dim(0).stride() != 1) {
    return Fail(ErrorKind::kUnusableInput, "the pixels of a row are not adjacent in memory");
  }
  if (image.width() < kSmallestPyramidImage || image.height() < kSmallestPyramidImage) {
    return Fail(ErrorKind::kUnusableInput,
                "an image of " + std::to_string(image.width()) + " x " +
                    std::to_string(image.height()) + " pixels is too small to track in",
                {}, "at least 16 x 16 are needed");
  }
  Allocate(image.width(), image.height(), pyramid);
  // A copy shares the pixels; kernels take buffers whose coordinates begin at 0.
  Image<T> input = image;
  input.set_min(0, 0);
  auto& [l0, l1, l2, l3] = pyramid.levels;
  constexpr bool kBytes = std::is_same_v<T, uint8_t>;
  KernelCall call(kBytes ? "tracking_pyramid_u8" : "tracking_pyramid_u16");
  const auto kernel = kBytes ? &tracking_pyramid_u8 : &tracking_pyramid_u16;
  return call.Finish(kernel(call.context(), input, black, white, l0.intensity, l1.intensity,
                            l2.intensity, l3.intensity, l0.gradient, l1.gradient, l2.gradient,
                            l3.gradient));
}

}  // namespace

Status LevelOptions::Validate() const {
  const int full = white.value_or(255);
  if (black < 0 || full > kLargestDn || black >= full) {
    return Fail(ErrorKind::kUsage, "black level " + std::to_string(black) + " and white level " +
                                       std::to_string(full) +
                                       " do not fit: 0 <= black < white <= 65535");
  }
  return {};
}

Status BuildTrackingPyramid(const MonoImage& image, const LevelOptions& levels,
                            TrackingPyramid& pyramid) {
  return std::visit(
      [&](const auto& pixels) -> Status {
        using T = typename std::decay_t<decltype(pixels)>::ElemType;
        constexpr int kLargest = std::numeric_limits<T>::max();
        LevelOptions known = levels;
        if (!known.white) known.white = kLargest;
        if (Status status = known.Validate(); !status) return status;
        // The kernel counts in the pixel's own width.
        if (*known.white > kLargest) {
          return Fail(ErrorKind::kUsage, "white level " + std::to_string(*known.white) +
                                             " is above what the pixels can hold, " +
                                             std::to_string(kLargest));
        }
        return Build(pixels, known.black, *known.white, pyramid);
      },
      image);
}

Result<TrackingPyramid> BuildTrackingPyramid(const MonoImage& image, const LevelOptions& levels) {
  TrackingPyramid pyramid;
  if (Status status = BuildTrackingPyramid(image, levels, pyramid); !status) {
    return tl::unexpected(status.error());
  }
  return pyramid;
}

}  // namespace nightjar
