// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_warp.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

constexpr float kSigmasApart = 3;  // of what is taken for another surface

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

void Keep(DepthMap& map, int x, int y, float depth, float sigma) {
  if (x < 0 || y < 0 || x >= map.view.width || y >= map.view.height || depth >= map.depth_m(x, y))
    return;
  map.depth_m(x, y) = depth;
  map.sigma_m(x, y) = sigma;
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

DepthCollector::DepthCollector(SensorTime time, int camera, const PinholeView& view)
    : on_(UnknownDepthMap(time, camera, view)), beside_(UnknownDepthMap(time, camera, view)) {}

void DepthCollector::Add(const Eigen::Vector3d& point, float sigma_m) {
  constexpr double kNearest = 1e-2;  // m
  if (!(point.z() > kNearest)) return;
  const PinholeView& view = on_.view;
  const double u = view.focal * point.x() / point.z() + view.cx;
  const double v = view.focal * point.y() / point.z() + view.cy;
  if (!(u > -1 && v > -1 && u < view.width && v < view.height)) return;
  const int x = static_cast<int>(std::floor(u)), y = static_cast<int>(std::floor(v));
  const int on_x = x + (u - x >= 0.5 ? 1 : 0), on_y = y + (v - y >= 0.5 ? 1 : 0);
  const auto depth = static_cast<float>(point.z());
  for (int k = 0; k < 4; ++k) {
    const int to_x = x + k % 2, to_y = y + k / 2;
    Keep(to_x == on_x && to_y == on_y ? on_ : beside_, to_x, to_y, depth, sigma_m);
  }
}

DepthMap DepthCollector::Take() const {
  DepthMap taken = UnknownDepthMap(on_.time, on_.camera, on_.view);
  taken.depth_m.for_each_element([&](int x, int y) {
    const float sigma = std::max(beside_.sigma_m(x, y), on_.sigma_m(x, y));
    const bool covered = std::isfinite(beside_.depth_m(x, y)) &&
                         (!std::isfinite(on_.depth_m(x, y)) ||
                          beside_.depth_m(x, y) + kSigmasApart * sigma < on_.depth_m(x, y));
    const DepthMap& nearest = covered ? beside_ : on_;
    taken.depth_m(x, y) = nearest.depth_m(x, y);
    taken.sigma_m(x, y) = nearest.sigma_m(x, y);
  });
  return taken;
}

DepthMap MoveDepth(const DepthMap& source, const Se3& T_target_source, const PinholeView& target,
                   const MoveSigma& sigma) {
  DepthCollector collector(source.time, source.camera, target);
  const Eigen::Matrix3d R = T_target_source.RotationMatrix();
  const PinholeView& from = source.view;
  for (int y = 0; y < from.height; ++y) {
    for (int x = 0; x < from.width; ++x) {
      const double z = source.depth_m(x, y);
      if (!std::isfinite(z)) continue;
      const Eigen::Vector3d point_source(z * (x - from.cx) / from.focal,
                                         z * (y - from.cy) / from.focal, z);
      const Eigen::Vector3d point = R * point_source + T_target_source.translation;
      // A turn moves a point at right angles to its ray: in z by what is beside the axis.
      const double beside = point.head<2>().norm() * sigma.turn_rad;
      const double own = source.sigma_m(x, y);
      collector.Add(point, static_cast<float>(std::sqrt(
                               own * own + sigma.position_m * sigma.position_m + beside * beside)));
    }
  }
  return collector.Take();
}

}  // namespace nightjar
