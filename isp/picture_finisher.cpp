// SPDX-License-Identifier: Apache-2.0
#include "isp/picture_finisher.h"

#include <colour_finish.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "isp/frame_checks.h"
#include "isp/kernel_call.h"
#include "isp/linear_frame.h"
#include "isp/tone_curve.h"

namespace nightjar {
namespace {

constexpr int kSmallestSide = 16;
constexpr int kLargestSide = 32767;  // squared distances fit 32 bits

Status CheckImage(const Image<uint16_t>& linear) {
  if (linear.dim(0).stride() != 1)
    return Fail(ErrorKind::kUnusableInput, "the pixels of a row are not adjacent in memory");
  if (std::max(linear.width(), linear.height()) > kLargestSide)
    return Fail(ErrorKind::kUnusableInput, "an image of more than 32767 pixels a side");
  if (linear.width() >= kSmallestSide && linear.height() >= kSmallestSide) return {};
  return Fail(ErrorKind::kUnusableInput,
              "an image of " + std::to_string(linear.width()) + " x " +
                  std::to_string(linear.height()) + " pixels is too small for a picture",
              {}, "at least 16 x 16 are needed");
}

template <size_t size>
Halide::Runtime::Buffer<float, 1> Floats(const std::array<double, size>& values) {
  Halide::Runtime::Buffer<float, 1> buffer(static_cast<int>(size));
  for (size_t i = 0; i < size; ++i) buffer(static_cast<int>(i)) = static_cast<float>(values[i]);
  return buffer;
}

}  // namespace

Status PictureLook::Validate() const {
  const auto is_within = [](double low, double high) {
    return [low, high](double value) { return value >= low && value <= high; };
  };
  if (!std::all_of(white_balance.begin(), white_balance.end(), is_within(0.1, 20)))
    return Fail(ErrorKind::kUsage, "gains of white balance must be 0.1 to 20");
  if (!std::all_of(matrix.begin(), matrix.end(), is_within(-10, 10)))
    return Fail(ErrorKind::kUsage, "entries of the colour matrix must be -10 to 10");
  if (!std::all_of(vignetting.begin(), vignetting.end(), is_within(-10, 10)))
    return Fail(ErrorKind::kUsage, "coefficients of lens shading must be -10 to 10");
  if (tone.size() != kToneCodes) return Fail(ErrorKind::kUsage, "a tone curve has 16384 entries");
  return {};
}

Status FinishColour(const Image<uint16_t>& linear, ColourFilter filter,
                    const NoiseProfile::Channel& noise, const PictureLook& look, Picture& picture) {
  if (Status status = look.Validate(); !status) return status;
  if (filter == ColourFilter::kNone)
    return Fail(ErrorKind::kUsage, "a monochrome frame has no colours");
  if (!(noise.scale >= 0 && noise.offset >= 0) || !std::isfinite(noise.scale + noise.offset))
    return Fail(ErrorKind::kUsage, "the noise of a frame must not be negative");
  if (Status status = CheckImage(linear); !status) return status;
  Image<uint16_t> input = linear;  // shares the pixels
  input.set_min(0, 0);
  if (picture.data() == nullptr || picture.width() != input.width() ||
      picture.height() != input.height())
    picture = Picture::make_interleaved(input.width(), input.height(), 3);
  const PerPlace<int> colours = TileColours(filter);
  const auto red = static_cast<int>(std::find(colours.begin(), colours.end(), 0) - colours.begin());
  Halide::Runtime::Buffer<float, 1> white_balance = Floats(look.white_balance);
  Halide::Runtime::Buffer<float, 1> vignetting = Floats(look.vignetting);
  Halide::Runtime::Buffer<float, 2> matrix(3, 3);
  for (int i = 0; i < 9; ++i)
    matrix(i % 3, i / 3) = static_cast<float>(look.matrix[static_cast<size_t>(i)]);
  Halide::Runtime::Buffer<const uint8_t, 1> tone(look.tone.data(), kToneCodes);
  KernelCall call("colour_finish");
  return call.Finish(colour_finish(call.context(), input, red % 2, red / 2, white_balance,
                                   vignetting, static_cast<float>(noise.scale),
                                   static_cast<float>(noise.offset), matrix, tone, picture));
}

Status FinishMono(const Image<uint16_t>& linear, const PictureLook& look, Image<uint8_t>& picture) {
  if (Status status = look.Validate(); !status) return status;
  if (Status status = CheckImage(linear); !status) return status;
  const int width = linear.width(), height = linear.height();
  Fit(width, height, picture);
  const float v0 = static_cast<float>(look.vignetting[0]);
  const float v1 = static_cast<float>(look.vignetting[1]);
  const float v2 = static_cast<float>(look.vignetting[2]);
  const float per_corner =
      1.F / static_cast<float>((width - 1) * (width - 1) + (height - 1) * (height - 1));
  for (int y = 0; y < height; ++y) {
    const auto v = static_cast<float>(2 * y - (height - 1));
    for (int x = 0; x < width; ++x) {
      const auto h = static_cast<float>(2 * x - (width - 1));
      const float r2 = (h * h + v * v) * per_corner;
      const float gain = 1.F + r2 * (v0 + r2 * (v1 + r2 * v2));
      const float sample = static_cast<float>(
          linear(linear.dim(0).min() + x, linear.dim(1).min() + y) - kLinearPedestal);
      const float code = sample * (gain * (1.F / kLinearScale)) * (kToneCodes - 1) + 0.5F;
      picture(x, y) = look.tone[static_cast<size_t>(std::clamp(code, 0.F, kToneCodes - 1.F))];
    }
  }
  return {};
}

}  // namespace nightjar
