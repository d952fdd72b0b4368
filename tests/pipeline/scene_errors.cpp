// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/scene_errors.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "spatial/geometry/clearance.h"
#include "spatial/geometry/surface_extraction.h"
#include "spatial/geometry/surface_outline.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;
using Eigen::Vector3i;
using Cell = std::tuple<int, int, int>;

constexpr int kStride = 8;  // px

/// Exact rays through every kStride-th pixel of the reference camera: visit(keyframe,
/// T_truth_camera origin, unit direction, hit).
using VisitRay = std::function<void(const Keyframe&, const Vector3d&, const Vector3d&,
                                    const std::optional<SurfaceHit>&)>;
void CastViews(std::span<const Keyframe> keyframes, const PinholeView& view,
               const SceneTruth& truth, double farthest_m, int stride, const VisitRay& visit) {
  const Se3& T_body_camera = truth.rig().cameras.front().T_body_camera;
  for (const Keyframe& keyframe : keyframes) {
    const auto pose = truth.PoseAt(keyframe.state.time);
    if (!pose) continue;
    const Se3 T_truth_camera = *pose * T_body_camera;
    for (int y = stride / 2; y < view.height; y += stride) {
      for (int x = stride / 2; x < view.width; x += stride) {
        const Vector3d ray = Vector3d((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
        const Vector3d direction = T_truth_camera.rotation * ray.normalized();
        visit(keyframe, T_truth_camera.translation, direction,
              truth.Cast(T_truth_camera.translation, direction, farthest_m * ray.norm()));
      }
    }
  }
}

SurfaceKind KindOf(int panel) {
  return panel == 0 ? SurfaceKind::kFloor : panel == 1 ? SurfaceKind::kCeiling : SurfaceKind::kWall;
}

// The surface in the truth's world.
struct Moved {
  Vector3d normal;
  double offset;
};
Moved Move(const Surface& surface, const Se3& T_truth_estimate) {
  const Vector3d normal = T_truth_estimate.rotation * surface.normal_world;
  return {normal, surface.offset_m + normal.dot(T_truth_estimate.translation)};
}

void Match(const Scene& scene, const Se3& T_truth_estimate, const Panel& panel,
           const std::vector<Vector3d>& seen, FaceError& face) {
  Vector3d middle = Vector3d::Zero();
  for (const Vector3d& place : seen) middle += place / static_cast<double>(seen.size());
  const Se3 T_estimate_truth = T_truth_estimate.Inverse();
  double best = 0;
  for (const Surface& surface : scene.surfaces) {
    if (surface.kind != KindOf(face.panel)) continue;
    const Moved moved = Move(surface, T_truth_estimate);
    const double cosine = moved.normal.dot(panel.Normal());
    if (cosine < 0.9962) continue;
    const PlaneAxes axes(surface.normal_world);
    std::vector<Vector2d> outline;
    Vector3d centre = Vector3d::Zero();
    for (const Vector3d& corner : surface.polygon_world) {
      outline.push_back(axes.ToPlane(corner));
      centre += corner / static_cast<double>(surface.polygon_world.size());
    }
    // At the middle of the part that the surface covers, to be fair to a part of a wall.
    double covered = 0;
    Vector3d covered_middle = Vector3d::Zero();
    for (const Vector3d& place : seen) {
      if (!IsInside(outline, axes.ToPlane(T_estimate_truth * place))) continue;
      ++covered;
      covered_middle += place;
    }
    if (covered == 0) continue;
    covered_middle /= covered;
    const double offset = -(moved.normal.dot(covered_middle) - moved.offset) / cosine;
    if (std::abs(offset) > 0.15) continue;
    face.covered_m2 += covered * face.seen_m2 / static_cast<double>(seen.size());
    if (covered <= best) continue;
    best = covered;
    face.found = true;
    face.offset_m = offset;
    face.angle_deg = std::acos(std::min(1.0, cosine)) * 180 / M_PI;
    Eigen::Vector4d row;
    row << -(T_estimate_truth * covered_middle), 1;
    face.offset_sigma_m = std::sqrt(row.dot(surface.covariance * row));
  }
}

Cell CellOf(const Vector3d& place, const Vector3d& origin, double voxel) {
  const Vector3i cell = ((place - origin) / voxel).array().floor().cast<int>();
  return {cell.x(), cell.y(), cell.z()};
}

bool HasNear(const std::set<Cell>& cells, const Cell& cell) {
  for (int z = -1; z <= 1; ++z)
    for (int y = -1; y <= 1; ++y)
      for (int x = -1; x <= 1; ++x)
        if (cells.count({std::get<0>(cell) + x, std::get<1>(cell) + y, std::get<2>(cell) + z}))
          return true;
  return false;
}

double ShareNear(const std::set<Cell>& of, const std::set<Cell>& to) {
  int64_t near = 0;
  for (const Cell& cell : of) near += HasNear(to, cell) ? 1 : 0;
  return of.empty() ? 0 : static_cast<double>(near) / static_cast<double>(of.size());
}

}  // namespace

std::vector<FaceError> CompareFaces(const Scene& scene, std::span<const Keyframe> keyframes,
                                    const PinholeView& view, const SceneTruth& truth,
                                    double farthest_m) {
  constexpr double kCell = 0.1;
  std::vector<std::map<std::pair<int, int>, Vector3d>> cells(SceneTruth::kShell);
  CastViews(keyframes, view, truth, farthest_m, kStride,
            [&](const Keyframe&, const Vector3d& from, const Vector3d& direction,
                const std::optional<SurfaceHit>& hit) {
              if (!hit || hit->panel >= SceneTruth::kShell) return;
              const Panel& panel = truth.panel(hit->panel);
              const Vector3d place = from + hit->distance * direction;
              const Vector3d on = place - panel.corner;
              const std::pair cell(static_cast<int>(panel.u_axis.dot(on) / kCell),
                                   static_cast<int>(panel.v_axis.dot(on) / kCell));
              cells[static_cast<size_t>(hit->panel)].emplace(cell, place);
            });
  std::vector<FaceError> faces;
  const auto T_truth_estimate = TruthFromEstimate(truth, keyframes.front());
  for (int p = 0; T_truth_estimate && p < SceneTruth::kShell; ++p) {
    FaceError face;
    face.panel = p;
    std::vector<Vector3d> seen;
    for (const auto& cell : cells[static_cast<size_t>(p)]) seen.push_back(cell.second);
    face.seen_m2 = kCell * kCell * static_cast<double>(seen.size());
    if (!seen.empty()) Match(scene, *T_truth_estimate, truth.panel(p), seen, face);
    faces.push_back(face);
  }
  return faces;
}

OccupancyError CompareOccupancy(const Scene& scene, std::span<const Keyframe> keyframes,
                                const PinholeView& view, const SceneTruth& truth, double farthest_m,
                                int coarse) {
  const OccupancyGrid& grid = scene.occupancy;
  const double voxel = grid.voxel_m * coarse;
  const Se3 T_estimate_truth = TruthFromEstimate(truth, keyframes.front())->Inverse();
  std::set<Cell> expected, found, free;
  CastViews(keyframes, view, truth, farthest_m, kStride / 2,
            [&](const Keyframe&, const Vector3d& from, const Vector3d& direction,
                const std::optional<SurfaceHit>& hit) {
              if (!hit) return;
              expected.insert(CellOf(T_estimate_truth * (from + hit->distance * direction),
                                     grid.origin_world, voxel));
            });
  for (int z = 0; z < grid.size[2]; ++z)
    for (int y = 0; y < grid.size[1]; ++y)
      for (int x = 0; x < grid.size[0]; ++x) {
        const Cell cell(x / coarse, y / coarse, z / coarse);
        if (grid.At(x, y, z) == OccupancyGrid::kOccupied) found.insert(cell);
        if (grid.At(x, y, z) == OccupancyGrid::kFree) free.insert(cell);
      }
  int64_t both = 0, wrong = 0;
  for (const Cell& cell : expected) {
    both += found.count(cell) ? 1 : 0;
    wrong += !found.count(cell) && free.count(cell) ? 1 : 0;
  }
  const auto all = static_cast<double>(expected.size() + found.size()) - static_cast<double>(both);
  return {static_cast<double>(both) / all, ShareNear(found, expected), ShareNear(expected, found),
          static_cast<double>(wrong) / static_cast<double>(expected.size())};
}

ClearanceError CompareClearance(const Scene& scene, std::span<const Keyframe> keyframes,
                                const SceneTruth& truth) {
  const ClearanceOptions options;
  ClearanceError errors;
  const Se3& T_body_camera = truth.rig().cameras.front().T_body_camera;
  for (size_t k = 0; k < keyframes.size(); ++k) {
    const auto pose = truth.PoseAt(keyframes[k].state.time);
    if (!pose || k >= scene.views.size() || !scene.views[k].clearance) continue;
    Vector3d ahead = (*pose * T_body_camera).rotation * Vector3d::UnitZ();
    ahead.z() = 0;
    ahead.normalize();
    const double high = pose->translation.z() + options.half_band_m;
    const double low = pose->translation.z() - options.half_band_m;
    for (size_t i = 0; i < 12; ++i) {
      const double angle = static_cast<double>(i) * M_PI / 6;
      const Vector3d direction(std::cos(angle) * ahead.x() + std::sin(angle) * ahead.y(),
                               -std::sin(angle) * ahead.x() + std::cos(angle) * ahead.y(), 0);
      double nearest = 100;
      for (double z = low; z <= high; z += 0.02) {
        const Vector3d from(pose->translation.x(), pose->translation.y(), z);
        if (const auto hit = truth.Cast(from, direction, 100))
          nearest = std::min(nearest, hit->distance);
      }
      const ClearanceRay& ray = scene.views[k].clearance->rays[i];
      if (ray.state == ClearanceRay::State::kHit) {
        errors.hits.push_back({ray.distance_m - nearest, ray.sigma_m});
        continue;
      }
      ++(ray.state == ClearanceRay::State::kOpen ? errors.open : errors.unknown);
      if (nearest < ray.distance_m - 0.1) ++errors.blocked;
    }
  }
  return errors;
}

std::vector<JudgedError> CompareSemidense(const Scene& scene,
                                          std::span<const Vector3d> origins_world,
                                          std::span<const Keyframe> keyframes,
                                          const SceneTruth& truth, double farthest_m) {
  const Se3& T_body_camera = truth.rig().cameras.front().T_body_camera;
  std::vector<JudgedError> errors;
  for (size_t i = 0; i < scene.semidense.size(); ++i) {
    for (const Keyframe& keyframe : keyframes) {
      const Se3 T_world_camera = keyframe.state.T_world_body * T_body_camera;
      if ((T_world_camera.translation - origins_world[i]).norm() > 1e-9) continue;
      const auto pose = truth.PoseAt(keyframe.state.time);
      if (!pose) break;
      const Vector3d ray = T_world_camera.Inverse() * scene.semidense[i].position_world;
      const Se3 T_truth_camera = *pose * T_body_camera;
      const auto hit =
          truth.Cast(T_truth_camera.translation, T_truth_camera.rotation * ray.normalized(), 100);
      if (hit && hit->distance <= farthest_m)
        errors.push_back({ray.norm() - hit->distance, scene.semidense[i].distance_sigma});
      break;
    }
  }
  return errors;
}

double ShareWithin(const std::vector<JudgedError>& errors, double sigmas) {
  int64_t within = 0;
  for (const JudgedError& e : errors) within += std::abs(e.error) <= sigmas * e.sigma ? 1 : 0;
  return errors.empty() ? 0 : static_cast<double>(within) / static_cast<double>(errors.size());
}

double MedianSize(const std::vector<JudgedError>& errors) {
  if (errors.empty()) return 0;
  std::vector<double> sizes;
  for (const JudgedError& e : errors) sizes.push_back(std::abs(e.error));
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

}  // namespace nightjar
