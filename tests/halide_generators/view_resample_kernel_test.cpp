// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <view_resample_u16.h>
#include <view_resample_u8.h>

#include <algorithm>
#include <cmath>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

template <typename T>
Status Resample(Image<T>& input, Image<float>& column, Image<float>& row, float scale,
                Image<uint16_t>& output) {
  KernelCall call("view_resample");
  if constexpr (sizeof(T) == 1)
    return call.Finish(view_resample_u8(call.context(), input, column, row, scale, output));
  else
    return call.Finish(view_resample_u16(call.context(), input, column, row, scale, output));
}

/// Keys' kernel with a = -1/2, at a distance from a pixel.
double Keys(double t) {
  t = std::abs(t);
  if (t < 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
  return t < 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
}

template <typename T>
double Reference(const Image<T>& input, double column, double row) {
  if (column < 0) return 0;
  column = std::clamp(column, 0.0, input.width() - 1.0);
  row = std::clamp(row, 0.0, input.height() - 1.0);
  double sum = 0;
  for (int v = static_cast<int>(row) - 1; v <= static_cast<int>(row) + 2; ++v) {
    for (int u = static_cast<int>(column) - 1; u <= static_cast<int>(column) + 2; ++u) {
      sum += Keys(column - u) * Keys(row - v) *
             input(std::clamp(u, 0, input.width() - 1), std::clamp(v, 0, input.height() - 1));
    }
  }
  return sum;
}

template <typename T>
void CompareToDefinition(int width, int height, int view_width, int view_height, double most,
                         float scale) {
  TestRandom random(5);
  Image<T> input(width, height);
  std::generate(input.begin(), input.end(),
                [&] { return static_cast<T>(random.Uniform(0, most)); });
  Image<float> column(view_width, view_height), row(view_width, view_height);
  column.for_each_element([&](int x, int y) {
    column(x, y) =
        random.Uniform(0, 1) < 0.1 ? -1 : static_cast<float>(random.Uniform(0, width - 1));
    row(x, y) = static_cast<float>(random.Uniform(0, height - 1));
    if (x % 7 == 0) row(x, y) = std::floor(row(x, y));
  });
  Image<uint16_t> output(view_width, view_height);
  ASSERT_TRUE(Resample(input, column, row, scale, output));
  output.for_each_element([&](int x, int y) {
    const double expected =
        std::clamp(scale * Reference(input, column(x, y), row(x, y)), 0.0, 65535.0);
    ASSERT_NEAR(output(x, y), expected, 0.52 + 1e-6 * expected) << x << ' ' << y;
  });
}

TEST(ViewResampleKernel, IsCubicConvolutionAtAnySize) {
  CompareToDefinition<uint8_t>(64, 48, 33, 17, 256, 256);
  CompareToDefinition<uint16_t>(64, 48, 33, 17, 65536, 1);
  CompareToDefinition<uint8_t>(1, 1, 5, 3, 256, 256);
  CompareToDefinition<uint16_t>(3, 2, 1, 1, 65536, 1);
  CompareToDefinition<uint16_t>(17, 19, 752, 31, 1024, 1);
}

TEST(ViewResampleKernel, KeepsStraightLinesAndWholePixels) {
  Image<uint16_t> ramp(40, 30);
  ramp.for_each_element([&](int x, int y) { ramp(x, y) = static_cast<uint16_t>(100 * x + 7 * y); });
  Image<float> column(20, 10), row(20, 10);
  column.for_each_element([&](int x, int y) {
    column(x, y) = 2 + 1.25F * static_cast<float>(x);
    row(x, y) = 2 + 0.5F * static_cast<float>(y);
  });
  Image<uint16_t> output(20, 10);
  ASSERT_TRUE(Resample(ramp, column, row, 1, output));
  output.for_each_element(
      [&](int x, int y) { EXPECT_NEAR(output(x, y), 100 * column(x, y) + 7 * row(x, y), 0.51); });
}

TEST(ViewResampleKernel, TablesOfAnotherSizeAreErrors) {
  Image<uint16_t> input = FilledImage<uint16_t>(20, 20, 9), output(10, 10);
  Image<float> column = FilledImage<float>(10, 10, 1), row = FilledImage<float>(9, 10, 1);
  EXPECT_FALSE(Resample(input, column, row, 1, output));
}

}  // namespace
}  // namespace nightjar
