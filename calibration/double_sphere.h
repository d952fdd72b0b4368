// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/pixel_affine.h"

namespace nightjar {

/// A fisheye camera with a closed inverse (Usenko, Demmel, Cremers, "The double sphere camera
/// model", 2018, eqs. 40-45 and 46-53), as in Basalt and Kalibr's "ds". A point is projected on a
/// unit sphere, then on a second one that is shifted by xi along z, then on the plane from a centre
/// between the second sphere's centre and the pinhole's. With d1 = |(X, Y, Z)|, z2 = xi d1 + Z,
/// d2 = |(X, Y, z2)|:
///
///     u = fx X / (alpha d2 + (1 - alpha) z2) + cx,   v = fy Y / (alpha d2 + (1 - alpha) z2) + cy
///
/// Valid where z2 > -w d2 with w = alpha / (1 - alpha), or its inverse when alpha > 1/2: up to
/// where the denominator vanishes, or the image turns back. That may be beside and behind the
/// camera.
class DoubleSphere final : public CameraModel {
 public:
  /// `focal`, `centre`: px, focal > 0. `distortion`: xi in (-1, 1), alpha in [0, 1];
  /// MakeCameraModel checks input. (0, 0) is a pinhole; with xi = 0 it is the unified model.
  DoubleSphere(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
               const std::vector<double>& distortion);

  std::optional<Eigen::Vector2d> Project(
      const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point = nullptr,
      Eigen::Matrix2Xd* J_pixel_parameters = nullptr) const override;
  std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& pixel) const override;
  std::string Name() const override { return "double-sphere"; }
  std::vector<double> Parameters() const override { return affine_.Parameters({xi_, alpha_}); }

 private:
  PixelAffine affine_;
  double xi_;
  double alpha_;
};

}  // namespace nightjar
