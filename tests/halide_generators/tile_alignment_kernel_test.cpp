// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <tile_alignment.h>

#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "isp/motion_field.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{16, 16}, {17, 19}, {9, 12}, {128, 16}, {131, 47}};
constexpr int kSums = 8;

struct Images {
  Images(int width, int height, uint64_t seed)
      : reference(width, height), other(width, height), gradient(width, height, 2) {
    TestRandom random(seed);
    const auto any = [&](double low, double high) {
      return static_cast<int16_t>(std::lround(random.Uniform(low, high)));
    };
    for (int16_t& value : reference) value = any(0, 16383);
    for (int16_t& value : other) value = any(0, 16383);
    for (int16_t& value : gradient) value = any(-8000, 8000);
  }
  Image<int16_t> reference, other;
  PlanarImage<int16_t> gradient;
};

Status Align(Images& images, MotionField& motion, PlanarImage<float>& sums, int row_step = 1) {
  KernelCall call("tile_alignment");
  return call.Finish(tile_alignment(call.context(), images.reference, images.gradient, images.other,
                                    row_step, motion.nodes, sums));
}

float Mix(float from, float to, float share) { return from + share * (to - from); }

struct Place {
  float x, y;
};

/// Where the motion takes pixel (x, y) of an image of `height` px.
Place Reached(const MotionField& motion, int height, int x, int y) {
  const auto around = [](int px, int count, int& first, int& second) {
    const float at = (static_cast<float>(px) - 7.5F) * (1.F / 16);
    first = std::clamp(static_cast<int>(std::floor(at)), 0, std::max(count - 2, 0));
    second = std::min(first + 1, count - 1);
    return at - static_cast<float>(first);
  };
  int left = 0, right = 0, top = 0, low = 0;
  const float h = around(x, motion.columns(), left, right);
  const float v = around(std::min(y, height - 1), motion.rows(), top, low);
  const auto moved = [&](int axis) {
    const auto column = [&](int c) {
      return Mix(motion.nodes(c, top, axis), motion.nodes(c, low, axis), v);
    };
    return Mix(column(left), column(right), h);
  };
  return {static_cast<float>(x) + moved(0), static_cast<float>(y) + moved(1)};
}

/// The kernel's plain loops, in `Real`: float for its bytes.
template <typename Real>
std::array<Real, kSums> Sums(const Images& images, const MotionField& motion, int n, int m,
                             int row_step) {
  const int width = images.reference.width(), height = images.reference.height();
  std::array<std::array<Real, kSums>, 16> columns{};
  const auto reached = [&](int x, int y) { return Reached(motion, height, x, y); };
  const auto floor_of = [](float v) { return static_cast<int>(std::floor(v)); };
  for (int j = 0; j < 16; j += row_step) {
    for (int i = 0; i < 16; ++i) {
      const int x = 16 * n + i, y = 16 * m + j, first = x / 8 * 8;
      const auto [to_x, to_y] = reached(x, y);
      if (x >= width || y >= height || !(to_x >= 0) || !(to_y >= 0) ||
          to_x > static_cast<float>(width - 1) || to_y > static_cast<float>(height - 1)) {
        continue;
      }
      const int px = floor_of(to_x), py = floor_of(to_y);
      // Eight pixels share a window.
      const Place one_end = reached(first, y), other_end = reached(first + 7, y);
      const int beside =
          px - (x - first) - std::min(floor_of(one_end.x), floor_of(other_end.x) - 7);
      const int below = py - std::min(floor_of(one_end.y), floor_of(other_end.y));
      if (beside < 0 || beside > 1 || below < 0 || below > 1) continue;
      const auto at = [&](int dx, int dy) {
        return static_cast<float>(
            images.other(std::min(px + dx, width - 1), std::min(py + dy, height - 1)));
      };
      const float right_share = to_x - static_cast<float>(px);
      const float value = Mix(Mix(at(0, 0), at(1, 0), right_share),
                              Mix(at(0, 1), at(1, 1), right_share), to_y - static_cast<float>(py));
      const auto here = static_cast<Real>(images.reference(x, y));
      const auto gx = static_cast<Real>(images.gradient(x, y, 0));
      const auto gy = static_cast<Real>(images.gradient(x, y, 1));
      const Real r = here - static_cast<Real>(value);
      const Real terms[kSums] = {gx * gx, gx * gy, gy * gy, gx * r, gy * r, r * r, here, 1};
      for (size_t k = 0; k < kSums; ++k) columns[static_cast<size_t>(i)][k] += terms[k];
    }
  }
  std::array<Real, kSums> sums = columns[0];
  for (size_t i = 1; i < 16; ++i) {
    for (size_t k = 0; k < kSums; ++k) sums[k] += columns[i][k];
  }
  return sums;
}

TEST(TileAlignmentKernel, HasTheBytesOfItsPlainLoopsAndTheirSums) {
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Images images(width, height, 3);
    for (const double size : {0.5, 2.0, 40.0}) {
      const int row_step = size < 1 ? 2 : 1;
      TestRandom random(4);
      MotionField motion = MotionField::Still(width, height);
      for (float& node : motion.nodes) node = static_cast<float>(random.Uniform(-size, size));
      PlanarImage<float> sums(motion.columns(), motion.rows(), kSums);
      ASSERT_TRUE(Align(images, motion, sums, row_step).has_value());
      for (int m = 0; m < motion.rows(); ++m) {
        for (int n = 0; n < motion.columns(); ++n) {
          const auto expected = Sums<float>(images, motion, n, m, row_step);
          const auto exact = Sums<double>(images, motion, n, m, row_step);
          for (int k = 0; k < kSums; ++k) {
            const auto i = static_cast<size_t>(k);
            ASSERT_EQ(sums(n, m, k), expected[i]) << n << ", " << m << ", " << k;
            ASSERT_NEAR(static_cast<double>(sums(n, m, k)), exact[i],
                        1e-5 * std::abs(exact[i]) + 2e3)
                << n << ", " << m << ", " << k;
          }
        }
      }
    }
  }
}

TEST(TileAlignmentKernel, CountsWhatLiesInBothImages) {
  Images images(40, 40, 5);
  MotionField motion = MotionField::Still(40, 40);
  PlanarImage<float> sums(3, 3, kSums);
  ASSERT_TRUE(Align(images, motion, sums).has_value());
  EXPECT_EQ(sums(0, 0, 7), 256);
  EXPECT_EQ(sums(2, 1, 7), 8 * 16);
  EXPECT_EQ(sums(2, 2, 7), 8 * 8);
  ASSERT_TRUE(Align(images, motion, sums, 2).has_value());
  EXPECT_EQ(sums(2, 1, 7), 8 * 8);
  for (int m = 0; m < 3; ++m) {
    for (int n = 0; n < 3; ++n) motion.SetNode(n, m, {0, 100});
  }
  ASSERT_TRUE(Align(images, motion, sums).has_value());
  for (const float sum : sums) EXPECT_EQ(sum, 0);
}

}  // namespace
}  // namespace nightjar
