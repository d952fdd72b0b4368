// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/sensed_depth.h"

#include <algorithm>
#include <cmath>

#include "isp/depth/local_plane.h"

namespace nightjar {
namespace {

constexpr double kSmallestCosine = 0.1;

}  // namespace

SensedDepth::SensedDepth(const RigCamera& sensor, const DepthNoise& noise, const RigCamera& camera,
                         int index, const PinholeView& view)
    : width_(sensor.width),
      height_(sensor.height),
      index_(index),
      noise_(noise),
      T_body_camera_(camera.T_body_camera),
      T_body_sensor_(sensor.T_body_camera),
      view_(view),
      sensor_model_(sensor.model) {
  rays_.reserve(static_cast<size_t>(width_) * static_cast<size_t>(height_));
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const auto bearing = sensor.model->Unproject(Eigen::Vector2d(x, y));
      const bool ahead = bearing && bearing->z() > 0.01;
      rays_.emplace_back(ahead ? Eigen::Vector3d(*bearing / bearing->z())
                               : Eigen::Vector3d(Eigen::Vector3d::Zero()));
    }
  }
}

Eigen::Vector3d SensedDepth::Point(const Image<uint16_t>& depth_mm, int x, int y) const {
  return 1e-3 * depth_mm(x, y) * rays_[static_cast<size_t>(y) * width_ + x];
}

SurfacePoint SensedDepth::Seen(const Image<uint16_t>& depth_mm, int x, int y) const {
  const Eigen::Vector3d here = Point(depth_mm, x, y);
  const double most_apart = MostApart(here.z(), noise_.Sigma(here.z(), 1));
  const Eigen::Vector3d normal =
      NormalAround(x, y, here, most_apart, [&](int u, int v) -> Eigen::Vector3d {
        if (u < 0 || v < 0 || u >= width_ || v >= height_) return Eigen::Vector3d::Zero();
        return Point(depth_mm, u, v);
      });
  const double length = normal.norm() * here.norm();
  const double cosine =
      length > 0 ? std::max(kSmallestCosine, std::abs(normal.dot(here)) / length) : 1;
  return {here, normal, noise_.Sigma(here.z(), cosine)};
}

bool SensedDepth::IsAtOutline(const Image<uint16_t>& depth_mm, int x, int y) const {
  const double z = 1e-3 * depth_mm(x, y);
  const double apart = MostApart(z, noise_.Sigma(z, 1));
  const int reach = static_cast<int>(std::ceil(2 * noise_.lateral_px));
  for (int v = std::max(0, y - reach); v <= std::min(height_ - 1, y + reach); ++v) {
    for (int u = std::max(0, x - reach); u <= std::min(width_ - 1, x + reach); ++u) {
      if (depth_mm(u, v) != 0 && std::abs(1e-3 * depth_mm(u, v) - z) > apart) return true;
    }
  }
  return false;
}

DepthMap SensedDepth::InView(const DepthFrame& frame, SensorTime time, const Se3& T_body_now_then,
                             const MoveSigma& wrong) const {
  DepthCollector collector(time, index_, view_);
  const Image<uint16_t>& depth_mm = frame.depth_mm;
  if (depth_mm.width() != width_ || depth_mm.height() != height_) return collector.Take();
  const Se3 T_camera_sensor = T_body_camera_.Inverse() * T_body_now_then * T_body_sensor_;
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      if (depth_mm(x, y) == 0 || rays_[static_cast<size_t>(y) * width_ + x].z() == 0 ||
          IsAtOutline(depth_mm, x, y))
        continue;
      collector.Add(Moved(Seen(depth_mm, x, y), T_camera_sensor, wrong));
    }
  }
  return collector.Take();
}

std::optional<SensedDepth::Along> SensedDepth::LookAlong(const DepthFrame& frame,
                                                         const Eigen::Vector3d& bearing) const {
  const Image<uint16_t>& depth_mm = frame.depth_mm;
  if (depth_mm.width() != width_ || depth_mm.height() != height_ || !(bearing.z() > 0))
    return std::nullopt;
  const Se3 T_sensor_camera = T_body_sensor_.Inverse() * T_body_camera_;
  const Se3 T_camera_sensor = T_sensor_camera.Inverse();
  const Eigen::Vector3d ray = bearing / bearing.z();
  // Which pixel of the sensor sees the ray where it ends depends on where that is: a sensor in the
  // camera's place needs one look, one beside it some.
  constexpr int kLooks = 5;
  constexpr double kFirst_m = 2, kSettled = 0.01;
  double depth = kFirst_m;
  for (int look = 0; look < kLooks; ++look) {
    const auto pixel = sensor_model_->Project(T_sensor_camera * Eigen::Vector3d(depth * ray));
    if (!pixel) return std::nullopt;
    const long x = std::lround(pixel->x()), y = std::lround(pixel->y());
    if (x < 0 || y < 0 || x >= width_ || y >= height_) return std::nullopt;
    const int u = static_cast<int>(x), v = static_cast<int>(y);
    if (depth_mm(u, v) == 0 || IsAtOutline(depth_mm, u, v)) return std::nullopt;
    const double before = depth;
    // The pixel looks up to half a pixel past the ray: the surface's slant tells what lies on it.
    const SurfacePoint seen = Moved(Seen(depth_mm, u, v), T_camera_sensor, {});
    depth = MeetPlane(ray, seen.point, seen.normal).value_or(seen.point.z());
    if (!(depth > 0)) return std::nullopt;
    if (std::abs(depth - before) < kSettled * depth) return Along{depth, seen.sigma_m};
  }
  return std::nullopt;
}

}  // namespace nightjar
