// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/radial_polynomial.h"

namespace nightjar {

/// A pinhole camera with Brown's lens distortion (Brown, "Decentering distortion of lenses", 1966),
/// as in OpenCV's calib3d and Kalibr's "radtan". With x = X/Z, y = Y/Z, r^2 = x^2 + y^2:
///
///     d = 1 + k1 r^2 + k2 r^4 + k3 r^6
///     u = fx (x d + 2 p1 x y + p2 (r^2 + 2 x^2)) + cx
///     v = fy (y d + p1 (r^2 + 2 y^2) + 2 p2 x y) + cy
///
/// Valid where Z > 0, r lies below the radius at which the radial polynomial turns back, and the
/// map does not fold (its Jacobian keeps its sign).
class PinholeRadialTangential final : public CameraModel {
 public:
  /// `focal`, `centre`: px, focal > 0. `distortion`: k1 k2 p1 p2 [k3], all finite; MakeCameraModel
  /// checks input.
  PinholeRadialTangential(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                          const std::vector<double>& distortion);

  std::optional<Eigen::Vector2d> Project(const Eigen::Vector3d& point_camera,
                                         Matrix23d* J_pixel_point = nullptr) const override;
  std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& pixel) const override;
  std::string Name() const override { return "radial-tangential"; }
  std::vector<double> Parameters() const override;

  /// The largest r = tan(angle to the optical axis) that the radial polynomial allows; may be
  /// infinite.
  double valid_radius() const { return radial_.valid_radius(); }

 private:
  Eigen::Vector2d Distort(const Eigen::Vector2d& point, Eigen::Matrix2d* J) const;
  bool IsValid(const Eigen::Vector2d& point, const Eigen::Matrix2d& J) const;

  Eigen::Vector2d focal_;
  Eigen::Vector2d centre_;
  std::vector<double> distortion_;
  RadialPolynomial radial_;
  double p1_;
  double p2_;
};

}  // namespace nightjar
