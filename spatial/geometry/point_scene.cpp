// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/point_scene.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3i;

constexpr size_t kReference = 0;
constexpr double kFlat = 0.06;      // least over middle axis of neighbours that lie in a plane
constexpr size_t kMostPoses = 400;  // that are asked which saw a point
constexpr double kMostCells = 32e6;

/// Points in cubes, for neighbours.
class PointGrid {
 public:
  PointGrid(const std::vector<Vector3d>& points, double edge) : points_(points), edge_(edge) {
    for (size_t i = 0; i < points.size(); ++i)
      cells_[Key(points[i])].push_back(static_cast<int>(i));
  }
  template <typename Visit>
  void VisitNear(const Vector3d& place, double radius, Visit visit) const {
    const std::array<int, 3> middle = Key(place);
    const int reach = static_cast<int>(std::ceil(radius / edge_));
    for (int z = -reach; z <= reach; ++z) {
      for (int y = -reach; y <= reach; ++y) {
        for (int x = -reach; x <= reach; ++x) {
          const auto cell = cells_.find({middle[0] + x, middle[1] + y, middle[2] + z});
          if (cell == cells_.end()) continue;
          for (const int i : cell->second) {
            if ((points_[static_cast<size_t>(i)] - place).squaredNorm() <= radius * radius)
              visit(i);
          }
        }
      }
    }
  }
  const std::map<std::array<int, 3>, std::vector<int>>& cells() const { return cells_; }

 private:
  std::array<int, 3> Key(const Vector3d& p) const {
    const Vector3i cell = (p / edge_).array().floor().cast<int>();
    return {cell.x(), cell.y(), cell.z()};
  }
  const std::vector<Vector3d>& points_;
  double edge_;
  std::map<std::array<int, 3>, std::vector<int>> cells_;
};

/// One point per small cube, with what is known of it.
struct Thinned {
  std::vector<Vector3d> places;
  std::vector<double> sigmas;
};

// Weighted means of the points of each cube of a quarter of a metre's eighth: the densest texture
// does not outweigh all else, and neighbours stay few.
Thinned Thin(std::span<const Landmark> points, int map, const PointSceneOptions& options) {
  struct Sum {
    Vector3d place = Vector3d::Zero();
    double weight = 0;
    double best = HUGE_VAL;
  };
  constexpr double kEdge = 0.03;
  std::map<std::array<int, 3>, Sum> sums;
  for (const Landmark& point : points) {
    if (point.map != map || !(point.distance_sigma <= options.most_sigma_m) ||
        !(point.distance_sigma > 0) || !point.position_world.allFinite())
      continue;
    const Vector3d scaled = point.position_world / kEdge;
    if (scaled.cwiseAbs().maxCoeff() > 1e8) continue;
    const Vector3i cell = scaled.array().floor().cast<int>();
    Sum& sum = sums[{cell.x(), cell.y(), cell.z()}];
    const double weight = 1 / (point.distance_sigma * point.distance_sigma);
    sum.place += weight * point.position_world;
    sum.weight += weight;
    sum.best = std::min(sum.best, point.distance_sigma);
  }
  Thinned thinned;
  for (const auto& entry : sums) {
    thinned.places.push_back(entry.second.place / entry.second.weight);
    thinned.sigmas.push_back(entry.second.best);  // errors of neighbours are not independent
  }
  return thinned;
}

/// Which pose may have seen a point.
class Viewers {
 public:
  Viewers(const Rig& rig, std::span<const Keyframe> keyframes, int map, double farthest_m)
      : camera_(rig.cameras[kReference]), farthest_m_(farthest_m) {
    std::vector<int> of_map;
    for (size_t k = 0; k < keyframes.size(); ++k)
      if (keyframes[k].map == map) of_map.push_back(static_cast<int>(k));
    const size_t step = std::max<size_t>(1, (of_map.size() + kMostPoses - 1) / kMostPoses);
    for (size_t i = 0; i < of_map.size(); i += step) {
      const Se3 T_world_camera =
          keyframes[static_cast<size_t>(of_map[i])].state.T_world_body * camera_.T_body_camera;
      poses_.push_back({of_map[i], T_world_camera, T_world_camera.Inverse()});
    }
  }
  struct Viewer {
    int keyframe;
    Se3 T_world_camera;
    Se3 T_camera_world;
  };
  /// Whether the body was there itself: hands, and points of wrong depth before the camera.
  bool IsWhereTheBodyWas(const Vector3d& place) const {
    constexpr double kBody_m = 0.3;
    return std::any_of(poses_.begin(), poses_.end(), [&](const Viewer& viewer) {
      return (viewer.T_world_camera.translation - place).squaredNorm() < kBody_m * kBody_m;
    });
  }
  /// The nearest one with the point in its image.
  const Viewer* NearestTo(const Vector3d& place) const {
    const Viewer* nearest = nullptr;
    double least = farthest_m_;
    for (const Viewer& viewer : poses_) {
      const double distance = (viewer.T_world_camera.translation - place).norm();
      if (distance >= least) continue;
      const Vector3d point = viewer.T_camera_world * place;
      if (point.z() <= 0.1) continue;
      const auto pixel = camera_.model->Project(point);
      if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() > camera_.width - 1 ||
          pixel->y() > camera_.height - 1)
        continue;
      least = distance;
      nearest = &viewer;
    }
    return nearest;
  }

 private:
  const RigCamera& camera_;
  double farthest_m_;
  std::vector<Viewer> poses_;
};

struct SeenPoint {
  Vector3d place;
  double sigma;
  const Viewers::Viewer* viewer;
};

std::optional<Surfel> SurfelOf(const SeenPoint& point, const std::vector<SeenPoint>& all,
                               const PointGrid& grid, const PointSceneOptions& options) {
  Vector3d mean = Vector3d::Zero();
  Eigen::Matrix3d square = Eigen::Matrix3d::Zero();
  int count = 0, close = 0;
  // Half of an edge for the area: as many points as lie within share its disc.
  const double disc = 0.1;
  grid.VisitNear(point.place, options.normal_radius_m, [&](int i) {
    const Vector3d away = all[static_cast<size_t>(i)].place - point.place;
    mean += away;
    square += away * away.transpose();
    ++count;
    if (away.squaredNorm() <= disc * disc) ++close;
  });
  if (count < options.least_neighbours) return std::nullopt;
  mean /= count;
  const Eigen::Matrix3d covariance = square / count - mean * mean.transpose();
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(covariance);
  const Vector3d axes = solver.eigenvalues();
  // Spread over a surface: not along one line, and little across.
  const double across = std::max(axes[0] - point.sigma * point.sigma, 0.0);
  if (axes[1] < 0.15 * 0.15 * options.normal_radius_m || across > kFlat * axes[1])
    return std::nullopt;
  Surfel surfel;
  surfel.position_world = point.place;
  surfel.normal_world = solver.eigenvectors().col(0);
  const Vector3d towards = point.viewer->T_world_camera.translation - point.place;
  if (surfel.normal_world.dot(towards) < 0) surfel.normal_world = -surfel.normal_world;
  surfel.sigma_m = std::max(point.sigma, 0.005);
  // No more than a disc of 10 cm around each: sparse points do not make a surface larger.
  surfel.area_m2 = M_PI * disc * disc / std::max(1, close);
  surfel.first_keyframe = surfel.last_keyframe = point.viewer->keyframe;
  return surfel;
}

OccupancyGrid EmptyGrid(const std::vector<SeenPoint>& points, std::span<const Keyframe> keyframes,
                        int map, double voxel) {
  OccupancyGrid grid;
  Vector3d low = points.front().place, high = low;
  for (const SeenPoint& point : points) {
    low = low.cwiseMin(point.place);
    high = high.cwiseMax(point.place);
  }
  for (const Keyframe& keyframe : keyframes) {
    if (keyframe.map != map) continue;
    low = low.cwiseMin(keyframe.state.T_world_body.translation);
    high = high.cwiseMax(keyframe.state.T_world_body.translation);
  }
  // In floating point: a product of whole numbers could wrap and look small.
  const auto cells = [&] { return (((high - low) / voxel).array().floor() + 7).prod(); };
  while (cells() > kMostCells) voxel *= 2;
  grid.voxel_m = voxel;
  const Vector3d first = (low / voxel).array().floor() - 3;
  grid.origin_world = voxel * first;
  const Vector3i size = (high / voxel - first).array().floor().cast<int>() + 4;
  grid.size = {size.x(), size.y(), size.z()};
  grid.states.assign(static_cast<size_t>(size.cast<int64_t>().prod()), OccupancyGrid::kUnknown);
  return grid;
}

// Empty outside of the grid: a camera may be far from its body.
std::optional<size_t> CellAt(const OccupancyGrid& grid, const Vector3d& place) {
  const Vector3d cell = ((place - grid.origin_world) / grid.voxel_m).array().floor();
  constexpr double kFar = 1e6;
  if (!(cell.cwiseAbs().maxCoeff() < kFar)) return std::nullopt;
  const Vector3i at = cell.cast<int>();
  if (!grid.Holds(at.x(), at.y(), at.z())) return std::nullopt;
  return (static_cast<size_t>(at.z()) * static_cast<size_t>(grid.size[1]) +
          static_cast<size_t>(at.y())) *
             static_cast<size_t>(grid.size[0]) +
         static_cast<size_t>(at.x());
}

void FillGrid(const std::vector<SeenPoint>& points, OccupancyGrid& grid) {
  std::vector<uint8_t> counts(grid.states.size());
  for (const SeenPoint& point : points) {
    const auto cell = CellAt(grid, point.place);
    if (!cell) continue;
    uint8_t& count = counts[*cell];
    const int weight = point.sigma < grid.voxel_m / 3 ? 2 : 1;
    count = static_cast<uint8_t>(std::min(255, count + weight));
  }
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] >= 2) grid.states[i] = OccupancyGrid::kOccupied;
  // Lines of sight, once to look whether they are clear, once to count.
  std::fill(counts.begin(), counts.end(), uint8_t{0});
  for (const SeenPoint& point : points) {
    const Vector3d from = point.viewer->T_world_camera.translation;
    const Vector3d way = point.place - from;
    const double end = way.norm() - 3 * point.sigma - grid.voxel_m;
    bool clear = true;
    for (double t = 0; t < end && clear; t += 0.5 * grid.voxel_m) {
      const auto cell = CellAt(grid, from + t / way.norm() * way);
      clear = !cell || grid.states[*cell] != OccupancyGrid::kOccupied;
    }
    std::optional<size_t> previous;
    for (double t = 0; t < end && clear; t += 0.5 * grid.voxel_m) {
      const auto cell = CellAt(grid, from + t / way.norm() * way);
      if (!cell || cell == previous) continue;
      previous = cell;
      if (counts[*cell] < 255) ++counts[*cell];
    }
  }
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] >= 2 && grid.states[i] == OccupancyGrid::kUnknown)
      grid.states[i] = OccupancyGrid::kFree;
}

}  // namespace

Scene BuildSceneFromPoints(const Rig& rig, std::span<const Keyframe> keyframes,
                           std::span<const Landmark> points, const PointSceneOptions& options) {
  Scene scene;
  scene.map = LargestMap(keyframes);
  if (keyframes.empty() || rig.cameras.empty()) return scene;
  const Thinned thinned = Thin(points, scene.map, options);
  const Viewers viewers(rig, keyframes, scene.map, options.farthest_m);
  std::vector<SeenPoint> seen;
  std::vector<Vector3d> places;
  for (size_t i = 0; i < thinned.places.size(); ++i) {
    const Viewers::Viewer* viewer = viewers.NearestTo(thinned.places[i]);
    if (viewer == nullptr || viewers.IsWhereTheBodyWas(thinned.places[i])) continue;
    seen.push_back({thinned.places[i], thinned.sigmas[i], viewer});
    places.push_back(thinned.places[i]);
  }
  if (seen.empty()) return scene;
  const PointGrid grid(places, options.normal_radius_m);
  std::vector<Surfel> surfels;
  for (const SeenPoint& point : seen) {
    if (const auto surfel = SurfelOf(point, seen, grid, options)) surfels.push_back(*surfel);
  }
  scene.occupancy = EmptyGrid(seen, keyframes, scene.map, options.voxel_m);
  FillGrid(seen, scene.occupancy);
  SceneOptions description;
  description.surfaces = options.surfaces;
  description.clearance = options.clearance;
  description.voxels.farthest_m = options.farthest_m;
  // Points lie far apart: cells of the outline have to be wider than their distance.
  description.surfaces.cell_m = 0.2;
  description.surfaces.small_gap_m = 0.4;
  DescribeScene(rig, keyframes, surfels, {}, description, scene);
  return scene;
}

}  // namespace nightjar
