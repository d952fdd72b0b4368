// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace nightjar {

/// Whether a symmetric matrix can be a covariance: finite, no variance below zero, and, scaled to
/// unit variances, no eigenvalue below -1e-5 (computed ones miss zero by rounding). What does not
/// vary (the gauge) must not vary with anything.
bool IsCovariance(const Eigen::Ref<const Eigen::MatrixXd>& covariance);

/// Whether a block can be the covariance of errors with these variances: no correlation beyond 1.
bool IsCrossCovariance(const Eigen::Ref<const Eigen::MatrixXd>& cross,
                       const Eigen::Ref<const Eigen::VectorXd>& variances_rows,
                       const Eigen::Ref<const Eigen::VectorXd>& variances_columns);

}  // namespace nightjar
