// SPDX-License-Identifier: Apache-2.0
#include "spatial/track_precision.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "spatial/trajectory_error.h"

namespace nightjar {
namespace {

constexpr double kHuber = 2;  // sigma
constexpr int kSteps = 10;    // of Gauss and Newton
constexpr double kLeastInverse_per_m = 0.05, kMostInverse_per_m = 10, kRatio = 1.1;

struct Sight {
  SensorTime time;
  FeatureObservation observation;
  Se3 T_world_camera;
};

/// A point seen along `bearing` from where `first` was.
class RayPoint {
 public:
  RayPoint(const Rig& rig, const Sight& first, const Eigen::Vector3d& bearing)
      : rig_(rig), T_world_first_(first.T_world_camera), bearing_(bearing) {}

  std::optional<Eigen::Vector2d> Seen(const Sight& sight, double inverse,
                                      Eigen::Vector2d* per_inverse = nullptr) const {
    const Se3 T_sight_first = sight.T_world_camera.Inverse() * T_world_first_;
    const Eigen::Vector3d point =
        T_sight_first.rotation * bearing_ + inverse * T_sight_first.translation;
    Matrix23d J_pixel_point;
    const auto& model = *rig_.cameras[static_cast<size_t>(sight.observation.camera)].model;
    const auto pixel = model.Project(point, per_inverse != nullptr ? &J_pixel_point : nullptr);
    if (pixel && per_inverse != nullptr) *per_inverse = J_pixel_point * T_sight_first.translation;
    return pixel;
  }

  double BestInverseDistance(std::span<const Sight> sights) const {
    double best = 0;
    double least = Cost(sights, best);
    for (double inverse = kLeastInverse_per_m; inverse < kMostInverse_per_m; inverse *= kRatio) {
      const double cost = Cost(sights, inverse);
      if (cost < least) {
        least = cost;
        best = inverse;
      }
    }
    for (int step = 0; step < kSteps; ++step) {
      const double better = std::clamp(best + Step(sights, best), 0.0, kMostInverse_per_m);
      const double cost = Cost(sights, better);
      if (!(cost < least)) break;
      least = cost;
      best = better;
    }
    return best;
  }

 private:
  /// Huber's.
  double Cost(std::span<const Sight> sights, double inverse) const {
    constexpr double kUnseen = 1e6;
    double cost = 0;
    for (const Sight& sight : sights) {
      const auto seen = Seen(sight, inverse);
      const double distance = seen ? Distance(sight, *seen) : kUnseen;
      cost += distance > kHuber ? 2 * kHuber * distance - kHuber * kHuber : distance * distance;
    }
    return cost;
  }

  /// Of Gauss and Newton.
  double Step(std::span<const Sight> sights, double inverse) const {
    double hessian = 1e-6, slope = 0;
    for (const Sight& sight : sights) {
      Eigen::Vector2d J;
      const auto seen = Seen(sight, inverse, &J);
      if (!seen) continue;
      const double distance = Distance(sight, *seen);
      const double weight = distance > kHuber ? kHuber / distance : 1;
      const Eigen::Matrix2d information = weight * sight.observation.covariance.inverse();
      hessian += J.dot(information * J);
      slope += J.dot(information * (sight.observation.pixel - *seen));
    }
    return slope / hessian;
  }

  static double Distance(const Sight& sight, const Eigen::Vector2d& seen) {
    const Eigen::Vector2d error = sight.observation.pixel - seen;
    return std::sqrt(error.dot(sight.observation.covariance.inverse() * error));
  }

  const Rig& rig_;
  Se3 T_world_first_;
  Eigen::Vector3d bearing_;
};

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void AddErrors(const Rig& rig, std::span<const Sight> sights, std::vector<TrackError>& errors) {
  const auto& model = *rig.cameras[static_cast<size_t>(sights.front().observation.camera)].model;
  const auto bearing = model.Unproject(sights.front().observation.pixel);
  if (!bearing) return;
  const RayPoint point(rig, sights.front(), *bearing);
  const double inverse = point.BestInverseDistance(sights);
  for (const Sight& sight : sights.subspan(1)) {
    const auto seen = point.Seen(sight, inverse);
    if (!seen) continue;
    const Eigen::Vector2d error = sight.observation.pixel - *seen;
    errors.push_back({sight.time, sight.observation.track, sight.observation.camera,
                      sight.observation.pixel, error,
                      error.dot(sight.observation.covariance.inverse() * error)});
  }
}

}  // namespace

TrackPrecision MeasureTracks(const Rig& rig, std::span<const FrameObservations> frames,
                             std::span<const StampedPose> truth_world_body) {
  std::map<uint64_t, std::vector<Sight>> tracks;
  std::vector<double> per_frame;
  for (const FrameObservations& frame : frames) {
    const auto T_world_body = InterpolatePose(truth_world_body, frame.time, 0.05);
    if (!T_world_body) continue;
    per_frame.push_back(CountTracks(frame));
    for (const FeatureObservation& seen : frame.features) {
      const Se3& T_body_camera = rig.cameras[static_cast<size_t>(seen.camera)].T_body_camera;
      tracks[seen.track].push_back({frame.time, seen, *T_world_body * T_body_camera});
    }
  }
  TrackPrecision precision;
  std::vector<double> lengths, sizes, normalised;
  for (const auto& [track, sights] : tracks) {
    const auto first_camera = std::count_if(sights.begin(), sights.end(), [](const Sight& sight) {
      return sight.observation.camera == 0;
    });
    if (first_camera < 2) continue;
    lengths.push_back(static_cast<double>(first_camera));
    AddErrors(rig, sights, precision.errors);
  }
  double within = 0;
  for (const TrackError& error : precision.errors) {
    sizes.push_back(error.error_px.norm());
    normalised.push_back(error.normalised);
    within += error.error_px.norm() < 1;
  }
  std::stable_sort(precision.errors.begin(), precision.errors.end(),
                   [](const TrackError& a, const TrackError& b) { return a.time < b.time; });
  precision.tracks_per_frame = Median(per_frame);
  precision.frames_per_track = Median(lengths);
  precision.within_pixel = sizes.empty() ? 0 : within / static_cast<double>(sizes.size());
  precision.median_error_px = Median(sizes);
  precision.median_normalised = Median(normalised);
  return precision;
}

}  // namespace nightjar
