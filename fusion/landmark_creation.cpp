// SPDX-License-Identifier: Apache-2.0
#include "fusion/landmark_creation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace nightjar {
namespace {

// One standard deviation of a bearing for the decision below; the estimate itself uses each track's
// covariance.
constexpr double kBearingSigmaRad = 2e-3;
// A landmark whose inverse distance is known worse than this says nothing about translation yet.
constexpr double kLargestInverseDistanceSigma = 0.15;  // 1/m
// Farther is as good as infinitely far; keeps the optimiser's start on the right side of zero.
constexpr double kSmallestInverseDistance = 2e-3;  // 1/m

// Makes a landmark of what was seen of a track, hosted where it stands first, as far as the rest
// gives its distance.
void AddLandmark(Window& window, const Rig& rig, uint64_t track,
                 std::vector<LandmarkObservation> seen) {
  std::vector<LandmarkView> views;
  for (const LandmarkObservation& observation : seen) {
    const WindowState& state =
        window.states[static_cast<size_t>(window.IndexOf(observation.state))];
    views.push_back({PoseFromBlock(state.value.pose.data()), observation.feature});
  }
  const auto value = Triangulate(rig, views.front(), std::span(views).subspan(1));
  if (!value) return;
  const int64_t host = seen.front().state;
  const int camera = seen.front().feature.camera;
  window.landmarks[track] = {host, camera, *value, std::move(seen)};
}

}  // namespace

std::optional<std::array<double, kLandmarkSize>> Triangulate(const Rig& rig,
                                                             const LandmarkView& host,
                                                             std::span<const LandmarkView> others) {
  const RigCamera& host_camera = rig.cameras[static_cast<size_t>(host.feature.camera)];
  const auto bearing = host_camera.model->Unproject(host.feature.pixel);
  if (!bearing) return std::nullopt;
  const Se3 T_world_host = host.T_world_body * host_camera.T_body_camera;
  double information = 0;  // of rho, in units of the bearings' variance
  double moment = 0;
  for (const LandmarkView& view : others) {
    const RigCamera& camera = rig.cameras[static_cast<size_t>(view.feature.camera)];
    const auto seen = camera.model->Unproject(view.feature.pixel);
    if (!seen) continue;
    const Se3 T_view_host = (view.T_world_body * camera.T_body_camera).Inverse() * T_world_host;
    const Eigen::Vector3d at_infinity = seen->cross(T_view_host.rotation * *bearing);
    const Eigen::Vector3d per_rho = seen->cross(T_view_host.translation);
    information += per_rho.squaredNorm();
    moment -= per_rho.dot(at_infinity);
  }
  if (!(information > 0)) return std::nullopt;
  const double rho = moment / information;
  const double sigma = kBearingSigmaRad / std::sqrt(information);
  if (sigma > kLargestInverseDistanceSigma || rho < -3 * sigma) return std::nullopt;
  const Eigen::Vector2d ab = StereographicFromBearing(*bearing);
  return std::array<double, kLandmarkSize>{ab.x(), ab.y(), std::max(rho, kSmallestInverseDistance)};
}

void CreateLandmarks(Window& window, const Rig& rig, int64_t id) {
  std::map<uint64_t, std::vector<LandmarkObservation>> unused;  // by track, the host's views first
  const WindowState& host = window.states[static_cast<size_t>(window.IndexOf(id))];
  for (const FeatureObservation& feature : host.features) {
    if (!window.landmarks.contains(feature.track)) unused[feature.track].push_back({id, feature});
  }
  for (const WindowState& state : window.states) {
    if (state.id == id) continue;
    for (const FeatureObservation& feature : state.features) {
      const auto place = unused.find(feature.track);
      if (place != unused.end()) place->second.push_back({state.id, feature});
    }
  }
  for (auto& [track, seen] : unused) {
    AddLandmark(window, rig, track, std::move(seen));
  }
}

void CreateAllLandmarks(Window& window, const Rig& rig) {
  std::map<uint64_t, std::vector<LandmarkObservation>> tracks;
  for (const WindowState& state : window.states) {
    for (const FeatureObservation& feature : state.features) {
      tracks[feature.track].push_back({state.id, feature});
    }
  }
  for (auto& [track, seen] : tracks) {
    if (seen.front().state == seen.back().state) continue;
    AddLandmark(window, rig, track, std::move(seen));
  }
}

}  // namespace nightjar
