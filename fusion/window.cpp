// SPDX-License-Identifier: Apache-2.0
#include "fusion/window.h"

#include <algorithm>

#include "core/check.h"

namespace nightjar {

int Window::IndexOf(int64_t id) const {
  const auto place = std::lower_bound(states.begin(), states.end(), id,
                                      [](const WindowState& s, int64_t i) { return s.id < i; });
  NIGHTJAR_CHECK(place != states.end() && place->id == id, "a factor's state is in the window");
  return static_cast<int>(place - states.begin());
}

std::optional<Eigen::Vector3d> PositionWorld(const Window& window, const WindowLandmark& landmark,
                                             const Rig& rig) {
  const double inverse_distance = landmark.value[2];
  if (!(inverse_distance > 0)) return std::nullopt;
  const Eigen::Vector3d bearing =
      BearingFromStereographic(Eigen::Map<const Eigen::Vector2d>(landmark.value.data()));
  const WindowState& host = window.states[static_cast<size_t>(window.IndexOf(landmark.host_state))];
  return PoseFromBlock(host.value.pose.data()) *
         (rig.cameras[static_cast<size_t>(landmark.host_camera)].T_body_camera *
          (bearing / inverse_distance));
}

}  // namespace nightjar
