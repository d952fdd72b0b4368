// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

namespace nightjar {

/// The last step of every camera model: from the distorted point on the plane at unit distance to
/// the pixel, u = fx x + cx, v = fy y + cy.
struct PixelAffine {
  Eigen::Vector2d focal;   // px, > 0
  Eigen::Vector2d centre;  // px

  Eigen::Vector2d ToPixel(const Eigen::Vector2d& plane) const {
    return focal.cwiseProduct(plane) + centre;
  }
  Eigen::Vector2d ToPlane(const Eigen::Vector2d& pixel) const {
    return (pixel - centre).cwiseQuotient(focal);
  }

  /// d pixel / d (fx, fy, cx, cy), followed by fx, fy times `J_plane`: d plane / d distortion.
  Eigen::Matrix2Xd ParameterJacobian(const Eigen::Vector2d& plane,
                                     const Eigen::Matrix2Xd& J_plane) const {
    Eigen::Matrix2Xd J(2, 4 + J_plane.cols());
    J.leftCols<4>() << plane.x(), 0, 1, 0, 0, plane.y(), 0, 1;
    J.rightCols(J_plane.cols()) = focal.asDiagonal() * J_plane;
    return J;
  }

  /// fx, fy, cx, cy, then the distortion.
  std::vector<double> Parameters(const std::vector<double>& distortion) const {
    std::vector<double> parameters = {focal.x(), focal.y(), centre.x(), centre.y()};
    parameters.insert(parameters.end(), distortion.begin(), distortion.end());
    return parameters;
  }
};

}  // namespace nightjar
