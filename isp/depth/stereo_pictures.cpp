// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_pictures.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "isp/frame_checks.h"

namespace nightjar {
namespace {

std::string SizeOf(const MonoImage& image) {
  return std::to_string(Width(image)) + " x " + std::to_string(Height(image)) + " px";
}

Status CheckPair(const MonoImage& left, const MonoImage& right) {
  if (Width(left) != Width(right) || Height(left) != Height(right)) {
    return Fail(ErrorKind::kUnusableInput,
                "the left picture has " + SizeOf(left) + ", the right one " + SizeOf(right));
  }
  if (Width(left) < kSmallestFrame || Height(left) < kSmallestFrame)
    return Fail(ErrorKind::kUnusableInput,
                "pictures of " + SizeOf(left) + " are too small to match");
  return {};
}

template <typename T, typename F>
Image<T> Map(const MonoImage& image, F f) {
  Image<T> out(Width(image), Height(image));
  std::visit(
      [&](const auto& pixels) {
        for (int y = 0; y < out.height(); ++y) {
          for (int x = 0; x < out.width(); ++x) out(x, y) = f(pixels(x, y));
        }
      },
      image);
  return out;
}

// 8 bits of light for each of 65536 values.
std::vector<uint8_t> RootCurve(const MonoImage& left, const MonoImage& right) {
  std::vector<int64_t> count(65536);
  for (const MonoImage* image : {&left, &right})
    Map<uint8_t>(*image, [&](int value) { return ++count[value], uint8_t{0}; });
  const int64_t all = 2 * static_cast<int64_t>(Width(left)) * Height(left);
  int low = 0, high = 65535;
  for (int64_t below = count[low]; below <= all / 1000 && low < 65535;) below += count[++low];
  for (int64_t above = count[high]; above <= all / 1000 && high > 0;) above += count[--high];
  const double range = std::max(1, high - low);
  std::vector<uint8_t> curve(65536);
  for (int i = 0; i < 65536; ++i) {
    const double share = std::clamp((i - low) / range, 0.0, 1.0);
    curve[i] = static_cast<uint8_t>(std::lrint(255 * std::sqrt(share)));
  }
  return curve;
}

}  // namespace

Result<StereoPair> PrepareStereoPair(const MonoImage& left, const MonoImage& right,
                                     const std::optional<PictureNoise>&, const RunTasks&) {
  if (Status status = CheckPair(left, right); !status) return tl::unexpected(status.error());
  StereoPair pair;
  const bool bytes =
      std::holds_alternative<Image<uint8_t>>(left) && std::holds_alternative<Image<uint8_t>>(right);
  std::vector<uint8_t> curve;
  if (!bytes) curve = RootCurve(left, right);
  const auto prepare = [&](const MonoImage& image) {
    StereoPicture picture;
    picture.fine = Map<uint16_t>(image, [](int value) { return static_cast<uint16_t>(value); });
    picture.light = Map<uint8_t>(
        image, [&](int value) { return bytes ? static_cast<uint8_t>(value) : curve[value]; });
    return picture;
  };
  pair.left = prepare(left);
  pair.right = prepare(right);
  return pair;
}

}  // namespace nightjar
