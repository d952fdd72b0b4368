// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "calibration/make_camera_model.h"
#include "calibration/rig.h"
#include "core/se3.h"
#include "isp/tracking_pyramid.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {

/// Two cameras side by side on a body whose axes are the first camera's, distorted lenses.
inline Rig StereoRig(int width = 376, int height = 240) {
  Rig rig;
  for (int c = 0; c < 2; ++c) {
    RigCamera camera;
    camera.name = "cam" + std::to_string(c);
    camera.width = width;
    camera.height = height;
    camera.model =
        MakeCameraModel("radial-tangential",
                        {229.0 + 2 * c, 228.5, 0.5 * width - 3 + 5 * c, 0.5 * height + 4},
                        {-0.28, 0.07, 2e-4, -1e-4})
            .value();
    camera.T_body_camera.translation = Eigen::Vector3d(0.11 * c, 0.002 * c, -0.001 * c);
    camera.T_body_camera.rotation =
        Eigen::AngleAxisd(0.01 * c, Eigen::Vector3d(0.3, 1, -0.2).normalized());
    rig.cameras.push_back(camera);
  }
  return rig;
}

/// A textured plane, slanted, about `distance` in front of the world's origin, which looks along
/// +z.
class PlaneScene {
 public:
  /// The texture's wavelengths are 0.06 .. 0.5 m, times `scale`.
  explicit PlaneScene(uint64_t seed, double distance = 2.0, double scale = 1.0)
      : texture_(seed, 0.06 * scale, 0.5 * scale, 60),
        normal_(Eigen::Vector3d(0.1, -0.15, 1).normalized()),
        offset_(distance) {}

  /// Where a pixel's ray meets the plane (m, world), if in front.
  std::optional<Eigen::Vector3d> Hit(const RigCamera& camera, const Se3& T_world_body,
                                     const Eigen::Vector2d& pixel) const {
    const auto bearing = camera.model->Unproject(pixel);
    if (!bearing) return std::nullopt;
    const Se3 T_world_camera = T_world_body * camera.T_body_camera;
    const Eigen::Vector3d direction = T_world_camera.rotation * *bearing;
    const double along =
        (offset_ - normal_.dot(T_world_camera.translation)) / normal_.dot(direction);
    if (!(along > 0)) return std::nullopt;
    return T_world_camera.translation + along * direction;
  }

  static std::optional<Eigen::Vector2d> Project(const RigCamera& camera, const Se3& T_world_body,
                                                const Eigen::Vector3d& point_world) {
    return camera.model->Project((T_world_body * camera.T_body_camera).Inverse() * point_world);
  }

  TrackingPyramid Look(const RigCamera& camera, const Se3& T_world_body, double noise = 150,
                       uint64_t seed = 1) const {
    return LookWhileMoving(camera, {T_world_body}, noise, seed);
  }

  /// The mean over the instants of an exposure.
  TrackingPyramid LookWhileMoving(const RigCamera& camera, const std::vector<Se3>& T_world_body,
                                  double noise = 150, uint64_t seed = 1) const {
    const auto image = Render<uint16_t>(
        camera.width, camera.height,
        [&](double x, double y) {
          double sum = 0;
          for (const Se3& T : T_world_body) {
            const auto point = Hit(camera, T, {x, y});
            if (point) sum += 30000 + 9000 * texture_(point->x(), point->y());
          }
          return sum / static_cast<double>(T_world_body.size());
        },
        noise, seed);
    return BuildTrackingPyramid(image).value();
  }

 private:
  WaveTexture texture_;
  Eigen::Vector3d normal_;
  double offset_;
};

}  // namespace nightjar
