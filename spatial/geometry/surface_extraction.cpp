// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/surface_extraction.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/portable_math.h"
#include "spatial/geometry/surface_kinds.h"
#include "spatial/geometry/surface_outline.h"
#include "spatial/geometry/surface_search.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kHorizontalCosine = 0.996;  // 5 degrees: fitted planes

bool IsHorizontal(const Vector3d& normal) { return std::abs(normal.z()) > kHorizontalCosine; }

/// Takes planes from a pool of surfels, one after the other.
class Extraction {
 public:
  Extraction(std::span<const Surfel> surfels, std::span<const Keyframe> keyframes,
             const SurfaceOptions& options)
      : surfels_(surfels), keyframes_(keyframes), options_(options), search_(surfels) {}

  std::vector<FoundSurface> Run() {
    for (const bool up : {true, false}) {
      while (const auto candidate = search_.NextHorizontal(up, options_.least_horizontal_m2))
        Take(*candidate);
    }
    while (const auto candidate = search_.NextVertical(options_.least_area_m2)) Take(*candidate);
    while (const auto candidate = search_.NextOther(2 * options_.least_area_m2)) Take(*candidate);
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
      return a.surface.area_m2 > b.surface.area_m2;
    });
    return std::move(found_);
  }

 private:
  // Fits the peak, splits it, and keeps its parts; what was near it is gone from the pool either
  // way, so that the search comes to an end.
  void Take(const PlaneCandidate& candidate) {
    std::vector<int> members = search_.Near(candidate);
    std::optional<FittedPlane> plane;
    for (int round = 0; round < 3; ++round) {
      plane = FitPlane(surfels_, members, options_.fit);
      if (!plane || plane->normal_world.dot(candidate.normal) < 0.9) {
        search_.Remove(candidate);
        return;
      }
      members = search_.Near({plane->normal_world, plane->offset_m, candidate.narrow});
    }
    Split(*plane, members);
    search_.Remove(candidate);
    search_.Remove({plane->normal_world, plane->offset_m, candidate.narrow});
  }

  void Split(const FittedPlane& plane, const std::vector<int>& members) {
    const PlaneAxes axes(plane.normal_world);
    std::vector<Vector2d> points;
    for (const int member : members)
      points.push_back(axes.ToPlane(surfels_[static_cast<size_t>(member)].position_world));
    // Pieces of a table's top are near to each other; floors and walls have things before them.
    const auto patches = PatchesOf(points, options_.cell_m, options_.small_gap_m);
    double all = 0;
    for (const PlanePatch& patch : patches) all += patch.area_m2;
    const bool large = all > 2.0;
    const double least =
        IsHorizontal(plane.normal_world) ? options_.least_horizontal_m2 : options_.least_area_m2;
    for (const PlanePatch& patch :
         large ? PatchesOf(points, options_.cell_m, options_.large_gap_m) : patches) {
      if (patch.area_m2 < least) continue;
      std::vector<int> part;
      for (const int index : patch.members) part.push_back(members[static_cast<size_t>(index)]);
      Keep(plane, patch, std::move(part));
    }
  }

  void Keep(const FittedPlane& whole, const PlanePatch& patch, std::vector<int> part) {
    const auto refit = FitPlane(surfels_, part, options_.fit);
    if (!refit || refit->normal_world.dot(whole.normal_world) < 0.9) return;
    const PlaneAxes axes(refit->normal_world);
    const PlaneAxes old(whole.normal_world);
    FoundSurface found;
    Surface& surface = found.surface;
    surface.normal_world = refit->normal_world;
    surface.offset_m = refit->offset_m;
    surface.covariance = found.fit_covariance = refit->covariance;
    found.rms_m = refit->rms_m;
    surface.area_m2 = patch.area_m2;
    surface.points = static_cast<int64_t>(part.size());
    for (const Vector2d& corner : patch.outline) {
      const Vector3d on_whole =
          corner.x() * old.u + corner.y() * old.v + whole.offset_m * whole.normal_world;
      surface.polygon_world.push_back(on_whole - refit->Distance(on_whole) * refit->normal_world);
    }
    int first = surfels_[static_cast<size_t>(part.front())].first_keyframe, last = first;
    for (const int member : part) {
      first = std::min(first, surfels_[static_cast<size_t>(member)].first_keyframe);
      last = std::max(last, surfels_[static_cast<size_t>(member)].last_keyframe);
    }
    AddPoses(*refit, first, last, surface);
    found.members = std::move(part);
    found_.push_back(std::move(found));
  }

  void AddPoses(const FittedPlane& plane, int first, int last, Surface& surface) const {
    if (keyframes_.empty()) return;
    const auto most = static_cast<int>(keyframes_.size()) - 1;
    first = std::clamp(first, 0, most);
    last = std::clamp(last, 0, most);
    surface.first_seen = keyframes_[static_cast<size_t>(first)].state.time;
    surface.last_seen = keyframes_[static_cast<size_t>(last)].state.time;
    const int step = std::max(1, (last - first) / 16);
    Eigen::Matrix4d sum = Eigen::Matrix4d::Zero();
    int count = 0;
    for (int k = first; k <= last; k += step, ++count)
      sum += PoseCovarianceOfPlane(plane, keyframes_[static_cast<size_t>(k)]);
    surface.covariance += sum / count;
  }

  std::span<const Surfel> surfels_;
  std::span<const Keyframe> keyframes_;
  const SurfaceOptions& options_;
  PlaneSearch search_;
  std::vector<FoundSurface> found_;
};

}  // namespace

PlaneAxes::PlaneAxes(const Vector3d& normal) {
  if (IsHorizontal(normal)) {
    // Seen from below, x and y change places.
    const Vector3d second = normal.z() > 0 ? Vector3d::UnitY() : Vector3d::UnitX();
    v = (second - second.dot(normal) * normal).normalized();
  } else {
    v = (Vector3d::UnitZ() - normal.z() * normal).normalized();
  }
  u = v.cross(normal);
}

std::vector<FoundSurface> ExtractSurfaces(std::span<const Surfel> surfels,
                                          std::span<const Keyframe> keyframes,
                                          const SurfaceOptions& options) {
  std::vector<FoundSurface> found = Extraction(surfels, keyframes, options).Run();
  NameSurfaces(keyframes, found);
  for (size_t i = 0; i < found.size(); ++i) found[i].surface.id = static_cast<int>(i);
  return found;
}

}  // namespace nightjar
