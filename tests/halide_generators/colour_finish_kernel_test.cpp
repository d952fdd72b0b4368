// SPDX-License-Identifier: Apache-2.0
#include <colour_finish.h>
#include <colour_finish_detail.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/halide_generators/picture_detail_replica.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{16, 16},  {17, 19}, {33, 65},
                                          {128, 16}, {16, 97}, {301, 40}};
constexpr float kS = 1e-3F, kO = 2e-5F;
constexpr float kBalance[] = {1.9F, 1, 1.6F};
constexpr float kVignetting[] = {0.4F, -0.1F, 0.05F};
constexpr float kMatrix[3][3] = {{1.6F, -0.5F, -0.1F}, {-0.2F, 1.4F, -0.2F}, {0.05F, -0.6F, 1.55F}};

using Picture = Halide::Runtime::Buffer<uint8_t, 3>;

/// Coloured waves and edges under noise, below black and saturated in places.
Image<uint16_t> Scene(int width, int height) {
  const WaveTexture texture(5, 4, 40);
  TestRandom random(3);
  Image<uint16_t> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double colour = x % 2 == y % 2 ? 0.2 : x % 2 == 0 ? 0.1 : 0.3;
      const double light = colour * (1 + texture(x, y)) + (x + y > 30 ? 0.2 : 0);
      image(x, y) = static_cast<uint16_t>(
          std::clamp(4096 + 57344 * (light + 0.01 * random.Normal()), 0.0, 65535.0));
    }
  }
  image(width / 2, height / 2) = 65535;
  image(width / 3, height / 2) = 0;
  return image;
}

Halide::Runtime::Buffer<uint8_t, 1> Tone() {
  Halide::Runtime::Buffer<uint8_t, 1> tone(16384);
  for (int i = 0; i < 16384; ++i)
    tone(i) = static_cast<uint8_t>(255 * std::sqrt(i / 16383.0) + 0.5);
  return tone;
}

struct Detail {
  float local, sharpening;
};

/// Without `detail` by the plain kernel.
Status Finish(Image<uint16_t>& input, int red_x, int red_y, const std::optional<Detail>& detail,
              Picture& output) {
  Halide::Runtime::Buffer<float, 1> balance(3), vignetting(3);
  Halide::Runtime::Buffer<float, 2> matrix(3, 3);
  for (int i = 0; i < 3; ++i) {
    balance(i) = kBalance[i];
    vignetting(i) = kVignetting[i];
    for (int k = 0; k < 3; ++k) matrix(k, i) = kMatrix[i][k];
  }
  auto tone = Tone();
  KernelCall call("colour_finish");
  if (!detail) {
    return call.Finish(colour_finish(call.context(), input, red_x, red_y, balance, vignetting, kS,
                                     kO, matrix, tone, output));
  }
  PlanarImage<float> nodes = SomeNodes(input.width(), input.height());
  return call.Finish(colour_finish_detail(call.context(), input, red_x, red_y, balance, vignetting,
                                          kS, kO, matrix, tone, nodes, detail->local,
                                          detail->sharpening, output));
}

/// The kernel pixel by pixel, everything made anew for each; in float with its order of operations,
/// in double its definition. Colours: 0 red, 1 green, 2 blue.
template <typename Real>
class Demosaic {
 public:
  Demosaic(const Image<uint16_t>& input, int red_x, int red_y)
      : input_(input), red_x_(red_x), red_y_(red_y) {}

  /// Linear sRGB, also 2 px beyond the image.
  std::array<Real, 3> Mixed(int x, int y) const {
    const Real green = Green(x, y);
    std::array<Real, 3> rgb = {green + 0, green, green};
    rgb[0] = std::min(Difference(x, y, 0) + green, Real{1});
    rgb[1] = std::min(green, Real{1});
    rgb[2] = std::min(Difference(x, y, 2) + green, Real{1});
    std::array<Real, 3> mixed;
    for (int c = 0; c < 3; ++c) {
      mixed[static_cast<size_t>(c)] =
          (static_cast<Real>(kMatrix[c][0]) * rgb[0] + static_cast<Real>(kMatrix[c][1]) * rgb[1]) +
          static_cast<Real>(kMatrix[c][2]) * rgb[2];
    }
    return mixed;
  }

  Real Luminance(int x, int y) const {
    const auto mixed = Mixed(x, y);
    return (static_cast<Real>(0.2126F) * mixed[0] + static_cast<Real>(0.7152F) * mixed[1]) +
           static_cast<Real>(0.0722F) * mixed[2];
  }

 private:
  static int Mirrored(int i, int size) {
    i = std::abs(i);
    return std::min(i, 2 * (size - 1) - i);
  }
  bool IsRedColumn(int x) const { return ((x + red_x_) & 1) == 0; }
  bool IsRedRow(int y) const { return ((y + red_y_) & 1) == 0; }
  int Colour(int x, int y) const {
    return IsRedColumn(x) == IsRedRow(y) ? (IsRedRow(y) ? 0 : 2) : 1;
  }

  Real At(int x, int y) const {
    const int w = input_.width() - 1, h = input_.height() - 1;
    const auto u = static_cast<Real>(2 * x - w), v = static_cast<Real>(2 * y - h);
    const Real r2 = (u * u + v * v) * (Real{1} / static_cast<Real>(w * w + h * h));
    const auto v0 = static_cast<Real>(kVignetting[0]), v1 = static_cast<Real>(kVignetting[1]),
               v2 = static_cast<Real>(kVignetting[2]);
    const Real gain = Real{1} + r2 * (v0 + r2 * (v1 + r2 * v2));
    const Real sample =
        (static_cast<Real>(input_(Mirrored(x, w + 1), Mirrored(y, h + 1))) - Real{4096}) *
        (Real{1} / 57344);
    return sample * (gain * static_cast<Real>(kBalance[Colour(x, y)]));
  }

  Real Green(int x, int y) const {
    if (Colour(x, y) == 1) return At(x, y);
    Real value[2], variation[2];
    for (const int d : {0, 1}) {
      const int h = 1 - d, v = d;
      const Real before = At(x - h, y - v), after = At(x + h, y + v);
      const Real bend = 2 * At(x, y) - At(x - 2 * h, y - 2 * v) - At(x + 2 * h, y + 2 * v);
      value[d] = (before + after) * Real{0.5} + bend * Real{0.25};
      variation[d] = std::abs(before - after) + std::abs(bend);
    }
    const Real light = (At(x - 1, y) + At(x + 1, y)) * Real{0.5};
    const auto variance = [&](Real balanced, int colour) {
      const auto gain = static_cast<Real>(kBalance[colour]);
      return (gain * static_cast<Real>(kS)) * std::max(balanced, Real{0}) +
             (gain * gain) * static_cast<Real>(kO);
    };
    const Real greens = variance(light, 1), owns = variance(At(x, y), Colour(x, y));
    const Real noise = 2 * greens + 6 * owns + static_cast<Real>(4.41F) * std::sqrt(greens * owns) +
                       static_cast<Real>(1e-9F);
    const Real across = variation[1] * variation[1] + noise;
    const Real down = variation[0] * variation[0] + noise;
    return (across * value[0] + down * value[1]) / (across + down);
  }

  /// Red or blue less green at a pixel: its own, or the mean of those around it.
  Real Difference(int x, int y, int colour) const {
    const auto at = [&](int h, int v) { return At(h, v) - Green(h, v); };
    const bool column = IsRedColumn(x) == (colour == 0), row = IsRedRow(y) == (colour == 0);
    if (column && row) return at(x, y);
    if (row) return (at(x - 1, y) + at(x + 1, y)) * Real{0.5};
    if (column) return (at(x, y - 1) + at(x, y + 1)) * Real{0.5};
    return ((at(x - 1, y - 1) + at(x + 1, y - 1)) + (at(x - 1, y + 1) + at(x + 1, y + 1))) *
           Real{0.25};
  }

  const Image<uint16_t>& input_;
  int red_x_, red_y_;
};

template <typename Real>
Real Code(Real mixed, Real gain) {
  return std::clamp(mixed * gain * 16383 + Real{0.5}, Real{0}, Real{16383});
}

TEST(ColourFinishKernel, HasTheBytesOfItsPlainLoopsAndIsItsDefinition) {
  const auto tone = Tone();
  constexpr Detail kDetail = {2.5F, 1.2F};
  for (const int phase : {0, 1, 2, 3}) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", phase " << phase);
      Image<uint16_t> input = Scene(width, height);
      Picture output = Picture::make_interleaved(width, height, 3);
      ASSERT_TRUE(Finish(input, phase % 2, phase / 2, kDetail, output).has_value());
      const PlanarImage<float> nodes = SomeNodes(width, height);
      const Demosaic<float> plain(input, phase % 2, phase / 2);
      const Demosaic<double> exact(input, phase % 2, phase / 2);
      const PictureDetailReplica<float> detail(
          width, height, [&](int x, int y) { return plain.Luminance(x, y); }, nodes, kDetail.local,
          kDetail.sharpening);
      const PictureDetailReplica<double> exact_detail(
          width, height, [&](int x, int y) { return exact.Luminance(x, y); }, nodes, kDetail.local,
          kDetail.sharpening);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const auto mixed = plain.Mixed(x, y);
          const auto defined = exact.Mixed(x, y);
          for (int c = 0; c < 3; ++c) {
            const auto i = static_cast<size_t>(c);
            const float code = Code(mixed[i], detail.Gain(x, y));
            ASSERT_EQ(output(x, y, c), tone(static_cast<int>(code))) << x << ", " << y << ", " << c;
            ASSERT_NEAR(static_cast<double>(code), Code(defined[i], exact_detail.Gain(x, y)),
                        1e-5 * 16383);
          }
        }
      }
    }
  }
}

TEST(ColourFinishKernel, WithoutDetailIsTheToneOfTheColours) {
  const auto tone = Tone();
  for (const int phase : {0, 1, 2, 3}) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", phase " << phase);
      Image<uint16_t> input = Scene(width, height);
      Picture output = Picture::make_interleaved(width, height, 3);
      Picture nothing_asked = Picture::make_interleaved(width, height, 3);
      ASSERT_TRUE(Finish(input, phase % 2, phase / 2, {}, output).has_value());
      ASSERT_TRUE(Finish(input, phase % 2, phase / 2, Detail{0, 0}, nothing_asked).has_value());
      const Demosaic<float> plain(input, phase % 2, phase / 2);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const auto mixed = plain.Mixed(x, y);
          for (int c = 0; c < 3; ++c) {
            const float code = Code(mixed[static_cast<size_t>(c)], 1.F);
            ASSERT_EQ(output(x, y, c), tone(static_cast<int>(code))) << x << ", " << y << ", " << c;
            ASSERT_EQ(output(x, y, c), nothing_asked(x, y, c));
          }
        }
      }
    }
  }
}

TEST(ColourFinishKernel, TakesAndMakesRowsOfAnyStride) {
  Image<uint16_t> input = Scene(61, 47);
  Image<uint16_t> wide = FilledImage<uint16_t>(80, 60, 60000);
  Image<uint16_t> window = wide.cropped(0, 7, 61).cropped(1, 5, 47);
  window.set_min(0, 0);
  window.copy_from(input);
  Picture expected = Picture::make_interleaved(61, 47, 3);
  Picture room = Picture::make_interleaved(70, 47, 3);
  Picture output = room.cropped(0, 0, 61);
  for (const std::optional<Detail> detail : {std::optional<Detail>(), {Detail{1, 1}}}) {
    ASSERT_TRUE(Finish(input, 1, 0, detail, expected).has_value());
    ASSERT_TRUE(Finish(window, 1, 0, detail, output).has_value());
    output.for_each_element(
        [&](int x, int y, int c) { ASSERT_EQ(output(x, y, c), expected(x, y, c)); });
  }
}

TEST(ColourFinishKernel, RefusesPlanesAndOtherSizes) {
  Image<uint16_t> input = Scene(64, 48);
  Picture planar(64, 48, 3), smaller = Picture::make_interleaved(64, 47, 3);
  for (const std::optional<Detail> detail : {std::optional<Detail>(), {Detail{0, 0}}}) {
    EXPECT_FALSE(Finish(input, 0, 0, detail, planar).has_value());
    EXPECT_FALSE(Finish(input, 0, 0, detail, smaller).has_value());
  }
}

}  // namespace
}  // namespace nightjar
