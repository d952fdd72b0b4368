// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/keyframe_views.h"

#include <algorithm>

namespace nightjar {
namespace {

constexpr size_t kSamples = 64;
constexpr size_t kOneIn = 30;

bool Sees(const Surroundings& surroundings, const RigCamera& camera, const Se3& T_world_camera,
          const Se3& T_camera_world, const Surfel& surfel, double farthest_m) {
  const Eigen::Vector3d point = T_camera_world * surfel.position_world;
  if (point.z() <= 0 || point.norm() > farthest_m) return false;
  const Eigen::Vector3d towards = T_world_camera.translation - surfel.position_world;
  if (surfel.normal_world.dot(towards) <= 0) return false;
  const auto pixel = camera.model->Project(point);
  if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() > camera.width - 1 ||
      pixel->y() > camera.height - 1)
    return false;
  return surroundings.IsInSight(T_world_camera.translation, surfel.position_world);
}

}  // namespace

std::vector<int> SurfacesInView(const Surroundings& surroundings, std::span<const Surfel> surfels,
                                std::span<const FoundSurface> surfaces, const RigCamera& camera,
                                const Se3& T_world_camera, double farthest_m) {
  const Se3 T_camera_world = T_world_camera.Inverse();
  std::vector<int> seen;
  for (const FoundSurface& found : surfaces) {
    const size_t step = std::max<size_t>(1, found.members.size() / kSamples);
    size_t tried = 0, count = 0;
    for (size_t i = 0; i < found.members.size(); i += step, ++tried) {
      const Surfel& surfel = surfels[static_cast<size_t>(found.members[i])];
      if (Sees(surroundings, camera, T_world_camera, T_camera_world, surfel, farthest_m)) ++count;
    }
    if (count >= std::max<size_t>(2, tried / kOneIn)) seen.push_back(found.surface.id);
  }
  std::sort(seen.begin(), seen.end());
  return seen;
}

}  // namespace nightjar
