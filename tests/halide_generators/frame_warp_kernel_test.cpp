// SPDX-License-Identifier: Apache-2.0
#include <frame_warp.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "isp/linear_frame.h"
#include "isp/motion_field.h"
#include "tests/halide_generators/frame_warp_replica.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{16, 16},  {17, 19},  {33, 65},
                                          {128, 16}, {129, 31}, {301, 40}};

struct Output {
  Output(int width, int height)
      : linear(FilledImage<uint16_t>(width, height, 0)),
        remaining(FilledImage((width + 3) / 4, (height + 3) / 4, -1.F)) {}
  Image<uint16_t> linear;
  Image<float> remaining;
};

Status Warp(Image<uint16_t>& input, Image<float>& remaining, float brightness, float noise,
            MotionField& motion, Output& output) {
  KernelCall call("frame_warp");
  return call.Finish(frame_warp(call.context(), input, remaining, brightness, noise, motion.nodes,
                                output.linear, output.remaining));
}

/// Of (x, y) -> (x, y) + motion.
template <typename Motion>
MotionField FieldOf(int width, int height, const Motion& motion) {
  MotionField field = MotionField::Still(width, height);
  for (int row = 0; row < field.rows(); ++row) {
    for (int column = 0; column < field.columns(); ++column) {
      const Eigen::Vector2d centre = MotionField::Centre(column, row);
      field.SetNode(column, row, motion(centre.x(), centre.y()));
    }
  }
  return field;
}

TEST(FrameWarpKernel, HasTheBytesOfItsPlainLoops) {
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    TestRandom random(7);
    Image<uint16_t> input(width, height);
    for (uint16_t& value : input) value = static_cast<uint16_t>(random.Uniform(0, 65535));
    Image<float> remaining((width + 3) / 4, (height + 3) / 4);
    for (float& share : remaining) share = static_cast<float>(random.Uniform(0.1, 1));
    // Smooth, then as rough as no video is, then far outside.
    for (const double size : {3.0, 20.0, 1e4}) {
      MotionField motion = FieldOf(width, height, [&](double, double) {
        return Eigen::Vector2d(random.Uniform(-size, size), random.Uniform(-size, size));
      });
      Output output(width, height), expected(width, height);
      ASSERT_TRUE(Warp(input, remaining, 1.25F, 0.8F, motion, output).has_value());
      FrameWarpReplica(1.25F, 0.8F)(input, remaining, motion.nodes, expected.linear,
                                    expected.remaining);
      output.linear.for_each_element([&](int x, int y) {
        ASSERT_EQ(output.linear(x, y), expected.linear(x, y)) << x << ", " << y << ", " << size;
      });
      output.remaining.for_each_element([&](int h, int v) {
        ASSERT_EQ(std::memcmp(&output.remaining(h, v), &expected.remaining(h, v), sizeof(float)), 0)
            << h << ", " << v << ": " << output.remaining(h, v) << " is not "
            << expected.remaining(h, v);
      });
    }
  }
}

TEST(FrameWarpKernel, FetchesAPictureFromWhereTheMotionPoints) {
  // Turned by two degrees, 2 % larger and shifted: waves of 6 px and more, known everywhere.
  const WaveTexture texture(3, 6, 40);
  const auto light = [&](double x, double y) { return 0.4 + 0.1 * texture(x, y); };
  const int width = 201, height = 150;
  const double turn = 2 * M_PI / 180, scale = 1.02;
  const auto moved = [&](double x, double y) {
    const double u = x - 100, v = y - 75;
    return Eigen::Vector2d(scale * (std::cos(turn) * u - std::sin(turn) * v) + 100 - x + 3.3,
                           scale * (std::sin(turn) * u + std::cos(turn) * v) + 75 - y - 2.6);
  };
  Image<uint16_t> input(width, height);
  input.for_each_element([&](int x, int y) {
    input(x, y) = static_cast<uint16_t>(std::lround(ToLinear(light(x, y))));
  });
  MotionField motion = FieldOf(width, height, moved);
  Image<float> remaining = FilledImage(1, 1, 1.F);
  Output output(width, height);
  ASSERT_TRUE(Warp(input, remaining, 1, 1, motion, output).has_value());
  double sum = 0;
  int count = 0;
  output.linear.for_each_element([&](int x, int y) {
    const Eigen::Vector2d at = Eigen::Vector2d(x, y) + moved(x, y);
    if (at.x() < 4 || at.y() < 4 || at.x() > width - 5 || at.y() > height - 5) return;
    sum += std::pow(FromLinear(output.linear(x, y)) - light(at.x(), at.y()), 2);
    ++count;
  });
  // The texture's standard deviation is about 0.1.
  EXPECT_LT(std::sqrt(sum / count), 1e-3);
}

TEST(FrameWarpKernel, TellsTheNoiseItLeaves) {
  // Whole pixels leave all of it; a mean between pixels has less. Propagated against measured.
  for (const double shift : {0.0, 0.25, 0.5, 3.8}) {
    Image<uint16_t> input(400, 300);
    TestRandom random(9);
    const double sigma = 800;
    input.for_each_element([&](int x, int y) {
      input(x, y) = static_cast<uint16_t>(std::lround(20000 + sigma * random.Normal()));
    });
    MotionField motion =
        FieldOf(400, 300, [&](double, double) { return Eigen::Vector2d(shift, -shift); });
    Image<float> remaining = FilledImage(1, 1, 0.5F);
    Output output(400, 300);
    ASSERT_TRUE(Warp(input, remaining, 1, 1, motion, output).has_value());
    double square = 0;
    int count = 0;
    for (int y = 8; y < 292; ++y) {
      for (int x = 8; x < 392; ++x) {
        square += std::pow((output.linear(x, y) - 20000) / sigma, 2);
        ++count;
      }
    }
    EXPECT_NEAR(square / count / (2 * static_cast<double>(output.remaining(50, 40))), 1, 0.02)
        << shift;
  }
}

TEST(FrameWarpKernel, SaysWhereTheFrameHasNothing) {
  Image<uint16_t> input = FilledImage<uint16_t>(64, 48, 20000);
  MotionField motion = FieldOf(64, 48, [](double, double) { return Eigen::Vector2d(30, 0); });
  Image<float> remaining = FilledImage(1, 1, 1.F);
  Output output(64, 48);
  ASSERT_TRUE(Warp(input, remaining, 1, 1, motion, output).has_value());
  EXPECT_NEAR(output.remaining(0, 5), 1, 1e-3);
  EXPECT_NEAR(output.remaining(7, 5), 1, 1e-3);  // from pixel 60
  EXPECT_EQ(output.remaining(9, 5), 1e4F);
}

TEST(FrameWarpKernel, KeepsMeansAndScalesExposures) {
  Image<uint16_t> input = FilledImage<uint16_t>(64, 48, 12288);  // x = 1/7
  MotionField motion = FieldOf(
      64, 48, [](double x, double y) { return Eigen::Vector2d(0.37 + 0.001 * y, 0.002 * x); });
  Image<float> remaining = FilledImage(1, 1, 1.F);
  Output output(64, 48);
  ASSERT_TRUE(Warp(input, remaining, 2, 1, motion, output).has_value());
  output.linear.for_each_element(
      [&](int x, int y) { ASSERT_NEAR(output.linear(x, y), 4096 + 2 * 8192, 1); });
}

}  // namespace
}  // namespace nightjar
