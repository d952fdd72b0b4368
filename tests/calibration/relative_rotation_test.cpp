// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/relative_rotation.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/so3.h"
#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

struct Views {
  std::vector<BearingPair> pairs;
  Eigen::Quaterniond R_previous_current;
};

// Points 2 to 8 m in front of a camera that turns and travels; every fifth pair is wrong where
// `outliers`.
Views Look(const Eigen::Vector3d& turn, const Eigen::Vector3d& travel, double noise, bool outliers,
           uint64_t seed) {
  NormalSource random(seed);
  Views views;
  views.R_previous_current = so3::Exp(turn);
  for (int i = 0; i < 120; ++i) {
    const double depth = 2 + 6 * random.Uniform();
    const Eigen::Vector3d point(depth * (1.4 * random.Uniform() - 0.7),
                                depth * (random.Uniform() - 0.5), depth);
    const Eigen::Vector3d seen = views.R_previous_current.conjugate() * (point - travel);
    BearingPair pair{(point.normalized() + noise * random.Normal3()).normalized(),
                     (seen.normalized() + noise * random.Normal3()).normalized()};
    if (outliers && i % 5 == 0)
      pair.current = (pair.current + 0.05 * random.Normal3()).normalized();
    views.pairs.push_back(pair);
  }
  return views;
}

TEST(RelativeRotation, IsNotBiasedByTravel) {
  // A step sideways of 3 cm moves points at 4 m as a turn of 0.4 deg would.
  for (const Eigen::Vector3d& travel : {Eigen::Vector3d(0.03, 0, 0), Eigen::Vector3d(0, -0.03, 0),
                                        Eigen::Vector3d(0, 0, 0.04), Eigen::Vector3d(0, 0, 0)}) {
    Eigen::Vector3d mean_error = Eigen::Vector3d::Zero();
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      const Views views = Look({0.01, -0.02, 0.015}, travel, 3e-4, false, seed);
      const auto result = EstimateRelativeRotation(views.pairs);
      ASSERT_TRUE(result);
      const Eigen::Vector3d error =
          so3::Log(views.R_previous_current.conjugate() * result->R_previous_current);
      EXPECT_LT(error.norm(), 0.003) << travel.transpose();
      mean_error += error / 20;
      EXPECT_NEAR(result->sigma_rad, 3e-4, 2e-4);
    }
    EXPECT_LT(mean_error.norm(), 0.001) << travel.transpose();
  }
}

TEST(RelativeRotation, BearsOutliers) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Views views = Look({-0.02, 0.03, 0.05}, {0.02, 0.01, 0.02}, 3e-4, true, seed);
    const auto result = EstimateRelativeRotation(views.pairs);
    ASSERT_TRUE(result);
    EXPECT_LT(result->R_previous_current.angularDistance(views.R_previous_current), 0.003);
    EXPECT_LT(result->inliers, 118);
    EXPECT_GT(result->inliers, 80);
  }
}

TEST(RelativeRotation, NeedsTwelvePairs) {
  Views views = Look({0.01, 0, 0}, {0, 0, 0}, 0, false, 1);
  views.pairs.resize(11);
  EXPECT_FALSE(EstimateRelativeRotation(views.pairs));
  EXPECT_FALSE(EstimateRelativeRotation({}));
}

}  // namespace
}  // namespace nightjar
