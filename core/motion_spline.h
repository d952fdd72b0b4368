// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "core/se3.h"

namespace nightjar {

/// A rigid motion at one instant.
struct Motion {
  Se3 T_world_body;
  Eigen::Vector3d velocity_world = Eigen::Vector3d::Zero();         // m/s
  Eigen::Vector3d acceleration_world = Eigen::Vector3d::Zero();     // m/s^2
  Eigen::Vector3d angular_velocity_body = Eigen::Vector3d::Zero();  // rad/s
};

/// A smooth motion: a uniform B-spline of degree 5 in R^3 and, cumulative, in SO(3). Four times
/// continuously differentiable; velocity, acceleration and angular velocity are its exact
/// derivatives. Values are the same on every machine.
///
/// Sommer, Usenko, Schubert, Demmel, Cremers, "Efficient derivative computation for cumulative
/// B-splines on Lie groups", CVPR 2020: eq. 4, 5 (R^3), 14, 17 (SO(3)), 24 (angular velocity).
class MotionSpline {
 public:
  static constexpr int kOrder = 6;  // control poses that act on an instant
  using Weights = std::array<double, kOrder>;

  /// Control pose i belongs to the instant begin_s + (i - 2) * interval_s, three intervals behind
  /// the first to act on it. At least kOrder of them, the rotation between neighbours below pi.
  MotionSpline(double begin_s, double interval_s, std::vector<Se3> control_poses);

  /// The motion is defined on [begin_s, end_s].
  double begin_s() const { return begin_s_; }
  double end_s() const;
  double interval_s() const { return interval_s_; }
  const std::vector<Se3>& control_poses() const { return control_poses_; }

  /// t_s is moved to the nearest end where it is outside.
  Motion At(double t_s) const;
  Se3 Pose(double t_s) const { return At(t_s).T_world_body; }

  /// The control poses that act on an instant are segment .. segment + kOrder - 1, each with its
  /// weight; the weights add up to 1.
  struct Basis {
    int segment = 0;
    Weights weights = {};
  };
  Basis BasisAt(double t_s) const;

 private:
  double begin_s_;
  double interval_s_;
  std::vector<Se3> control_poses_;
};

}  // namespace nightjar
