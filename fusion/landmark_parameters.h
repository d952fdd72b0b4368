// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace nightjar {

/// A landmark as Ceres optimises it: [a b rho], where (a, b) is the stereographic projection of its
/// bearing in its host camera (one that saw it: see WindowLandmark) and rho its inverse distance,
/// 1/m. Smooth at infinity (rho = 0) and for every bearing but straight backwards, so it serves
/// wide fisheye cameras too; and the error along the ray is close to Gaussian in rho (Civera,
/// Davison, Montiel, "Inverse Depth Parametrization for Monocular SLAM", TRO 2008).
inline constexpr int kLandmarkSize = 3;

/// The unit bearing of (a, b), and d bearing / d (a, b).
inline Eigen::Vector3d BearingFromStereographic(const Eigen::Vector2d& ab,
                                                Eigen::Matrix<double, 3, 2>* jacobian = nullptr) {
  const double s = ab.squaredNorm();
  const double k = 1 / (1 + s);
  if (jacobian != nullptr) {
    const double k2 = k * k;
    (*jacobian) << 2 * k - 4 * k2 * ab.x() * ab.x(), -4 * k2 * ab.x() * ab.y(),  //
        -4 * k2 * ab.x() * ab.y(), 2 * k - 4 * k2 * ab.y() * ab.y(),             //
        -4 * k2 * ab.x(), -4 * k2 * ab.y();
  }
  return {2 * k * ab.x(), 2 * k * ab.y(), (1 - s) * k};
}

/// The inverse of BearingFromStereographic for a unit bearing other than (0, 0, -1).
inline Eigen::Vector2d StereographicFromBearing(const Eigen::Vector3d& bearing) {
  return bearing.head<2>() / (1 + bearing.z());
}

}  // namespace nightjar
