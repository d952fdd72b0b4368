// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "calibration/angular_map.h"
#include "calibration/camera_model.h"
#include "calibration/pixel_affine.h"

namespace nightjar {

/// Project Aria's model of its scene cameras, also called Fisheye624 (Project Aria documentation,
/// "Camera intrinsic models"; FisheyeRadTanThinPrism.h of projectaria_tools): an equidistant lens
/// with six radial, two tangential and four thin-prism coefficients. With a the angle between the
/// point and +z, (c, s) = (X, Y) / |(X, Y)|:
///
///     (x, y) = a (1 + k0 a^2 + k1 a^4 + ... + k5 a^12) (c, s),   q = x^2 + y^2,   t = 2 (p0 x + p1
///     y) u = fx (x + t x + p0 q + s0 q + s1 q^2) + cx v = fy (y + t y + p1 q + s2 q + s3 q^2) + cy
///
/// Aria's own parameters are f cx cy k0..k5 p0 p1 s0..s3 with fx = fy = f. Valid for angles below
/// the one at which the radial part turns back, at most pi, and where the rest does not fold.
class FisheyeRadTanThinPrism final : public CameraModel {
 public:
  /// `focal`, `centre`: px, focal > 0. `distortion`: k0..k5 p0 p1 s0..s3, all finite;
  /// MakeCameraModel checks input.
  FisheyeRadTanThinPrism(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                         const std::vector<double>& distortion);

  std::optional<Eigen::Vector2d> Project(
      const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point = nullptr,
      Eigen::Matrix2Xd* J_pixel_parameters = nullptr) const override;
  std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& pixel) const override;
  std::string Name() const override { return "FisheyeRadTanThinPrism"; }
  std::vector<double> Parameters() const override;

  /// The largest angle to the optical axis that the radial part allows, rad, at most pi.
  double valid_angle() const { return angular_.valid_angle(); }

 private:
  // The tangential and thin-prism part, on the plane.
  Eigen::Vector2d Distort(const Eigen::Vector2d& point, Eigen::Matrix2d* J) const;

  PixelAffine affine_;
  AngularMap angular_;
  Eigen::Vector2d tangential_;       // p0 p1
  Eigen::Vector2d prism_quadratic_;  // s0 s2
  Eigen::Vector2d prism_quartic_;    // s1 s3
};

}  // namespace nightjar
