// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/sensed_depth.h"

#include <algorithm>
#include <cmath>

#include "isp/depth/depth_warp.h"

namespace nightjar {
namespace {

// Over how many pixels a surface's slant is measured: depths of neighbours are too noisy for it.
constexpr int kSlantReach = 4;
constexpr double kSmallestCosine = 0.1;
// How different depths are that belong to two surfaces.
constexpr double kSigmasApart = 6, kShareApart = 0.1;

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

double SensedDepth::Cosine(const Image<uint16_t>& depth_mm, int x, int y) const {
  const Eigen::Vector3d here = Point(depth_mm, x, y);
  // From here to the far end of an arm, to either side; zero where nothing is known there.
  const auto arm = [&](int dx, int dy) -> Eigen::Vector3d {
    for (const int side : {1, -1}) {
      const int u = x + side * dx, v = y + side * dy;
      if (u < 0 || v < 0 || u >= width_ || v >= height_ || depth_mm(u, v) == 0) continue;
      return side * (Point(depth_mm, u, v) - here);
    }
    return Eigen::Vector3d::Zero();
  };
  const Eigen::Vector3d normal = arm(kSlantReach, 0).cross(arm(0, kSlantReach));
  const double length = normal.norm() * here.norm();
  if (!(length > 0)) return 1;
  return std::max(kSmallestCosine, std::abs(normal.dot(here)) / length);
}

bool SensedDepth::IsAtOutline(const Image<uint16_t>& depth_mm, int x, int y) const {
  const double z = 1e-3 * depth_mm(x, y);
  const double apart = std::max(kSigmasApart * noise_.Sigma(z, 1), kShareApart * z);
  const int reach = static_cast<int>(std::ceil(2 * noise_.lateral_px));
  for (int v = std::max(0, y - reach); v <= std::min(height_ - 1, y + reach); ++v) {
    for (int u = std::max(0, x - reach); u <= std::min(width_ - 1, x + reach); ++u) {
      if (depth_mm(u, v) != 0 && std::abs(1e-3 * depth_mm(u, v) - z) > apart) return true;
    }
  }
  return false;
}

DepthMap SensedDepth::InView(const DepthFrame& frame, SensorTime time,
                             const Se3& T_body_now_then) const {
  DepthCollector collector(time, index_, view_);
  const Image<uint16_t>& depth_mm = frame.depth_mm;
  if (depth_mm.width() != width_ || depth_mm.height() != height_) return collector.Take();
  const Se3 T_camera_sensor = T_body_camera_.Inverse() * T_body_now_then * T_body_sensor_;
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      if (depth_mm(x, y) == 0 || rays_[static_cast<size_t>(y) * width_ + x].z() == 0 ||
          IsAtOutline(depth_mm, x, y))
        continue;
      const double sigma = noise_.Sigma(1e-3 * depth_mm(x, y), Cosine(depth_mm, x, y));
      collector.Add(T_camera_sensor * Point(depth_mm, x, y), static_cast<float>(sigma));
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
    depth = (T_sensor_camera.Inverse() * Point(depth_mm, u, v)).z();
    if (!(depth > 0)) return std::nullopt;
    if (std::abs(depth - before) < kSettled * depth)
      return Along{depth, noise_.Sigma(1e-3 * depth_mm(u, v), Cosine(depth_mm, u, v))};
  }
  return std::nullopt;
}

}  // namespace nightjar
