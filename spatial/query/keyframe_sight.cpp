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
constexpr size_t kPlacesToRank = 64;
std::optional<Eigen::Vector2d> Inside(const Eigen::Vector2d& pixel, int width, int height) {
  const bool inside =
      pixel.x() >= -0.5 && pixel.y() >= -0.5 && pixel.x() < width - 0.5 && pixel.y() < height - 0.5;
  return inside ? std::optional(pixel) : std::nullopt;
}

// Every so many, as evenly as that goes.
template <typename T>
std::vector<T> Sampled(std::vector<T> all, size_t most) {
  if (all.size() <= most) return all;
  std::vector<T> some;
  for (size_t k = 0; k < most; ++k) some.push_back(std::move(all[k * all.size() / most]));
  return some;
}

// One cube of each cell of a grid of cells, the first; their middles.
std::vector<Eigen::Vector3d> OccupiedCells(const SceneSpace& space) {
  const OccupancyGrid& grid = space.scene().occupancy;
  const double cell_m = std::max(kCell_m, grid.voxel_m);
  std::array<std::vector<size_t>, 3> cell_of;  // by the cube's place along each axis
  for (size_t axis = 0; axis < 3; ++axis) {
    for (int k = 0; k < grid.size[axis]; ++k)
      cell_of[axis].push_back(static_cast<size_t>((k + 0.5) * grid.voxel_m / cell_m));
  }
  const auto cells = [&](size_t axis) {
    return cell_of[axis].empty() ? 0 : cell_of[axis].back() + 1;
  };
  std::vector<bool> taken(cells(0) * cells(1) * cells(2));
  std::vector<Eigen::Vector3d> points;
  space.rows().ForEachOccupied([&](int x, int y, int z) {
    const size_t cell =
        (cell_of[2][static_cast<size_t>(z)] * cells(1) + cell_of[1][static_cast<size_t>(y)]) *
            cells(0) +
        cell_of[0][static_cast<size_t>(x)];
    if (taken[cell]) return;
    taken[cell] = true;
    points.push_back(grid.origin_world + grid.voxel_m * Eigen::Vector3d(x + 0.5, y + 0.5, z + 0.5));
  });
  return points;
}

// One point of each cell, the first, by rising cell.
std::vector<Eigen::Vector3d> Thinned(const std::vector<Eigen::Vector3d>& points) {
  constexpr double kFar = 1e9;
  std::vector<std::pair<std::array<int, 3>, size_t>> cells;
  for (size_t k = 0; k < points.size(); ++k) {
    std::array<int, 3> cell{};
    for (int axis = 0; axis < 3; ++axis)
      cell[static_cast<size_t>(axis)] =
          static_cast<int>(std::floor(std::clamp(points[k][axis] / kCell_m, -kFar, kFar)));
    cells.emplace_back(cell, k);
  }
  std::sort(cells.begin(), cells.end());
  std::vector<Eigen::Vector3d> kept;
  for (size_t k = 0; k < cells.size(); ++k) {
    if (k == 0 || cells[k].first != cells[k - 1].first) kept.push_back(points[cells[k].second]);
  }
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

// From where and through what a keyframe looks.
struct KeyframeSight::View {
  size_t keyframe;
  const KeyframeImage* image;
  const RigCamera* camera;
  Eigen::Vector3d eye_world;
  Se3 T_camera_world;
  Eigen::Matrix3d R_camera_world;  // of it: a product that is quicker
};

KeyframeSight::View KeyframeSight::ViewOf(size_t k) const {
  const KeyframeImage* image = images_[k];
  const RigCamera& camera = image ? session_.rig.cameras[static_cast<size_t>(image->camera)]
                                  : session_.rig.cameras.front();
  const Se3 T_world_camera = session_.keyframes[k].state.T_world_body * camera.T_body_camera;
  const Se3 T_camera_world = T_world_camera.Inverse();
  return {k,
          image,
          &camera,
          T_world_camera.translation,
          T_camera_world,
          T_camera_world.RotationMatrix()};
}

std::optional<Sighting> KeyframeSight::See(size_t k, const Eigen::Vector3d& point) const {
  return known_ ? SeeFrom(ViewOf(k), point) : std::nullopt;
}

std::optional<Sighting> KeyframeSight::SeeFrom(const View& view,
                                               const Eigen::Vector3d& point) const {
  const KeyframeImage* image = view.image;
  const RigCamera& camera = *view.camera;
  const Eigen::Vector3d point_camera =
      view.T_camera_world.translation + view.R_camera_world * point;
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
      space_.LineOfSight(view.eye_world, point, 2 * space_.scene().occupancy.voxel_m);
  if (sight == OccupancyGrid::kOccupied) return std::nullopt;
  return Sighting{view.keyframe, *pixel, distance_m, sight, image};
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

// Of as many parts of the way, each as long, the keyframe that has most of some places before it.
std::vector<size_t> KeyframeSight::Candidates(const std::vector<Eigen::Vector3d>& places,
                                              size_t most) const {
  const int map = cover_map();
  std::vector<size_t> all;
  for (size_t k = 0; k < session_.keyframes.size(); ++k)
    if (session_.keyframes[k].map == map) all.push_back(k);
  if (all.size() <= most) return all;
  const std::vector<Eigen::Vector3d> some = Sampled(places, kPlacesToRank);
  std::vector<size_t> candidates;
  for (size_t part = 0; part < most; ++part) {
    int best_count = -1;
    for (size_t i = part * all.size() / most; i < (part + 1) * all.size() / most; ++i) {
      const int count = CountBefore(ViewOf(all[i]), some);
      if (count <= best_count) continue;
      if (best_count >= 0) candidates.pop_back();
      candidates.push_back(all[i]);
      best_count = count;
    }
  }
  return candidates;
}

// Those in a cone around the axis, whatever is in between.
int KeyframeSight::CountBefore(const View& view, const std::vector<Eigen::Vector3d>& places) {
  constexpr double kLeastCosine = 0.75;  // about what most lenses see
  int count = 0;
  for (const Eigen::Vector3d& place : places) {
    const Eigen::Vector3d point = view.T_camera_world.translation + view.R_camera_world * place;
    const double square = point.squaredNorm();
    count += point.z() > 0 && square < kCoverRange_m * kCoverRange_m &&
             point.z() * point.z() > kLeastCosine * kLeastCosine * square;
  }
  return count;
}

std::vector<Eigen::Vector3d> KeyframeSight::Places() const {
  std::vector<Eigen::Vector3d> points = OccupiedCells(space_);
  if (points.empty()) {
    const int map = cover_map();
    for (const Landmark& landmark : session_.landmarks) {
      if (landmark.map == map) points.push_back(landmark.position_world);
    }
    points = Thinned(points);
  }
  return points;
}

std::vector<uint64_t> KeyframeSight::SeenBy(size_t k,
                                            const std::vector<Eigen::Vector3d>& places) const {
  std::vector<uint64_t> seen((places.size() + 63) / 64, 0);
  const View view = ViewOf(k);
  const Eigen::Vector3d body = session_.keyframes[k].state.T_world_body.translation;
  for (size_t p = 0; p < places.size(); ++p) {
    if ((places[p] - body).squaredNorm() > kCoverRange_m * kCoverRange_m) continue;
    if (SeeFrom(view, places[p])) seen[p / 64] |= uint64_t{1} << (p % 64);
  }
  return seen;
}

std::vector<CoverStep> KeyframeSight::Cover(const CoverBudget& budget) const {
  std::vector<CoverStep> steps;
  if (!known_) return steps;
  std::vector<Eigen::Vector3d> places = Places();
  const std::vector<size_t> candidates = Candidates(places, budget.keyframes);
  places = Sampled(
      std::move(places),
      std::max(budget.least_places, budget.sights / std::max<size_t>(1, candidates.size())));
  if (places.empty()) return steps;
  std::vector<uint64_t> covered((places.size() + 63) / 64, 0);
  std::vector<std::vector<uint64_t>> seen;
  // What a keyframe would add never grows: only who was best once needs to be counted again.
  std::vector<int> bound;
  for (const size_t k : candidates) {
    seen.push_back(SeenBy(k, places));
    bound.push_back(CountNew(seen.back(), covered));
  }
  int total = 0;
  while (true) {
    size_t best = 0;
    int best_count = 0;
    for (size_t c = 0; c < seen.size(); ++c) {
      if (bound[c] <= best_count) continue;
      bound[c] = CountNew(seen[c], covered);
      if (bound[c] > best_count) {
        best = c;
        best_count = bound[c];
      }
    }
    if (best_count == 0) return steps;
    for (size_t w = 0; w < covered.size(); ++w) covered[w] |= seen[best][w];
    total += best_count;
    const auto all = static_cast<double>(places.size());
    steps.push_back({candidates[best], best_count / all, total / all});
  }
}

}  // namespace nightjar
