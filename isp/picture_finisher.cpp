// SPDX-License-Identifier: Apache-2.0
#include "isp/picture_finisher.h"

#include <colour_finish.h>
#include <colour_finish_detail.h>
#include <mono_finish.h>
#include <mono_finish_detail.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "isp/frame_checks.h"
#include "isp/kernel_call.h"
#include "isp/local_light.h"
#include "isp/tone_curve.h"

namespace nightjar {
namespace {

constexpr int kLargestSide = 32767;  // squared distances fit 32 bits

Status Check(const DenoisedFrame& frame, const PictureLook& look) {
  if (Status status = look.Validate(); !status) return status;
  if (Status status = CheckFrame(frame.linear); !status) return status;
  if (std::max(frame.linear.width(), frame.linear.height()) > kLargestSide)
    return Fail(ErrorKind::kUnusableInput, "an image of more than 32767 pixels a side");
  if (frame.sigma.data() == nullptr && look.sharpening == 0) return {};
  if (frame.sigma.data() != nullptr && frame.sigma.width() == frame.linear.width() &&
      frame.sigma.height() == frame.linear.height())
    return {};
  return Fail(ErrorKind::kUsage, "sharpening needs the sigma of every pixel");
}

/// From (0, 0); the pixels are shared.
DenoisedFrame FromOrigin(const DenoisedFrame& frame) {
  DenoisedFrame moved = frame;
  moved.linear.set_min(0, 0);
  if (moved.sigma.data() != nullptr) moved.sigma.set_min(0, 0);
  return moved;
}

bool HasDetail(const PictureLook& look) { return look.local_contrast != 0 || look.sharpening != 0; }

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
  if (!IsLensShading(vignetting))
    return Fail(ErrorKind::kUsage,
                "coefficients of lens shading must be -10 to 10 and leave light everywhere");
  if (!(exposure >= 1 && exposure <= 1000))
    return Fail(ErrorKind::kUsage, "an exposure must be 1 to 1000");
  if (!is_within(0, 1)(local_contrast))
    return Fail(ErrorKind::kUsage, "local contrast must be 0 to 1");
  if (!is_within(0, 2)(sharpening)) return Fail(ErrorKind::kUsage, "sharpening must be 0 to 2");
  if (tone.size() != kToneCodes) return Fail(ErrorKind::kUsage, "a tone curve has 16384 entries");
  return {};
}

Status FinishColour(const DenoisedFrame& frame, ColourFilter filter,
                    const NoiseProfile::Channel& noise, const PictureLook& look, Picture& picture) {
  if (filter == ColourFilter::kNone)
    return Fail(ErrorKind::kUsage, "a monochrome frame has no colours");
  if (!(noise.scale >= 0 && noise.offset >= 0) || !std::isfinite(noise.scale + noise.offset))
    return Fail(ErrorKind::kUsage, "the noise of a frame must not be negative");
  if (Status status = Check(frame, look); !status) return status;
  DenoisedFrame input = FromOrigin(frame);
  const int width = input.linear.width(), height = input.linear.height();
  if (picture.data() == nullptr || picture.width() != width || picture.height() != height)
    picture = Picture::make_interleaved(width, height, 3);
  const PerPlace<int> colours = TileColours(filter);
  const auto red = static_cast<int>(std::find(colours.begin(), colours.end(), 0) - colours.begin());
  Halide::Runtime::Buffer<float, 1> white_balance = Floats(look.white_balance);
  Halide::Runtime::Buffer<float, 1> vignetting = Floats(look.vignetting);
  Halide::Runtime::Buffer<float, 2> matrix(3, 3);
  for (int i = 0; i < 9; ++i)
    matrix(i % 3, i / 3) = static_cast<float>(look.matrix[static_cast<size_t>(i)]);
  Halide::Runtime::Buffer<const uint8_t, 1> tone(look.tone.data(), kToneCodes);
  const auto S = static_cast<float>(noise.scale), O = static_cast<float>(noise.offset);
  if (!HasDetail(look)) {
    KernelCall call("colour_finish");
    return call.Finish(colour_finish(call.context(), input.linear, red % 2, red / 2, white_balance,
                                     vignetting, S, O, matrix, tone, picture));
  }
  const TileLuminance luminance = LuminanceOf(filter, look.white_balance, look.matrix);
  PlanarImage<float> nodes = LocalLight(input, luminance, look.vignetting);
  KernelCall call("colour_finish_detail");
  return call.Finish(colour_finish_detail(call.context(), input.linear, red % 2, red / 2,
                                          white_balance, vignetting, S, O, matrix, tone, nodes,
                                          static_cast<float>(look.local_contrast * look.exposure),
                                          static_cast<float>(look.sharpening), picture));
}

Status FinishMono(const DenoisedFrame& frame, const PictureLook& look, Image<uint8_t>& picture) {
  if (Status status = Check(frame, look); !status) return status;
  DenoisedFrame input = FromOrigin(frame);
  Fit(input.linear.width(), input.linear.height(), picture);
  Halide::Runtime::Buffer<float, 1> vignetting = Floats(look.vignetting);
  Halide::Runtime::Buffer<const uint8_t, 1> tone(look.tone.data(), kToneCodes);
  if (!HasDetail(look)) {
    KernelCall call("mono_finish");
    return call.Finish(mono_finish(call.context(), input.linear, vignetting, tone, picture));
  }
  PlanarImage<float> nodes = LocalLight(input, {}, look.vignetting);
  KernelCall call("mono_finish_detail");
  return call.Finish(mono_finish_detail(call.context(), input.linear, vignetting, tone, nodes,
                                        static_cast<float>(look.local_contrast * look.exposure),
                                        static_cast<float>(look.sharpening), picture));
}

}  // namespace nightjar
