// SPDX-License-Identifier: Apache-2.0
#include "fusion/keyframe_policy.h"

#include <cmath>
#include <vector>

#include "core/check.h"

namespace nightjar {
namespace {

constexpr double kSmallestVisibleShare = 0.05;
constexpr double kDistanceFloor =
    1e-3;  // m: two keyframes in one place are not infinitely redundant

// The share of the landmarks seen by `keyframe` that `newest` still sees.
double VisibleShare(const Window& window, int64_t keyframe, int64_t newest) {
  int seen = 0;
  int visible = 0;
  for (const auto& [track, landmark] : window.landmarks) {
    bool by_keyframe = false;
    bool by_newest = false;
    for (const LandmarkObservation& observation : landmark.observations) {
      by_keyframe |= observation.state == keyframe;
      by_newest |= observation.state == newest;
    }
    seen += by_keyframe;
    visible += by_keyframe && by_newest;
  }
  return seen == 0 ? 0.0 : static_cast<double>(visible) / seen;
}

double Distance(const WindowState& a, const WindowState& b) {
  return (PoseFromBlock(a.value.pose.data()).translation -
          PoseFromBlock(b.value.pose.data()).translation)
             .norm() +
         kDistanceFloor;
}

}  // namespace

int64_t KeyframeToDrop(const Window& window) {
  std::vector<const WindowState*> keyframes;
  for (const WindowState& state : window.states) {
    if (state.keyframe) keyframes.push_back(&state);
  }
  NIGHTJAR_CHECK(keyframes.size() >= 3, "a window keeps two keyframes");
  const WindowState& newest = *keyframes.back();
  keyframes.resize(keyframes.size() - 2);

  for (const WindowState* keyframe : keyframes) {
    if (VisibleShare(window, keyframe->id, newest.id) < kSmallestVisibleShare) return keyframe->id;
  }
  int64_t dropped = keyframes.front()->id;
  double largest = -1;
  for (const WindowState* keyframe : keyframes) {
    double crowding = 0;
    for (const WindowState* other : keyframes) {
      if (other != keyframe) crowding += 1 / Distance(*keyframe, *other);
    }
    const double score = std::sqrt(Distance(*keyframe, newest)) * crowding;
    if (score > largest) {
      largest = score;
      dropped = keyframe->id;
    }
  }
  return dropped;
}

}  // namespace nightjar
