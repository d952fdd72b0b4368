// SPDX-License-Identifier: Apache-2.0
#include <corner_score.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

Status Score(PlanarImage<int16_t>& gradient, Image<float>& score) {
  KernelCall call("corner_score");
  return call.Finish(corner_score(call.context(), gradient, score));
}

float ReferenceScore(const PlanarImage<int16_t>& gradient, int x, int y) {
  int64_t xx = 0, xy = 0, yy = 0;
  for (int v = -2; v <= 2; ++v) {
    for (int u = -2; u <= 2; ++u) {
      const int column = std::clamp(x + u, 0, gradient.width() - 1);
      const int row = std::clamp(y + v, 0, gradient.height() - 1);
      const int64_t gx = gradient(column, row, 0), gy = gradient(column, row, 1);
      xx += gx * gx;
      xy += gx * gy;
      yy += gy * gy;
    }
  }
  const float mean = 1.0F / 25.0F;
  const float a = static_cast<float>(xx) * mean, b = static_cast<float>(xy) * mean,
              c = static_cast<float>(yy) * mean;
  const float half = (a - c) * 0.5F;
  return (a + c) * 0.5F - std::sqrt(half * half + b * b);
}

void CompareToDefinition(PlanarImage<int16_t>& gradient) {
  Image<float> score(gradient.width(), gradient.height());
  score.fill(-1);
  ASSERT_TRUE(Score(gradient, score).has_value());
  score.for_each_element([&](int x, int y) {
    const float expected = ReferenceScore(gradient, x, y);
    // The same bits, not the same to some tolerance.
    ASSERT_EQ(std::memcmp(&score(x, y), &expected, sizeof(float)), 0)
        << x << ", " << y << ": " << score(x, y) << " is not " << expected;
  });
}

TEST(CornerScoreKernel, EqualsItsDefinitionBitByBit) {
  TestRandom random(3);
  for (const auto& [width, height] :
       {std::pair(16, 16), std::pair(17, 19), std::pair(33, 65), std::pair(2, 2),
        std::pair(752, 480), std::pair(1285, 31), std::pair(1, 40)}) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    PlanarImage<int16_t> gradient(width, height, 2);
    std::generate(gradient.begin(), gradient.end(),
                  [&] { return static_cast<int16_t>(random.Uniform(-8192, 8192.99)); });
    CompareToDefinition(gradient);
    // Strong correlation: both eigenvalues come from a difference of large numbers.
    gradient.for_each_element([&](int x, int y, int c) {
      gradient(x, y, c) = static_cast<int16_t>((x * 37 + y * 11) % 8192 + (c == 0 ? 1 : 0));
    });
    CompareToDefinition(gradient);
  }
}

TEST(CornerScoreKernel, DoesNotOverflow) {
  PlanarImage<int16_t> gradient(40, 20, 2);
  gradient.fill(-8192);
  CompareToDefinition(gradient);
}

TEST(CornerScoreKernel, IsTheSmallerEigenvalue) {
  // Half of the window's columns have slope (s, 0), the other half (0, s): both eigenvalues are a
  // share of s^2.
  PlanarImage<int16_t> gradient(41, 21, 2);
  gradient.fill(0);
  for (int y = 0; y < 21; ++y) {
    for (int x = 0; x < 41; ++x) gradient(x, y, x < 20 ? 0 : 1) = 100;
  }
  Image<float> score(41, 21);
  ASSERT_TRUE(Score(gradient, score).has_value());
  EXPECT_FLOAT_EQ(score(10, 10), 0);  // one direction only
  EXPECT_FLOAT_EQ(score(30, 10), 0);
  EXPECT_FLOAT_EQ(score(20, 10), 0.4F * 100 * 100);  // 2 of 5 columns
  EXPECT_FLOAT_EQ(score(18, 10), 0.2F * 100 * 100);  // 1 of 5
}

TEST(CornerScoreKernel, WrongBuffersAreErrorsAndNoAbort) {
  PlanarImage<int16_t> gradient(40, 20, 2);
  gradient.fill(0);
  Image<float> small(39, 20), large(41, 20);
  for (Image<float>* score : {&small, &large}) {
    const Status status = Score(gradient, *score);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::kInternal);
    EXPECT_THAT(status.error().Message(),
                testing::AllOf(testing::HasSubstr("corner_score"), testing::HasSubstr("score")));
  }
  PlanarImage<int16_t> one_plane(40, 20, 1);
  Image<float> score(40, 20);
  EXPECT_FALSE(Score(one_plane, score).has_value());
  KernelCall call("corner_score");
  EXPECT_FALSE(call.Finish(corner_score(call.context(), nullptr, score)).has_value());
  // And the next call is not spoilt.
  EXPECT_TRUE(Score(gradient, score).has_value());
}

}  // namespace
}  // namespace nightjar
