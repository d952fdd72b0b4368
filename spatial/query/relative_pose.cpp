// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/relative_pose.h"

#include <array>
#include <cmath>
#include <numbers>

#include "core/so3.h"

namespace nightjar {

Matrix6d RelativeCovariance(const Se3& T_world_a, const Se3& T_world_b, const Matrix6d& of_a,
                            const Matrix6d& of_b, const Matrix6d& cross) {
  const Eigen::Matrix3d R_a_world = T_world_a.RotationMatrix().transpose();
  Matrix6d B = Matrix6d::Zero();
  B.topLeftCorner<3, 3>() = B.bottomRightCorner<3, 3>() = R_a_world;
  Matrix6d A = B;
  A.topRightCorner<3, 3>() = -R_a_world * so3::Hat(T_world_b.translation - T_world_a.translation);
  const Matrix6d common = A * cross * B.transpose();
  return A * of_a * A.transpose() + B * of_b * B.transpose() - common - common.transpose();
}

RelativePose RelativePoseOf(const Timeline& timeline, const TimedState& a, const TimedState& b) {
  RelativePose relative;
  relative.T_a_b = a.state.T_world_body.Inverse() * b.state.T_world_body;
  const auto joint = timeline.JointCovariance(std::array{a, b});
  if (joint) {
    relative.covariance =
        RelativeCovariance(a.state.T_world_body, b.state.T_world_body, joint->topLeftCorner<6, 6>(),
                           joint->bottomRightCorner<6, 6>(), joint->topRightCorner<6, 6>());
  }
  return relative;
}

Eigen::MatrixXd Propagate(const PoseFunction& f, const std::vector<Se3>& poses_world_body,
                          const Eigen::MatrixXd& joint_covariance) {
  constexpr double kStep = 1e-6;
  std::vector<Se3> poses = poses_world_body;
  Eigen::MatrixXd J;
  for (size_t k = 0; k < poses.size(); ++k) {
    const Se3 at = poses[k];
    for (int axis = 0; axis < 6; ++axis) {
      const auto moved = [&](double step) {
        Vector6d d = Vector6d::Zero();
        d[axis] = step;
        poses[k] = {so3::Exp(d.tail<3>()) * at.rotation, at.translation + d.head<3>()};
        return f(poses);
      };
      const Eigen::VectorXd ahead = moved(kStep);
      const Eigen::VectorXd behind = moved(-kStep);
      // Angles that pass half a turn; lengths never change by as much.
      const Eigen::VectorXd difference = (ahead - behind).unaryExpr([](double value) {
        return std::remainder(value, 2 * std::numbers::pi);
      });
      if (J.size() == 0) {
        J.setZero(difference.size(), static_cast<Eigen::Index>(6 * poses.size()));
      }
      J.col(static_cast<Eigen::Index>(6 * k) + axis) = difference / (2 * kStep);
    }
    poses[k] = at;
  }
  return J * joint_covariance * J.transpose();
}

}  // namespace nightjar
