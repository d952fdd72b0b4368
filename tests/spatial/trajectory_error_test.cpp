// SPDX-License-Identifier: Apache-2.0
#include "spatial/trajectory_error.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "core/so3.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

std::vector<StampedPose> Moved(const Se3& T, std::vector<StampedPose> poses) {
  for (StampedPose& pose : poses) pose.T_world_body = T * pose.T_world_body;
  return poses;
}

StampedPose PoseAt(double seconds, const Eigen::Vector3d& position) {
  return {FromNanoseconds(std::llround(seconds * 1e9)), {Eigen::Quaterniond::Identity(), position}};
}

// A straight walk along x at 1 m/s, `count` poses 0.1 s apart from t = 0 on; `scale` stretches it.
std::vector<StampedPose> Straight(int count, double scale = 1) {
  std::vector<StampedPose> poses;
  for (int k = 0; k < count; ++k) poses.push_back(PoseAt(0.1 * k, {0.1 * k * scale, 0, 0}));
  return poses;
}

// The figures that an independent evaluator (NumPy) gives for the same poses, written to text with
// 9 decimals.
TEST(CompareTrajectories, AgreesWithAnIndependentEvaluator) {
  const Result<TrajectoryError> error =
      CompareTrajectories(WanderingEstimate(), SyntheticReference());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->poses, 300);
  EXPECT_EQ(error->compared, 276);
  EXPECT_NEAR(error->length_m, 11.122131330847969, 1e-6);
  EXPECT_NEAR(error->ate_rmse_m, 0.017605060173291363, 1e-6);
  EXPECT_NEAR(error->ate_median_m, 0.015894899697313794, 1e-6);
  EXPECT_NEAR(error->ate_max_m, 0.02901158587388156, 1e-6);
  EXPECT_NEAR(error->attitude_rmse_deg, 0.6606054803185372, 1e-6);
  EXPECT_NEAR(error->tilt_rmse_deg, 2.5471049557834524, 1e-6);
  EXPECT_NEAR(error->rpe_1m_m.value(), 0.027514060695027657, 1e-6);
  EXPECT_NEAR(error->rpe_1m_deg.value(), 0.7271852245023627, 1e-6);
  EXPECT_NEAR(error->rpe_1s_m.value(), 0.022409245434347143, 1e-6);
  EXPECT_NEAR(error->rpe_1s_deg.value(), 0.6038852138608269, 1e-6);
}

TEST(CompareTrajectories, FindsNoErrorInAPerfectEstimateInAnotherWorld) {
  const std::vector<StampedPose> reference = SyntheticReference();
  const Se3 T_estimate_reference{so3::Exp({0.3, -0.4, 2.5}), {10, -20, 5}};
  const Result<TrajectoryError> error =
      CompareTrajectories(Moved(T_estimate_reference, reference), reference);
  ASSERT_TRUE(error);
  EXPECT_LT(error->ate_max_m, 1e-12);
  EXPECT_LT(error->attitude_rmse_deg, 1e-7);
  EXPECT_LT(error->rpe_1s_m.value(), 1e-12);
  EXPECT_LT(se3::Log(error->T_reference_estimate * T_estimate_reference).norm(), 1e-12);
  EXPECT_NEAR(error->tilt_rmse_deg,
              std::acos(so3::Exp({0.3, -0.4, 2.5}).toRotationMatrix()(2, 2)) / kDegree, 1e-9)
      << "tilt is not aligned: a tilted world is an error";
}

TEST(CompareTrajectories, DoesNotDependOnTheWorldOfTheEstimate) {
  const Se3 elsewhere{so3::Exp({0, 0, -1.2}), {100, 50, -3}};
  const Result<TrajectoryError> here =
      CompareTrajectories(WanderingEstimate(), SyntheticReference());
  const Result<TrajectoryError> there =
      CompareTrajectories(Moved(elsewhere, WanderingEstimate()), SyntheticReference());
  ASSERT_TRUE(here && there);
  EXPECT_NEAR(here->ate_rmse_m, there->ate_rmse_m, 1e-12);
  EXPECT_NEAR(here->attitude_rmse_deg, there->attitude_rmse_deg, 1e-9);
  EXPECT_NEAR(here->rpe_1m_deg.value(), there->rpe_1m_deg.value(), 1e-9);
}

TEST(CompareTrajectories, DoesNotMirrorAFlatPath) {
  // An arc and its mirror image: a reflection would fit perfectly, a rotation out of the plane does
  // too; but poses that are not in one plane must not be matched by a reflection.
  std::vector<StampedPose> reference;
  std::vector<StampedPose> mirrored;
  for (int k = 0; k < 40; ++k) {
    const double a = 0.1 * k;
    reference.push_back(PoseAt(0.05 * k, {std::cos(a), std::sin(a), 0.3 * a}));
    mirrored.push_back(PoseAt(0.05 * k, {std::cos(a), -std::sin(a), 0.3 * a}));
  }
  const Result<TrajectoryError> error = CompareTrajectories(mirrored, reference);
  ASSERT_TRUE(error);
  EXPECT_GT(error->ate_rmse_m, 0.05);
  EXPECT_NEAR(error->T_reference_estimate.RotationMatrix().determinant(), 1, 1e-12);
}

TEST(CompareTrajectories, MeasuresAKnownErrorOfScale) {
  // 1 % too long: 1 cm per metre and, at 1 m/s, per second; the scale is not aligned away.
  const Result<TrajectoryError> error = CompareTrajectories(Straight(101, 1.01), Straight(101));
  ASSERT_TRUE(error);
  EXPECT_NEAR(error->length_m, 9.9, 1e-9)
      << "the pose at the reference's first time is not compared";
  EXPECT_NEAR(error->rpe_1m_m.value(), 0.01,
              1.01e-3);  // steps are 0.1 m: "at least 1 m" may be 1.1 m
  EXPECT_NEAR(error->rpe_1s_m.value(), 0.01, 1.01e-3);
  EXPECT_NEAR(error->rpe_1m_deg.value(), 0, 1e-9);
  // Errors along the line are 0.01 (x - mean): RMSE = 0.01 * 0.1 * sqrt((n^2 - 1) / 12), n = 100.
  EXPECT_NEAR(error->ate_rmse_m, 0.001 * std::sqrt(9999 / 12.0), 1e-9);
  EXPECT_NEAR(error->ate_max_m, 0.001 * 49.5, 1e-9);
  EXPECT_NEAR(error->ate_median_m, 0.001 * 25, 1e-9) << "of an even number: between the middle two";
}

TEST(CompareTrajectories, MeasuresAKnownErrorOfAttitude) {
  std::vector<StampedPose> estimate = SyntheticReference();
  for (size_t k = 0; k < estimate.size(); ++k) {  // to and fro about the body's z axis by 2 degrees
    const double angle = (k % 2 == 0 ? 2 : -2) * kDegree;
    estimate[k].T_world_body.rotation = estimate[k].T_world_body.rotation * so3::Exp({0, 0, angle});
  }
  const Result<TrajectoryError> error = CompareTrajectories(estimate, SyntheticReference());
  ASSERT_TRUE(error);
  EXPECT_NEAR(error->attitude_rmse_deg, 2, 2e-3);
  EXPECT_LT(error->ate_max_m, 1e-9);
  EXPECT_LT(error->tilt_rmse_deg, 2);
}

TEST(CompareTrajectories, NeedsThreeCommonPoses) {
  const std::vector<StampedPose> reference = Straight(30);
  const std::vector<StampedPose> two = {PoseAt(0.15, {0, 0, 0}), PoseAt(0.25, {0, 0, 0}),
                                        PoseAt(9, {0, 0, 0})};
  const Result<TrajectoryError> error = CompareTrajectories(two, reference);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().kind, ErrorKind::kNoAnswer);
  EXPECT_EQ(CompareTrajectories({}, reference).error().kind, ErrorKind::kNoAnswer);
  EXPECT_EQ(CompareTrajectories(two, {}).error().kind, ErrorKind::kNoAnswer);
}

TEST(CompareTrajectories, HasNoRelativeErrorOverAShortPath) {
  const Result<TrajectoryError> error = CompareTrajectories(Straight(8), Straight(8));
  ASSERT_TRUE(error);
  EXPECT_FALSE(error->rpe_1m_m.has_value());
  EXPECT_FALSE(error->rpe_1s_deg.has_value());
}

TEST(CompareTrajectories, RefusesAGapThatIsNotPositive) {
  EXPECT_EQ(CompareTrajectories(Straight(9), Straight(9), {.max_gap_s = 0}).error().kind,
            ErrorKind::kUsage);
  EXPECT_FALSE(TrajectoryErrorOptions{.max_gap_s = std::nan("")}.Validate());
}

TEST(InterpolatePose, TurnsTheShortWayAtConstantSpeed) {
  StampedPose a = PoseAt(0, {1, 2, 3});
  StampedPose b = PoseAt(0.1, {2, 4, 1});
  b.T_world_body.rotation = so3::Exp({0, 0, 1.0});
  b.T_world_body.rotation.coeffs() *= -1;
  const std::vector<StampedPose> reference = {a, b};
  const std::optional<Se3> middle = InterpolatePose(reference, FromNanoseconds(25'000'000), 0.1);
  ASSERT_TRUE(middle.has_value());
  EXPECT_TRUE(middle->translation.isApprox(Eigen::Vector3d(1.25, 2.5, 2.5), 1e-12));
  EXPECT_TRUE(so3::Log(middle->rotation).isApprox(Eigen::Vector3d(0, 0, 0.25), 1e-12));
}

TEST(InterpolatePose, KnowsWhereItDoesNotKnow) {
  const std::vector<StampedPose> reference = {PoseAt(1, {0, 0, 0}), PoseAt(1.1, {1, 0, 0}),
                                              PoseAt(1.3, {2, 0, 0})};
  const auto at = [&](int64_t t_ms) {
    return InterpolatePose(reference, FromNanoseconds(t_ms * 1'000'000), 0.1);
  };
  EXPECT_FALSE(at(999));
  EXPECT_TRUE(at(1000));
  EXPECT_TRUE(at(1100)) << "a gap of exactly the limit is none";
  EXPECT_FALSE(at(1101)) << "in a gap";
  EXPECT_FALSE(at(1300)) << "the far side of a gap: told by nothing before it";
  EXPECT_FALSE(at(1301));
}

}  // namespace
}  // namespace nightjar
