// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nightjar {

using Matrix23d = Eigen::Matrix<double, 2, 3>;

/// How a camera maps directions to pixels. Camera frame: x right, y down, z forward. Pixel (0, 0)
/// is the centre of the top-left pixel. Immutable; safe to use from several threads.
class CameraModel {
 public:
  virtual ~CameraModel() = default;

  /// The pixel of a point (camera frame, m, any positive scale), or nothing where the model is not
  /// valid: behind the camera, or beyond the angle at which its distortion turns back. May lie
  /// outside the image. `J_pixel_point`: d pixel / d point, px/m. `J_pixel_parameters`: d pixel / d
  /// Parameters(), 2 x their number, resized. Both are left alone where there is no pixel.
  virtual std::optional<Eigen::Vector2d> Project(
      const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point = nullptr,
      Eigen::Matrix2Xd* J_pixel_parameters = nullptr) const = 0;

  /// The unit bearing that projects to `pixel` (to 1e-9 px), or nothing when none does.
  virtual std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& pixel) const = 0;

  /// The model's name as in sensor logs, e.g. "radial-tangential"; MakeCameraModel knows it.
  virtual std::string Name() const = 0;
  /// fx, fy, cx, cy (px), then the distortion coefficients in the model's order: what
  /// MakeCameraModel takes, so that the two make the same model again.
  virtual std::vector<double> Parameters() const = 0;
};

}  // namespace nightjar
