// SPDX-License-Identifier: Apache-2.0
#include "isp/motion_blur.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

Eigen::Matrix2d Moment(const Eigen::Vector2d& blur) { return blur * blur.transpose(); }

TEST(MotionBlur, OnlyTheSharperImageIsBlurredAlongOneLine) {
  const BlurToMatch blur = MatchBlurs({3, 4}, {-6, -8});
  EXPECT_NEAR(blur.of_first.norm(), std::sqrt(75.0), 1e-9);
  EXPECT_NEAR(std::abs(blur.of_first.normalized().dot(Eigen::Vector2d(0.6, 0.8))), 1, 1e-9);
  EXPECT_NEAR(blur.of_second.norm(), 0, 1e-6);
  const BlurToMatch other_way = MatchBlurs({6, 8}, {3, 4});
  EXPECT_NEAR(other_way.of_first.norm(), 0, 1e-6);
  EXPECT_NEAR(other_way.of_second.norm(), std::sqrt(75.0), 1e-9);
}

TEST(MotionBlur, NothingIsDoneToEqualOnes) {
  for (const Eigen::Vector2d& same : {Eigen::Vector2d(0, 0), Eigen::Vector2d(7, -2)}) {
    const BlurToMatch blur = MatchBlurs(same, -same);
    EXPECT_NEAR(blur.of_first.norm(), 0, 1e-6);
    EXPECT_NEAR(blur.of_second.norm(), 0, 1e-6);
  }
}

TEST(MotionBlur, SecondMomentsAreTheSameAfterwards) {
  TestRandom random(5);
  for (int i = 0; i < 200; ++i) {
    const Eigen::Vector2d first(random.Uniform(-20, 20), random.Uniform(-20, 20));
    const Eigen::Vector2d second(random.Uniform(-20, 20), random.Uniform(-20, 20));
    const BlurToMatch blur = MatchBlurs(first, second);
    EXPECT_LT((Moment(first) + Moment(blur.of_first) - Moment(second) - Moment(blur.of_second))
                  .cwiseAbs()
                  .maxCoeff(),
              1e-9);
  }
}

}  // namespace
}  // namespace nightjar
