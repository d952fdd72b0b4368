// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <vector>

#include "core/se3.h"
#include "spatial/query/timeline.h"

namespace nightjar {

/// The way from one pose to another, with the uncertainty of that way alone: what both poses have
/// wrong in common is not in it.
struct RelativePose {
  Se3 T_a_b;
  /// Of [dp, dr] in the axes of body a: p = p̂ + dp, R = Exp(dr) R̂. Nothing: not known.
  std::optional<Matrix6d> covariance;
};

/// The covariance of T_a^-1 T_b from those of the poses in world axes and their cross-covariance
/// E[e_a e_b']: with D = p_b - p_a the errors are R_a' (dp_b - dp_a + [D]x dr_a) and
/// R_a' (dr_b - dr_a), so
///
///     S = A Var_a A' + B Var_b B' - A Cov B' - B Cov' A'
///
/// with A = diag(R_a', R_a') [I, -[D]x; 0, I], B = diag(R_a', R_a').
Matrix6d RelativeCovariance(const Se3& T_world_a, const Se3& T_world_b, const Matrix6d& of_a,
                            const Matrix6d& of_b, const Matrix6d& cross);

/// Of two times of one map; the covariance is nothing where one of them is not known.
RelativePose RelativePoseOf(const Timeline& timeline, const TimedState& a, const TimedState& b);

/// First order: the covariance of f(poses), of lengths and angles in rad, from the joint covariance
/// of the poses' errors in world axes. Differences are taken numerically.
using PoseFunction = std::function<Eigen::VectorXd(const std::vector<Se3>&)>;
Eigen::MatrixXd Propagate(const PoseFunction& f, const std::vector<Se3>& poses_world_body,
                          const Eigen::MatrixXd& joint_covariance);

}  // namespace nightjar
