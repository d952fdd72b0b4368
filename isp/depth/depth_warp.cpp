// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_warp.h"

#include <algorithm>
#include <cmath>

#include "isp/depth/local_plane.h"

namespace nightjar {
namespace {

constexpr float kSigmasApart = 3;  // of what is taken for another surface
constexpr float kCovered = 0.75F;  // px, by a point

bool IsKnownAt(const DepthMap& map, int x, int y) {
  return x >= 0 && y >= 0 && x < map.view.width && y < map.view.height &&
         std::isfinite(map.depth_m(x, y));
}

/// Depth and sigma of a source at a place between its pixels.
struct Found {
  float depth = kUnknownDepth, sigma = kUnknownDepth;
};

Found Between(const DepthMap& map, double px, double py) {
  const int x = static_cast<int>(std::floor(px)), y = static_cast<int>(std::floor(py));
  const auto across = static_cast<float>(px - x), down = static_cast<float>(py - y);
  bool all = true;
  float least = kUnknownDepth, most = 0, sigma = 0;
  for (int k = 0; k < 4; ++k) {
    const int u = x + k % 2, v = y + k / 2;
    if (!IsKnownAt(map, u, v)) {
      all = false;
      continue;
    }
    least = std::min(least, map.depth_m(u, v));
    most = std::max(most, map.depth_m(u, v));
    sigma = std::max(sigma, map.sigma_m(u, v));
  }
  if (all && most - least <= kSigmasApart * sigma) {
    const auto mixed = [&](const Image<float>& image) {
      const float top = image(x, y) + across * (image(x + 1, y) - image(x, y));
      const float bottom = image(x, y + 1) + across * (image(x + 1, y + 1) - image(x, y + 1));
      return top + down * (bottom - top);
    };
    return {mixed(map.depth_m), mixed(map.sigma_m)};
  }
  const int u = x + (across >= 0.5F ? 1 : 0), v = y + (down >= 0.5F ? 1 : 0);
  if (!IsKnownAt(map, u, v)) return {};
  return {map.depth_m(u, v), map.sigma_m(u, v)};
}

}  // namespace

DepthMap TurnDepth(const DepthMap& source, const Eigen::Matrix3d& R_source_target,
                   const PinholeView& target) {
  DepthMap turned = UnknownDepthMap(source.time, source.camera, target);
  for (int y = 0; y < target.height; ++y) {
    for (int x = 0; x < target.width; ++x) {
      const Eigen::Vector3d along =
          R_source_target *
          Eigen::Vector3d((x - target.cx) / target.focal, (y - target.cy) / target.focal, 1);
      if (along.z() < 1e-3) continue;
      const PinholeView& from = source.view;
      const double u = from.focal * along.x() / along.z() + from.cx;
      const double v = from.focal * along.y() / along.z() + from.cy;
      if (!(u > -1 && v > -1 && u < from.width && v < from.height)) continue;
      const Found found = Between(source, u, v);
      // The target's z of a point is that of its ray's length, which the source's z gives.
      const auto scale = static_cast<float>(1 / along.z());
      turned.depth_m(x, y) = found.depth * scale;
      turned.sigma_m(x, y) = found.sigma * scale;
    }
  }
  return turned;
}

SurfacePoint Moved(const SurfacePoint& source, const Se3& T_target_source, const MoveSigma& wrong) {
  const Eigen::Matrix3d R = T_target_source.RotationMatrix();
  SurfacePoint moved{R * source.point + T_target_source.translation, R * source.normal, 0};
  const double own = source.sigma_m * std::abs(R.row(2).dot(source.point)) / source.point.z();
  // By how much a shift of the surface, and a turn about the view, change z along the pixel's ray;
  // of a surface that nobody knows as if it were parallel to the picture.
  const Eigen::Vector3d ray = moved.point / moved.point.z();
  const bool known = MeetPlane(ray, moved.point, moved.normal).has_value();
  const Eigen::Vector3d normal = known ? moved.normal : Eigen::Vector3d::UnitZ();
  const double across = std::abs(normal.dot(ray));
  const double shifted = wrong.position_m * normal.norm() / across;
  const double turned = wrong.turn_rad * moved.point.cross(normal).norm() / across;
  moved.sigma_m = std::sqrt(own * own + shifted * shifted + turned * turned);
  return moved;
}

DepthCollector::DepthCollector(SensorTime time, int camera, const PinholeView& view)
    : empty_(UnknownDepthMap(time, camera, view)) {}

void DepthCollector::Add(const SurfacePoint& point) {
  constexpr double kNearest = 1e-2;  // m
  const double z = point.point.z();
  if (!(z > kNearest)) return;
  const PinholeView& view = empty_.view;
  const double u = view.focal * point.point.x() / z + view.cx;
  const double v = view.focal * point.point.y() / z + view.cy;
  if (!(u > -1 && v > -1 && u < view.width && v < view.height)) return;
  seen_.push_back({static_cast<float>(u), static_cast<float>(v), static_cast<float>(z),
                   static_cast<float>(point.sigma_m), point.normal.cast<float>()});
}

DepthCollector::Sample DepthCollector::At(const Seen& seen, int x, int y) const {
  const PinholeView& view = empty_.view;
  const Eigen::Vector3d ray((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
  const Eigen::Vector3d point =
      double{seen.depth} *
      Eigen::Vector3d((seen.column - view.cx) / view.focal, (seen.row - view.cy) / view.focal, 1);
  const auto meets = MeetPlane(ray, point, seen.normal.cast<double>());
  if (meets && *meets > 0) return {static_cast<float>(*meets), seen.sigma};
  const float across = seen.column - static_cast<float>(x), down = seen.row - static_cast<float>(y);
  const float per_px = seen.depth / static_cast<float>(view.focal);
  return {seen.depth,
          std::sqrt(seen.sigma * seen.sigma + per_px * per_px * (across * across + down * down))};
}

template <typename Use>
void DepthCollector::ForEachCovered(const Use& use) const {
  for (const Seen& seen : seen_) {
    const int left = static_cast<int>(std::ceil(seen.column - kCovered));
    const int top = static_cast<int>(std::ceil(seen.row - kCovered));
    for (int y = std::max(0, top);
         y < empty_.view.height && static_cast<float>(y) <= seen.row + kCovered; ++y) {
      for (int x = std::max(0, left);
           x < empty_.view.width && static_cast<float>(x) <= seen.column + kCovered; ++x)
        use(seen, x, y);
    }
  }
}

DepthMap DepthCollector::Take() const {
  DepthMap nearest = empty_, taken = empty_;
  ForEachCovered([&](const Seen& seen, int x, int y) {
    const Sample sample = At(seen, x, y);
    if (sample.depth >= nearest.depth_m(x, y)) return;
    nearest.depth_m(x, y) = sample.depth;
    nearest.sigma_m(x, y) = sample.sigma;
  });
  Image<float> away = FilledImage<float>(empty_.view.width, empty_.view.height, INFINITY);  // px^2
  ForEachCovered([&](const Seen& seen, int x, int y) {
    const float across = seen.column - static_cast<float>(x);
    const float down = seen.row - static_cast<float>(y);
    const float distance = across * across + down * down;
    if (distance >= away(x, y)) return;
    const Sample sample = At(seen, x, y);
    const float sigma = nearest.sigma_m(x, y), behind = sample.depth - nearest.depth_m(x, y);
    if (behind * behind >
        kSigmasApart * kSigmasApart * (sigma * sigma + sample.sigma * sample.sigma))
      return;
    away(x, y) = distance;
    taken.depth_m(x, y) = sample.depth;
    taken.sigma_m(x, y) = sample.sigma;
  });
  return taken;
}

DepthMap MoveDepth(const DepthMap& source, const Se3& T_target_source, const PinholeView& target,
                   const MoveSigma& wrong) {
  DepthCollector collector(source.time, source.camera, target);
  const auto point = [&source](int x, int y) { return PointOf(source, x, y); };
  for (int y = 0; y < source.view.height; ++y) {
    for (int x = 0; x < source.view.width; ++x) {
      if (!IsKnownAt(source, x, y)) continue;
      const Eigen::Vector3d here = point(x, y);
      const double sigma = source.sigma_m(x, y);
      const SurfacePoint seen{here, NormalAround(x, y, here, MostApart(here.z(), sigma), point),
                              sigma};
      collector.Add(Moved(seen, T_target_source, wrong));
    }
  }
  return collector.Take();
}

}  // namespace nightjar
