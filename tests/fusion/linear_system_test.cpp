// SPDX-License-Identifier: Apache-2.0
#include "fusion/linear_system.h"

#include <ceres/loss_function.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <array>
#include <memory>
#include <vector>

#include "fusion/reprojection_cost.h"
#include "fusion/scenario.h"

namespace nightjar {
namespace {

constexpr int kPoses = 3;
constexpr int kColumns = kPoses * kPoseTangentSize;

// A landmark that the two cameras of three poses see. Values lie off the linearisation points, one
// observation is far off and feels the robust loss.
class SeenLandmark {
 public:
  SeenLandmark() {
    NormalSource noise(7);
    const SmoothMotion motion;
    const Eigen::Vector3d point_world(4, 0.4, -0.3);
    for (int s = 0; s < kPoses; ++s) {
      const Se3 T = motion.Pose(3 + 0.4 * s);
      Vector6d offset;
      offset << 0.01 * noise.Normal3(), 0.005 * noise.Normal3();
      PoseToBlock(T, linearisation_[s].data());
      PoseToBlock(T * se3::Exp(offset), value_[s].data());
    }
    const RigCamera& host = rig_.cameras[0];
    const Eigen::Vector3d point_host =
        (motion.Pose(3) * host.T_body_camera).Inverse() * point_world;
    const Eigen::Vector2d ab = StereographicFromBearing(point_host.normalized());
    landmark_ = {ab.x(), ab.y(), 1 / point_host.norm()};
    landmark_value_ = {ab.x() + 1e-3, ab.y() - 2e-3, 1.05 / point_host.norm()};
    for (int s = 0; s < kPoses; ++s) {
      for (int c = 0; c < 2; ++c) {
        const RigCamera& camera = rig_.cameras[static_cast<size_t>(c)];
        FeatureObservation seen;
        seen.camera = c;
        seen.pixel =
            *camera.model->Project((motion.Pose(3 + 0.4 * s) * camera.T_body_camera).Inverse() *
                                   point_world) +
            Eigen::Vector2d(noise.Normal(), noise.Normal());
        seen.covariance << 0.5, 0.1, 0.1, 0.3;
        if (s == 1 && c == 1) seen.pixel.x() += 30;
        Observe(s, {host, camera, seen});
      }
    }
  }

  const std::vector<LinearFactor>& factors() const { return factors_; }

 private:
  void Observe(int s, const ReprojectionMeasurement& measurement) {
    const LinearBlock landmark{LinearBlock::Kind::kLandmark, kColumns, landmark_value_.data(),
                               landmark_.data()};
    const auto pose = [&](int p) {
      return LinearBlock{LinearBlock::Kind::kPose, p * kPoseTangentSize, value_[p].data(),
                         linearisation_[p].data()};
    };
    if (s == 0) {
      costs_.push_back(std::make_unique<HostReprojectionCost>(measurement));
      factors_.push_back({costs_.back().get(), &loss_, {landmark}});
    } else {
      costs_.push_back(std::make_unique<ReprojectionCost>(measurement));
      factors_.push_back({costs_.back().get(), &loss_, {pose(0), pose(s), landmark}});
    }
  }

  Rig rig_ = ScenarioRig(2);
  ceres::HuberLoss loss_{1.5};
  std::array<std::array<double, kPoseSize>, kPoses> value_, linearisation_;
  std::array<double, kLandmarkSize> landmark_value_{}, landmark_{};
  std::vector<std::unique_ptr<ceres::CostFunction>> costs_;
  std::vector<LinearFactor> factors_;
};

// The system with the landmark as three more columns, which Linearise takes like any others.
LinearSystem WithLandmark(const SeenLandmark& landmark) {
  LinearSystem full(kColumns + kLandmarkSize);
  for (const LinearFactor& factor : landmark.factors()) full.Add(Linearise(factor));
  return full;
}

TEST(LineariseLandmark, EqualsTheSchurComplementOfTheFullSystem) {
  const SeenLandmark landmark;
  const LinearSystem full = WithLandmark(landmark);
  const Eigen::MatrixXd H_pl = full.H().topRightCorner<kColumns, kLandmarkSize>();
  const Eigen::Matrix3d H_ll = full.H().bottomRightCorner<kLandmarkSize, kLandmarkSize>();
  const Eigen::MatrixXd gain = H_pl * H_ll.inverse();
  const Eigen::MatrixXd H = full.H().topLeftCorner<kColumns, kColumns>() - gain * H_pl.transpose();
  const Eigen::VectorXd b = full.b().head<kColumns>() - gain * full.b().tail<kLandmarkSize>();

  LinearSystem reduced(kColumns);
  reduced.Add(LineariseLandmark(landmark.factors()));
  EXPECT_LT((reduced.H() - H).norm(), 1e-9 * H.norm());
  EXPECT_LT((reduced.b() - b).norm(), 1e-9 * b.norm());
  // It says something, and it is the elimination that is compared: most of the information is gone.
  EXPECT_GT(H.norm(), 1);
  EXPECT_GT((full.H().topLeftCorner<kColumns, kColumns>() - H).norm(), H.norm());
}

TEST(LineariseLandmark, SaysNothingWhenItOnlyPlacesTheLandmark) {
  const SeenLandmark landmark;
  const std::span<const LinearFactor> factors(landmark.factors());
  EXPECT_TRUE(LineariseLandmark(factors.first(2)).spans.empty()) << "its host alone";
  EXPECT_TRUE(LineariseLandmark(factors.subspan(2, 1)).spans.empty()) << "two rows for three";
}

}  // namespace
}  // namespace nightjar
