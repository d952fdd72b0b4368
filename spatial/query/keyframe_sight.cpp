// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/keyframe_sight.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "spatial/query/ego_frame.h"

namespace nightjar {
namespace {

constexpr double kNearest_m = 0.1;  // nearer than this nothing is seen
constexpr double kCoverRange_m = 8;
constexpr double kCell_m = 0.25;
constexpr size_t kMostPlaces = 4096;

std::optional<Eigen::Vector2d> Inside(const Eigen::Vector2d& pixel, int width, int height) {
  const bool inside =
      pixel.x() >= -0.5 && pixel.y() >= -0.5 && pixel.x() < width - 0.5 && pixel.y() < height - 0.5;
  return inside ? std::optional(pixel) : std::nullopt;
}

// One point of each cell, the first.
std::vector<Eigen::Vector3d> Thinned(const std::vector<Eigen::Vector3d>& points, double cell_m) {
  std::map<std::array<int, 3>, Eigen::Vector3d> cells;
  for (const Eigen::Vector3d& point : points) {
    std::array<int, 3> cell{};
    for (int axis = 0; axis < 3; ++axis)
      cell[static_cast<size_t>(axis)] = static_cast<int>(std::floor(point[axis] / cell_m));
    cells.try_emplace(cell, point);
  }
  std::vector<Eigen::Vector3d> kept;
  for (const auto& [cell, point] : cells) kept.push_back(point);
  return kept;
}

int CountNew(const std::vector<uint64_t>& seen, const std::vector<uint64_t>& covered) {
  int count = 0;
  for (size_t w = 0; w < seen.size(); ++w) count += std::popcount(seen[w] & ~covered[w]);
  return count;
}

}  // namespace

KeyframeSight::KeyframeSight(const Session& session, const SceneSpace& space)
    : session_(session), space_(space), images_(session.keyframes.size(), nullptr) {
  size_t next = 0;
  for (size_t k = 0; k < session.keyframes.size(); ++k) {
    const SensorTime time = session.keyframes[k].state.time;
    while (next < session.images.size() && session.images[next].time < time) ++next;
    if (next < session.images.size() && session.images[next].time == time)
      images_[k] = &session.images[next];
  }
  const RigCamera* camera = ReferenceCamera(session.rig);
  known_ = camera && (camera->model || !session.images.empty());
}

std::optional<Sighting> KeyframeSight::See(size_t k, const Eigen::Vector3d& point) const {
  if (!known_) return std::nullopt;
  const KeyframeImage* image = images_[k];
  const RigCamera& camera = image ? session_.rig.cameras[static_cast<size_t>(image->camera)]
                                  : session_.rig.cameras.front();
  const Se3 T_world_camera = session_.keyframes[k].state.T_world_body * camera.T_body_camera;
  const Eigen::Vector3d point_camera = T_world_camera.Inverse() * point;
  std::optional<Eigen::Vector2d> pixel;
  if (image && point_camera.z() > 0) {
    pixel = Inside(image->focal_px * point_camera.head<2>() / point_camera.z() +
                       Eigen::Vector2d(image->cx, image->cy),
                   image->width, image->height);
  } else if (!image && camera.model) {
    if (const auto projected = camera.model->Project(point_camera))
      pixel = Inside(*projected, camera.width, camera.height);
  }
  const double distance_m = point_camera.norm();
  if (!pixel || distance_m < kNearest_m) return std::nullopt;
  // What is seen is itself occupied, and so may the cubes beside it be.
  const int8_t sight =
      space_.LineOfSight(T_world_camera.translation, point, 2 * space_.scene().occupancy.voxel_m);
  if (sight == OccupancyGrid::kOccupied) return std::nullopt;
  return Sighting{k, *pixel, distance_m, sight, image};
}

std::vector<Sighting> KeyframeSight::Seeing(int map, const Eigen::Vector3d& point,
                                            double range_m) const {
  std::vector<Sighting> sightings;
  for (size_t k = 0; k < session_.keyframes.size(); ++k) {
    const Keyframe& keyframe = session_.keyframes[k];
    const double apart_m = (keyframe.state.T_world_body.translation - point).norm();
    if (keyframe.map != map || apart_m > range_m + 1) continue;  // the camera is within 1 m
    const auto sighting = See(k, point);
    if (sighting && sighting->distance_m <= range_m) sightings.push_back(*sighting);
  }
  const auto rank = [](const Sighting& sighting) {
    return std::pair(sighting.line_of_sight != OccupancyGrid::kFree, sighting.distance_m);
  };
  std::stable_sort(sightings.begin(), sightings.end(),
                   [&](const Sighting& a, const Sighting& b) { return rank(a) < rank(b); });
  return sightings;
}

int KeyframeSight::cover_map() const {
  if (space_.has_grid() || !space_.scene().surfaces.empty()) return space_.scene().map;
  std::map<int, int> keyframes;
  for (const Keyframe& keyframe : session_.keyframes) ++keyframes[keyframe.map];
  const auto most =
      std::max_element(keyframes.begin(), keyframes.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == keyframes.end() ? 0 : most->first;
}

std::vector<Eigen::Vector3d> KeyframeSight::Places() const {
  std::vector<Eigen::Vector3d> points;
  const OccupancyGrid& grid = space_.scene().occupancy;
  for (int z = 0; z < grid.size[2]; ++z) {
    for (int y = 0; y < grid.size[1]; ++y) {
      for (int x = 0; x < grid.size[0]; ++x) {
        if (grid.At(x, y, z) != OccupancyGrid::kOccupied) continue;
        points.push_back(grid.origin_world +
                         grid.voxel_m * Eigen::Vector3d(x + 0.5, y + 0.5, z + 0.5));
      }
    }
  }
  if (points.empty()) {
    const int map = cover_map();
    for (const Landmark& landmark : session_.landmarks) {
      if (landmark.map == map) points.push_back(landmark.position_world);
    }
  }
  double cell_m = kCell_m;
  points = Thinned(points, cell_m);
  while (points.size() > kMostPlaces) points = Thinned(points, cell_m *= 1.25);
  return points;
}

std::vector<std::vector<uint64_t>> KeyframeSight::Seen(
    const std::vector<Eigen::Vector3d>& places) const {
  const int map = cover_map();
  std::vector<std::vector<uint64_t>> seen(session_.keyframes.size());
  for (size_t k = 0; k < seen.size(); ++k) {
    seen[k].assign((places.size() + 63) / 64, 0);
    if (session_.keyframes[k].map != map) continue;
    const Eigen::Vector3d body = session_.keyframes[k].state.T_world_body.translation;
    for (size_t p = 0; p < places.size(); ++p) {
      if ((places[p] - body).squaredNorm() > kCoverRange_m * kCoverRange_m) continue;
      if (See(k, places[p])) seen[k][p / 64] |= uint64_t{1} << (p % 64);
    }
  }
  return seen;
}

std::vector<CoverStep> KeyframeSight::Cover() const {
  const std::vector<Eigen::Vector3d> places = Places();
  std::vector<CoverStep> steps;
  if (!known_ || places.empty()) return steps;
  const auto seen = Seen(places);
  std::vector<uint64_t> covered((places.size() + 63) / 64, 0);
  // What a keyframe would add never grows: only who was best once needs to be counted again.
  std::vector<int> bound;
  for (const auto& of_keyframe : seen) bound.push_back(CountNew(of_keyframe, covered));
  int total = 0;
  while (true) {
    size_t best = 0;
    int best_count = 0;
    for (size_t k = 0; k < seen.size(); ++k) {
      if (bound[k] <= best_count) continue;
      bound[k] = CountNew(seen[k], covered);
      if (bound[k] > best_count) {
        best = k;
        best_count = bound[k];
      }
    }
    if (best_count == 0) return steps;
    for (size_t w = 0; w < covered.size(); ++w) covered[w] |= seen[best][w];
    total += best_count;
    const auto all = static_cast<double>(places.size());
    steps.push_back({best, best_count / all, total / all});
  }
}

}  // namespace nightjar
