// SPDX-License-Identifier: Apache-2.0
#include "fusion/keyframe_policy.h"

#include <algorithm>
#include <cmath>
#include <set>
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

// The reference camera's, where it sees enough: a further source of tracks that live less long
// would have keyframes made for its own sake, which push those apart that the camera needs.
std::set<uint64_t> TracksToJudgeBy(const WindowState& state, const EstimatorOptions& options) {
  std::set<uint64_t> of_reference, all;
  for (const FeatureObservation& feature : state.features) {
    all.insert(feature.track);
    if (feature.camera == 0) of_reference.insert(feature.track);
  }
  return static_cast<int>(of_reference.size()) >= options.tracking_inliers ? of_reference : all;
}

double Distance(const WindowState& a, const WindowState& b) {
  return (PoseFromBlock(a.value.pose.data()).translation -
          PoseFromBlock(b.value.pose.data()).translation)
             .norm() +
         kDistanceFloor;
}

}  // namespace

bool WantsKeyframe(const Window& window, const EstimatorOptions& options, bool initialised,
                   int inliers) {
  const WindowState& newest = window.states.back();
  const WindowState* last = nullptr;
  for (const WindowState& state : window.states) {
    if (state.keyframe) last = &state;
  }
  if (last == nullptr) return true;
  // Frame times are not exact multiples of the interval: a millisecond either way is no matter.
  const double since_last = ToSeconds(newest.time - last->time) + 1e-3;
  const bool still = newest.still_angular_velocity.has_value();
  // Standing still begins with a keyframe; further ones would only push away those that the body
  // moved between.
  if (still && !last->still_angular_velocity) return true;
  if (still && since_last < options.still_keyframe_interval_s) return false;
  if (since_last < options.start_keyframe_interval_s) return false;
  const std::set<uint64_t> tracks = TracksToJudgeBy(newest, options);
  // In the dark a keyframe would only push one that has landmarks out of the window.
  const auto seen = static_cast<int>(tracks.size());
  if (seen < options.dead_reckoned_inliers) return false;
  const auto known = std::count_if(tracks.begin(), tracks.end(), [&window](uint64_t track) {
    return window.landmarks.contains(track);
  });
  if (static_cast<double>(known) < options.keyframe_tracked_share * seen) return true;
  if (inliers < options.dead_reckoned_inliers) return false;
  // Now and then, so that no inertial interval grows without bound.
  if (still) return true;
  return since_last >
         (initialised ? options.keyframe_interval_s : options.start_keyframe_interval_s);
}

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
