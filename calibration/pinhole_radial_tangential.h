// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/pixel_affine.h"
#include "calibration/radial_map.h"

namespace nightjar {

/// A pinhole camera with Brown's lens distortion (Brown, "Decentering distortion of lenses", 1966),
/// as in OpenCV's calib3d and Kalibr's "radtan". With x = X/Z, y = Y/Z, r^2 = x^2 + y^2:
///
///     d = (1 + k1 r^2 + k2 r^4 + k3 r^6) / (1 + k4 r^2 + k5 r^4 + k6 r^6)
///     u = fx (x d + 2 p1 x y + p2 (r^2 + 2 x^2)) + cx
///     v = fy (y d + p1 (r^2 + 2 y^2) + 2 p2 x y) + cy
///
/// With 4 coefficients k3 to k6 are zero, with 5 k4 to k6; with 8 it is OpenCV's rational model,
/// for lenses of up to about 120 degrees. Valid where Z > 0, r lies below the radius at which the
/// radial part turns back (or has a pole), and the map does not fold (its Jacobian keeps its sign).
class PinholeRadialTangential final : public CameraModel {
 public:
  /// `focal`, `centre`: px, focal > 0. `distortion`: k1 k2 p1 p2 [k3 [k4 k5 k6]], all finite;
  /// MakeCameraModel checks input.
  PinholeRadialTangential(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                          const std::vector<double>& distortion);

  std::optional<Eigen::Vector2d> Project(
      const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point = nullptr,
      Eigen::Matrix2Xd* J_pixel_parameters = nullptr) const override;
  std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& pixel) const override;
  std::string Name() const override {
    return distortion_.size() == 8 ? "rational" : "radial-tangential";
  }
  std::vector<double> Parameters() const override;

  /// The largest r = tan(angle to the optical axis) that the radial part allows; may be
  /// infinite.
  double valid_radius() const { return radial_.valid_radius(); }

 private:
  Eigen::Vector2d Distort(const Eigen::Vector2d& point, Eigen::Matrix2d* J) const;
  Eigen::Matrix2Xd DistortionJacobian(const Eigen::Vector2d& point) const;
  bool IsValid(const Eigen::Vector2d& point, const Eigen::Matrix2d& J) const;

  PixelAffine affine_;
  std::vector<double> distortion_;
  RadialMap radial_;
  double p1_;
  double p2_;
};

}  // namespace nightjar
