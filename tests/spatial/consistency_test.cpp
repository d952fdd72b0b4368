// SPDX-License-Identifier: Apache-2.0
#include "spatial/consistency.h"

#include <gmock/gmock.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/so3.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

// Standard normal numbers by Box and Muller from a counter: the same on every machine to far below
// the tolerances.
class Normal {
 public:
  Eigen::Vector3d Vector() {
    const double x = Number();
    const double y = Number();
    return {x, y, Number()};
  }

 private:
  double Uniform() {  // SplitMix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
  }
  double Number() {
    const double radius = std::sqrt(-2 * std::log(Uniform()));
    return radius * std::cos(6.283185307179586 * Uniform());
  }
  uint64_t state_ = 1;
};

std::vector<StampedPose> Truth() { return PosesOf(SyntheticSession(600).closed_loop); }

// Keyframes at the true poses, with the given covariance in world axes; the first one carries the
// gauge.
std::vector<Keyframe> PerfectKeyframes(const Eigen::Matrix3d& position,
                                       const Eigen::Matrix3d& rotation) {
  std::vector<Keyframe> keyframes;
  for (const StampedPose& pose : Truth()) {
    Keyframe keyframe;
    keyframe.state.time = pose.time;
    keyframe.state.T_world_body = pose.T_world_body;
    if (!keyframes.empty()) {
      keyframe.covariance.block<3, 3>(0, 0) = position;
      keyframe.covariance.block<3, 3>(3, 3) = rotation;
    }
    keyframes.push_back(keyframe);
  }
  return keyframes;
}

const Eigen::Matrix3d kPosition =
    (Eigen::Matrix3d() << 4e-4, 1e-4, 0, 1e-4, 1e-4, 2e-5, 0, 2e-5, 9e-6).finished();
const Eigen::Matrix3d kRotation = Eigen::Vector3d(1e-6, 4e-6, 9e-4).asDiagonal();

TEST(CompareCovariances, CountsErrorsInTheirSigmas) {
  std::vector<Keyframe> keyframes =
      PerfectKeyframes(Eigen::Vector3d(1e-4, 4e-4, 9e-4).asDiagonal(), kRotation);
  for (size_t k = 1; k < keyframes.size(); ++k) {
    Se3& T = keyframes[k].state.T_world_body;
    T.translation += Eigen::Vector3d(0.01, -0.04, 0.09);  // 1, 2 and 3 sigma
    T.rotation =
        so3::Exp({0.002, 0.002, -0.03}) * T.rotation;  // 2, 1 and 1 sigma, about *world* axes
  }
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->keyframes, 599);
  EXPECT_NEAR(result->first_gauge.position, 1 + 4 + 9, 1e-6);
  EXPECT_NEAR(result->first_gauge.rotation, 4 + 1 + 1, 1e-6);
}

TEST(CompareCovariances, GivesThreeWhereErrorsAreDrawnFromTheCovariance) {
  Normal normal;
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  const Eigen::Matrix3d position_root = kPosition.llt().matrixL();
  const Eigen::Matrix3d rotation_root = kRotation.llt().matrixL();
  for (size_t k = 1; k < keyframes.size(); ++k) {
    Se3& T = keyframes[k].state.T_world_body;
    T.translation += position_root * normal.Vector();
    T.rotation = so3::Exp(rotation_root * normal.Vector()) * T.rotation;
  }
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  // The mean of 599 chi-squares of 3 degrees of freedom has a sigma of sqrt(6 / 599) = 0.1.
  EXPECT_NEAR(result->first_gauge.position, 3, 0.3);
  EXPECT_NEAR(result->first_gauge.rotation, 3, 0.3);
}

TEST(CompareCovariances, TellsWorldAxesFromBodyAxes) {
  // The same draws applied about the body's axes do not fit a covariance in world axes: the body
  // turns.
  Normal normal;
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  for (size_t k = 1; k < keyframes.size(); ++k) {
    Se3& T = keyframes[k].state.T_world_body;
    T.rotation = T.rotation * so3::Exp({0, 0.03 * normal.Vector().x(), 0});
  }
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  EXPECT_GT(result->first_gauge.rotation, 6);
}

TEST(CompareCovariances, DoesNotSeeTheGauge) {
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  const Se3 gauge{so3::Exp({0, 0, 2.9}), {5, -7, 11}};
  for (Keyframe& keyframe : keyframes)
    keyframe.state.T_world_body = gauge * keyframe.state.T_world_body;
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  EXPECT_LT(result->first_gauge.position, 1e-12);
  EXPECT_LT(result->first_gauge.rotation, 1e-12);
  EXPECT_LT(result->fitted_gauge.position, 1e-12);
  EXPECT_LT(result->fitted_gauge.rotation, 1e-12);
}

TEST(CompareCovariances, AFittedGaugeDoesNotHangOnOnePoseOfTheReference) {
  // Errors drawn from the covariances, and a first reference pose that is wrong by 10 sigma.
  Normal normal;
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  const Eigen::Matrix3d position_root = kPosition.llt().matrixL();
  const Eigen::Matrix3d rotation_root = kRotation.llt().matrixL();
  for (size_t k = 1; k < keyframes.size(); ++k) {
    Se3& T = keyframes[k].state.T_world_body;
    T.translation += position_root * normal.Vector();
    T.rotation = so3::Exp(rotation_root * normal.Vector()) * T.rotation;
  }
  std::vector<StampedPose> truth = Truth();
  truth[0].T_world_body.translation += Eigen::Vector3d(0.2, 0, 0);
  truth[0].T_world_body.rotation = so3::Exp({0, 0, 0.3}) * truth[0].T_world_body.rotation;
  const Se3 gauge{so3::Exp({0, 0, -2.9}), {5, -7, 11}};  // of the whole reference
  for (StampedPose& pose : truth) pose.T_world_body = gauge * pose.T_world_body;
  const Result<Consistency> result = CompareCovariances(keyframes, truth);
  ASSERT_TRUE(result);
  EXPECT_GT(result->first_gauge.position, 100);
  EXPECT_GT(result->first_gauge.rotation, 50);
  EXPECT_NEAR(result->fitted_gauge.position, 3, 0.3);
  EXPECT_NEAR(result->fitted_gauge.rotation, 3, 0.3);
}

TEST(CompareCovariances, AFittedGaugeLeavesTheTilt) {
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  const Se3 tilt{so3::Exp({0.01, 0, 0}), {0, 0, 0}};  // 10 sigma
  for (Keyframe& keyframe : keyframes)
    keyframe.state.T_world_body = tilt * keyframe.state.T_world_body;
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->fitted_gauge.rotation, 100, 5);
}

TEST(CompareCovariances, SeesATiltOfTheWorld) {
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  const Se3 tilt{so3::Exp({0.01, 0, 0}), {0, 0, 0}};  // 10 sigma
  for (Keyframe& keyframe : keyframes)
    keyframe.state.T_world_body = tilt * keyframe.state.T_world_body;
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->first_gauge.rotation, 100, 5);
}

TEST(CompareCovariances, LeavesOutWhatHasNoCovariance) {
  std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  keyframes[5].covariance.setZero();
  keyframes[6].covariance(0, 0) = -1;
  keyframes[7].covariance.setConstant(std::nan(""));
  const Result<Consistency> result = CompareCovariances(keyframes, Truth());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->keyframes, 599 - 3);
}

TEST(CompareCovariances, SaysWhenItCannotAnswer) {
  const std::vector<Keyframe> keyframes = PerfectKeyframes(kPosition, kRotation);
  const std::vector<StampedPose> truth = Truth();
  const std::vector<StampedPose> later(truth.begin() + 1, truth.end());
  EXPECT_EQ(CompareCovariances({}, truth).error().kind, ErrorKind::kNoAnswer);
  EXPECT_EQ(CompareCovariances(keyframes, later).error().kind, ErrorKind::kNoAnswer);
  const std::vector<Keyframe> only_first(keyframes.begin(), keyframes.begin() + 1);
  EXPECT_EQ(CompareCovariances(only_first, truth).error().kind, ErrorKind::kNoAnswer);
}

}  // namespace
}  // namespace nightjar
