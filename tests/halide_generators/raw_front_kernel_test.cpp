// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <raw_front.h>
#include <raw_levels.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{16, 16},  {17, 19}, {33, 65},
                                          {128, 16}, {16, 97}, {301, 40}};
constexpr float kThreshold = 6;

using Places = Halide::Runtime::Buffer<float, 2>;
using Rows = Halide::Runtime::Buffer<float, 1>;

/// Four places that differ in everything.
Places TestPlaces() {
  Places places(4, 4);
  for (int i = 0; i < 4; ++i) {
    places(i, 0) = 200.0F + 3.5F * static_cast<float>(i);
    places(i, 1) = 1 / (3800.0F + 10 * static_cast<float>(i));
    places(i, 2) = 1e-3F * static_cast<float>(1 + i % 2);
    places(i, 3) = 2e-5F + 1e-6F * static_cast<float>(i);
  }
  return places;
}

Rows TestRows(int height) {
  Rows rows(height);
  for (int y = 0; y < height; ++y) rows(y) = 0.75F * static_cast<float>(y % 5 - 2);
  return rows;
}

/// Waves under noise, with defects: hot and dead ones, in corners, on edges, beside each other.
Image<uint16_t> Scene(int width, int height) {
  const WaveTexture texture(5, 4, 40);
  Image<uint16_t> image = Render<uint16_t>(
      width, height, [&](double x, double y) { return 500 + 250 * texture(x, y); }, 20, 7);
  for (const auto& [x, y] :
       {std::pair(0, 0), {width - 1, 0}, {1, height / 2}, {width / 2, height - 2}, {7, 8}})
    image(x, y) = 4095;
  image(8, 8) = 4000;  // of another colour than its neighbour, or the same in monochrome
  image(width - 1, height - 1) = 0;
  image(width / 2, 5) = 0;
  return image;
}

int Place(int x, int y) { return x % 2 + 2 * (y % 2); }

/// A neighbour that would be beyond an edge is the one on the other side.
std::vector<uint16_t> Around(const Image<uint16_t>& input, int x, int y, int step) {
  const auto inside = [step](int i, int size) {
    return i < 0 ? i + 2 * step : i >= size ? i - 2 * step : i;
  };
  std::vector<uint16_t> around;
  for (const int v : {y - step, y, y + step}) {
    for (const int h : {x - step, x, x + step}) {
      if (h != x || v != y)
        around.push_back(input(inside(h, input.width()), inside(v, input.height())));
    }
  }
  std::sort(around.begin(), around.end());
  return around;
}

/// The kernel in plain loops; in float with its order of operations: its bytes; in double: its
/// definition, before rounding.
template <typename Real>
Real Linear(const Image<uint16_t>& input, int x, int y, int step, const Places& places,
            const Rows& rows, Real threshold) {
  const std::vector<uint16_t> around = Around(input, x, y, step);
  const int place = Place(x, y);
  const Real black = places(place, 0), per_dn = places(place, 1);
  const Real S = places(place, 2), O = places(place, 3);
  const auto is_beyond = [&](Real extreme, Real sign) {
    const Real light = (extreme - black) * per_dn;
    const Real variance = S * std::max(light, Real{0}) + O;
    const Real over = (static_cast<Real>(input(x, y)) - extreme) * per_dn * sign;
    return over > 0 && over * over > threshold * threshold * variance;
  };
  Real dn = input(x, y);
  if (is_beyond(around.back(), 1) || is_beyond(around.front(), -1))
    dn = static_cast<Real>((around[3] + around[4] + 1) / 2);
  return (dn - static_cast<Real>(rows(y)) - black) * per_dn * Real{57344} + Real{4096.5};
}

/// Of an infinite threshold by the kernel that looks for no defects.
Status Linearise(Image<uint16_t>& input, int step, float threshold, Image<uint16_t>& output) {
  Places places = TestPlaces();
  Rows rows = TestRows(input.height());
  if (std::isinf(threshold)) {
    KernelCall call("raw_levels");
    return call.Finish(raw_levels(call.context(), input, places, rows, output));
  }
  KernelCall call("raw_front");
  return call.Finish(raw_front(call.context(), input, places, rows, step, threshold, output));
}

TEST(RawFrontKernel, HasTheBytesOfItsPlainLoopsAndIsItsDefinition) {
  for (const int step : {1, 2}) {
    for (const auto& [width, height] : kSizes) {
      for (const float threshold : {kThreshold, std::numeric_limits<float>::infinity()}) {
        SCOPED_TRACE(testing::Message() << width << " x " << height << ", step " << step);
        Image<uint16_t> input = Scene(width, height);
        Image<uint16_t> output = FilledImage<uint16_t>(width, height, 1);
        ASSERT_TRUE(Linearise(input, step, threshold, output).has_value());
        const Places places = TestPlaces();
        const Rows rows = TestRows(height);
        int replaced = 0, far = 0;
        output.for_each_element([&](int x, int y) {
          const float plain = Linear<float>(input, x, y, step, places, rows, threshold);
          ASSERT_EQ(output(x, y), static_cast<uint16_t>(std::clamp(plain, 0.0F, 65535.0F)))
              << x << ", " << y;
          const double exact = Linear<double>(input, x, y, step, places, rows, threshold);
          // 1e-5 of full scale, and half a step for rounding.
          far += std::abs(output(x, y) + 0.5 - std::clamp(exact, 0.5, 65535.5)) > 0.57 + 0.5;
          const float kept = Linear<float>(input, x, y, step, places, rows,
                                           std::numeric_limits<float>::infinity());
          replaced += kept == plain ? 0 : 1;
        });
        EXPECT_EQ(far, 0);
        // In monochrome the two that touch hide each other; at 4 px a wave may stand out as well.
        EXPECT_GE(replaced, threshold > 100 ? 0 : step == 2 ? 8 : 6);
        EXPECT_LE(replaced, threshold > 100 ? 0 : 16);
      }
    }
  }
}

TEST(RawFrontKernel, TakesRowsOfAnyStrideAndAllOfSixteenBits) {
  Image<uint16_t> input = Scene(61, 47);
  input(30, 30) = input(32, 30) = input(30, 32) = input(32, 32) = 65535;
  Image<uint16_t> wide = FilledImage<uint16_t>(80, 60, 60000);
  Image<uint16_t> window = wide.cropped(0, 7, 61).cropped(1, 5, 47);
  window.set_min(0, 0);
  window.copy_from(input);
  Image<uint16_t> expected(61, 47), output(61, 47);
  for (const float threshold : {std::numeric_limits<float>::infinity(), kThreshold}) {
    ASSERT_TRUE(Linearise(input, 2, threshold, expected).has_value());
    ASSERT_TRUE(Linearise(window, 2, threshold, output).has_value());
    output.for_each_element([&](int x, int y) { ASSERT_EQ(output(x, y), expected(x, y)); });
    EXPECT_EQ(output(30, 30), 65535);
  }
}

TEST(RawFrontKernel, RefusesBuffersOfAnotherSize) {
  Image<uint16_t> input = Scene(64, 48), output(64, 47);
  EXPECT_FALSE(Linearise(input, 2, kThreshold, output).has_value());
  EXPECT_FALSE(Linearise(input, 2, std::numeric_limits<float>::infinity(), output).has_value());
}

}  // namespace
}  // namespace nightjar
