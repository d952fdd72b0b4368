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

/// A wide-angle camera: the pixel's distance from the centre is a polynomial of the angle to the
/// optical axis (Kannala, Brandt, "A generic camera model and calibration method for conventional,
/// wide-angle, and fish-eye lenses", 2006), as in OpenCV's fisheye and Kalibr's "equidistant". With
/// a = angle between the point and +z, and (c, s) = (X, Y) / |(X, Y)|:
///
///     d = a (1 + k1 a^2 + k2 a^4 + k3 a^6 + k4 a^8)
///     u = fx d c + cx,   v = fy d s + cy
///
/// Valid for angles below the one at which the polynomial turns back, at most pi: points beside and
/// behind the camera (Z <= 0) have a pixel when the lens sees them.
class PinholeEquidistant final : public CameraModel {
 public:
  /// `focal`, `centre`: px, focal > 0. `distortion`: k1 k2 k3 k4, all finite; MakeCameraModel
  /// checks input.
  PinholeEquidistant(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                     const std::vector<double>& distortion);

  std::optional<Eigen::Vector2d> Project(
      const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point = nullptr,
      Eigen::Matrix2Xd* J_pixel_parameters = nullptr) const override;
  std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& pixel) const override;
  std::string Name() const override { return "equidistant"; }
  std::vector<double> Parameters() const override;

  /// The largest angle to the optical axis, rad, at most pi.
  double valid_angle() const { return angular_.valid_angle(); }

 private:
  PixelAffine affine_;
  AngularMap angular_;
};

}  // namespace nightjar
