// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/semidense.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr double kAgreement = 3;  // sigma
constexpr int kForget = 20;       // keyframes without a sight until a point is no longer looked for
constexpr double kMostRelativeSigma = 0.15;
constexpr double kFarthest_m = 10;
// What a pixel of a slanted surface is off by its own size; measured on simulated rooms.
constexpr double kLeastSigma_m = 0.003;

struct Sample {
  double depth = 0;
  double sigma = 0;
};

// Depth at a pixel, where all around it is of one surface: the median of 5 x 5, unless a tenth of
// them is not known or further from it than 3 sigma and a fiftieth of the depth.
std::optional<Sample> SmoothDepth(const DepthMap& map, int x, int y) {
  constexpr int kReach = 2;
  if (x < kReach || y < kReach || x >= map.view.width - kReach || y >= map.view.height - kReach)
    return std::nullopt;
  std::array<float, 25> depths;
  size_t count = 0;
  for (int v = y - kReach; v <= y + kReach; ++v) {
    for (int u = x - kReach; u <= x + kReach; ++u) {
      const float depth = map.depth_m(u, v);
      if (depth > 0 && depth < static_cast<float>(kFarthest_m)) depths[count++] = depth;
    }
  }
  if (count < 23) return std::nullopt;
  std::nth_element(depths.begin(), depths.begin() + count / 2, depths.begin() + count);
  const double median = depths[count / 2];
  const double sigma = map.sigma_m(x, y);
  if (!(sigma > 0 && sigma < kMostRelativeSigma * median)) return std::nullopt;
  const double limit = 3 * sigma + 0.02 * median;
  size_t away = 0;
  for (size_t i = 0; i < count; ++i) away += std::abs(depths[i] - median) > limit ? 1 : 0;
  if (away > 1) return std::nullopt;
  const double centre = map.depth_m(x, y);
  if (!(std::abs(centre - median) <= limit)) return std::nullopt;
  return Sample{centre, sigma};
}

}  // namespace

std::vector<GradientPixel> GradientPixels(const Image<uint8_t>& picture,
                                          const SemidenseOptions& options) {
  std::vector<GradientPixel> pixels;
  const int width = picture.width(), height = picture.height();
  const double least = 4 * options.least_gradient * options.least_gradient;
  for (int top = 1; top + 1 < height; top += options.cell_px) {
    for (int left = 1; left + 1 < width; left += options.cell_px) {
      double best = least;
      std::optional<GradientPixel> found;
      for (int y = top; y < std::min(top + options.cell_px, height - 1); ++y) {
        for (int x = left; x < std::min(left + options.cell_px, width - 1); ++x) {
          const int dx = picture(x + 1, y) - picture(x - 1, y);
          const int dy = picture(x, y + 1) - picture(x, y - 1);
          const double square = dx * dx + dy * dy;
          if (square < best) continue;
          best = square + 1e-9;
          found = GradientPixel{static_cast<uint16_t>(x), static_cast<uint16_t>(y)};
        }
      }
      if (found) pixels.push_back(*found);
    }
  }
  return pixels;
}

void SemidenseFilter::Track(const DepthMap& map, const Se3& T_world_camera,
                            std::vector<bool>& taken) {
  const Se3 T_camera_world = T_world_camera.Inverse();
  const PinholeView& view = map.view;
  const int columns = view.width / options_.cell_px + 1;
  for (Point& point : active_) {
    const Vector3d place = point.origin_world + point.ray_world / point.inverse_distance;
    const Vector3d here = T_camera_world * place;
    if (here.z() < 0.1) continue;
    const double u = view.focal * here.x() / here.z() + view.cx;
    const double v = view.focal * here.y() / here.z() + view.cy;
    if (!(u >= 0 && v >= 0 && u < view.width - 1 && v < view.height - 1)) continue;
    const int x = static_cast<int>(u + 0.5), y = static_cast<int>(v + 0.5);
    const auto seen = SmoothDepth(map, x, y);
    if (!seen) continue;
    point.last = number_;
    // To first order: what is measured along this axis, along the point's own ray.
    const Vector3d ray_here = T_camera_world.rotation * point.ray_world;
    const double along = ray_here.z();
    const double distance = 1 / point.inverse_distance;
    // The surface's slant is not known: only rays at less than 60 degrees to this axis.
    if (along < 0.5) continue;
    const double sigma_inverse =
        point.inverse_distance * point.inverse_distance * seen->sigma / along;
    const double inverse = 1 / (distance + (seen->depth - here.z()) / along);
    const double expected = 1 / std::sqrt(point.information / point.views);
    const double difference = inverse - point.inverse_distance;
    if (!(std::abs(difference) <=
          kAgreement * std::sqrt(sigma_inverse * sigma_inverse + expected * expected))) {
      if (seen->depth > here.z()) ++point.contradictions;  // seen through; else it may be hidden
      continue;
    }
    taken[static_cast<size_t>(y / options_.cell_px) * static_cast<size_t>(columns) +
          static_cast<size_t>(x / options_.cell_px)] = true;
    const double weight = 1 / (sigma_inverse * sigma_inverse);
    point.information += weight;
    point.inverse_distance += weight / point.information * difference;
    ++point.views;
  }
}

// What was not seen for long is finished. Confirmed now is no less than confirmed at the end asks.
void SemidenseFilter::Forget() {
  const auto gone =
      std::stable_partition(active_.begin(), active_.end(),
                            [this](const Point& point) { return number_ - point.last <= kForget; });
  for (auto point = gone; point != active_.end(); ++point)
    if (IsConfirmed(*point)) finished_.push_back(*point);
  active_.erase(gone, active_.end());
  // A point that so many finished ones go before is not in the result, whatever comes.
  if (static_cast<int64_t>(finished_.size()) > 2 * options_.most_points) KeepMost(finished_);
}

bool SemidenseFilter::IsConfirmed(const Point& point) const {
  return point.views >= std::min(options_.least_views, std::max(1, number_)) &&
         point.contradictions < point.views;
}

// Those seen most often, of equals the first; by rising number.
void SemidenseFilter::KeepMost(std::vector<Point>& points) const {
  const auto by_number = [](const Point& a, const Point& b) { return a.number < b.number; };
  if (static_cast<int64_t>(points.size()) > options_.most_points) {
    std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
      return std::pair(-a.views, a.number) < std::pair(-b.views, b.number);
    });
    points.resize(static_cast<size_t>(options_.most_points));
  }
  std::sort(points.begin(), points.end(), by_number);
}

void SemidenseFilter::AddKeyframe(const DepthMap& map, const Se3& T_world_camera,
                                  const std::vector<GradientPixel>& pixels) {
  ++number_;
  Forget();
  const int columns = map.view.width / options_.cell_px + 1;
  const int rows = map.view.height / options_.cell_px + 1;
  std::vector<bool> taken(static_cast<size_t>(columns) * static_cast<size_t>(rows));
  Track(map, T_world_camera, taken);
  for (const GradientPixel& pixel : pixels) {
    if (pixel.x >= map.view.width || pixel.y >= map.view.height) continue;
    if (taken[static_cast<size_t>(pixel.y / options_.cell_px) * static_cast<size_t>(columns) +
              static_cast<size_t>(pixel.x / options_.cell_px)])
      continue;
    const auto seen = SmoothDepth(map, pixel.x, pixel.y);
    if (!seen) continue;
    const Vector3d ray((pixel.x - map.view.cx) / map.view.focal,
                       (pixel.y - map.view.cy) / map.view.focal, 1);
    const double length = ray.norm();
    Point point;
    point.origin_world = T_world_camera.translation;
    point.ray_world = T_world_camera.rotation * (ray / length);
    point.inverse_distance = 1 / (seen->depth * length);
    const double sigma = seen->sigma / (seen->depth * seen->depth * length);
    point.information = 1 / (sigma * sigma);
    point.views = 1;
    point.last = number_;
    point.number = points_++;
    active_.push_back(point);
  }
}

std::vector<Landmark> SemidenseFilter::Finish(int map, std::vector<Vector3d>* origins_world) const {
  std::vector<Point> kept;
  for (const auto* points : {&finished_, &active_}) {
    std::copy_if(points->begin(), points->end(), std::back_inserter(kept),
                 [this](const Point& point) { return IsConfirmed(point); });
  }
  KeepMost(kept);
  std::vector<Landmark> landmarks;
  for (const Point& point : kept) {
    Landmark landmark;
    landmark.track = kFirstSemidenseTrack + static_cast<uint64_t>(point.number);
    const double distance = 1 / point.inverse_distance;
    landmark.position_world = point.origin_world + distance * point.ray_world;
    const double share = options_.correlation + (1 - options_.correlation) / point.views;
    const double filtered = std::sqrt(share * point.views / point.information);
    landmark.distance_sigma = std::hypot(distance * distance * filtered, kLeastSigma_m);
    landmark.inverse_distance_sigma = landmark.distance_sigma / (distance * distance);
    landmark.observations = point.views;
    landmark.map = map;
    landmarks.push_back(landmark);
    if (origins_world != nullptr) origins_world->push_back(point.origin_world);
  }
  return landmarks;
}

}  // namespace nightjar
