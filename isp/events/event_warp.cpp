// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_warp.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "isp/frame_checks.h"

namespace nightjar {
namespace {

using Float2 = float __attribute__((vector_size(8)));
using Float4 = float __attribute__((vector_size(16)));
using Int4 = int32_t __attribute__((vector_size(16)));
constexpr size_t kLanes = 4;
constexpr size_t kAhead = 32;  // events whose rays are on their way from memory

constexpr int kLargestView = 16384;
constexpr float kNearest = 0.01F;  // of a turned ray's z: nearly 90 degrees off the axis

void AddTo(float* two, Float2 more) {
  Float2 sum;
  std::memcpy(&sum, two, sizeof sum);
  sum += more;
  std::memcpy(two, &sum, sizeof sum);
}

/// Shares events out, each to the four pixels around it; returns how many lie on the image's rim.
int Splat(Float4 u, Float4 v, float* counts, ptrdiff_t stride) {
  const Int4 left = __builtin_convertvector(u, Int4), top = __builtin_convertvector(v, Int4);
  const Float4 right_share = u - __builtin_convertvector(left, Float4);
  const Float4 below_share = v - __builtin_convertvector(top, Float4);
  const Float4 both = right_share * below_share;
  const Float4 right = right_share - both, below = below_share - both;
  const Float4 neither = 1.0F - right_share - below;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    float* pixel = counts + top[lane] * stride + left[lane];
    AddTo(pixel, Float2{neither[lane], right[lane]});
    AddTo(pixel + stride, Float2{below[lane], both[lane]});
  }
  const Int4 on_rim = (u <= 0.0F) | (v <= 0.0F);  // true is -1
  return -(on_rim[0] + on_rim[1] + on_rim[2] + on_rim[3]);
}

/// Those of some coordinates that are wanted and within [0, end), the others (and what is no
/// number) moved to 0.
Float4 Within(Int4 wanted, Float4 at, float end) {
  return (wanted & (at >= 0.0F) & (at < end)) ? at : Float4{};
}

}  // namespace

Result<EventWarp> EventWarp::Create(const CameraModel& model, int width, int height,
                                    const PinholeView& view) {
  if (width < 1 || height < 1 || width > 65536 || height > 32768)
    return Fail(ErrorKind::kUsage, "an event sensor must have 1 x 1 to 65536 x 32768 pixels");
  if (view.width < 1 || view.height < 1 || view.width > kLargestView ||
      view.height > kLargestView || !(view.focal > 0) || !std::isfinite(view.focal) ||
      !std::isfinite(view.cx) || !std::isfinite(view.cy))
    return Fail(ErrorKind::kUsage, "the view of an image of warped events is empty or too large");
  EventWarp warp(view, width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      Ray& ray =
          warp.rays_[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
      const auto bearing = model.Unproject({x, y});
      if (!bearing || bearing->z() < kNearest) continue;
      ray = {static_cast<float>(bearing->x() / bearing->z()),
             static_cast<float>(bearing->y() / bearing->z())};
    }
  }
  return warp;
}

EventWarp::EventWarp(const PinholeView& view, int width, int height)
    : view_(view),
      width_(width),
      height_(height),
      rays_(static_cast<size_t>(width) * static_cast<size_t>(height) + 1,
            {std::numeric_limits<float>::quiet_NaN(), 0}),
      stride_(view.width + 2),
      counts_(static_cast<size_t>(stride_) * static_cast<size_t>(view.height + 2)) {}

void EventWarp::Clear() { std::fill(counts_.begin(), counts_.end(), 0.0F); }

EventWarp::Projection EventWarp::ProjectionOf(const Se3& T_reference_camera) const {
  Eigen::Matrix3d K;
  K << view_.focal, 0, view_.cx + 1, 0, view_.focal, view_.cy + 1, 0, 0, 1;
  Eigen::Matrix<double, 3, 4> P;
  P << K * T_reference_camera.RotationMatrix(), K * T_reference_camera.translation;
  Projection projection;
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column)
      projection[row][column] =
          static_cast<float>(P(static_cast<int>(row), static_cast<int>(column)));
  }
  return projection;
}

// Segment `knot` ends at that knot: 0 is what lies before the first one, as many as there are
// knots what lies behind the last one.
EventWarp::Segment EventWarp::SegmentOf(const EventMotion& motion, size_t knot,
                                        SensorTime begin) const {
  const size_t first = knot == 0 ? 0 : knot - 1;
  const size_t last = std::min(knot, motion.knots.size() - 1);
  const auto micros = [](Duration duration) { return 1e6 * ToSeconds(duration); };
  const SensorTime from = motion.knots[first].time;
  Segment segment;
  segment.begin = ProjectionOf(motion.knots[first].T_reference_camera);
  segment.change = ProjectionOf(motion.knots[last].T_reference_camera);
  for (size_t row = 0; row < 3; ++row) {
    for (size_t i = 0; i < 4; ++i) segment.change[row][i] -= segment.begin[row][i];
  }
  const double begin_us = micros(from - begin);
  segment.begin_us = static_cast<int64_t>(std::floor(begin_us));
  segment.rest_us = static_cast<float>(begin_us - std::floor(begin_us));
  const double length_us = micros(motion.knots[last].time - from);
  segment.share_per_us = length_us > 0 ? static_cast<float>(1 / length_us) : 0.0F;
  return segment;
}

Result<int64_t> EventWarp::Add(const EventSpan& packet, const EventMotion& motion,
                               const Image<float>* inverse_depth) {
  if (motion.knots.empty()) return Fail(ErrorKind::kUsage, "a motion of events has no knots");
  if (inverse_depth != nullptr &&
      (inverse_depth->width() != width_ || inverse_depth->height() != height_ ||
       inverse_depth->dim(0).stride() != 1))
    return Fail(ErrorKind::kUsage, "the inverse depth of events is not of the sensor's size");
  const float* depth = inverse_depth == nullptr ? nullptr : inverse_depth->data();
  const ptrdiff_t depth_stride = inverse_depth == nullptr ? 0 : inverse_depth->dim(1).stride();
  int64_t lost = 0;
  size_t first = 0;
  for (size_t knot = 0; knot <= motion.knots.size() && first < packet.events.size(); ++knot) {
    // The events before the knot, by the microseconds that they count from the packet's begin.
    size_t last = packet.events.size();
    if (knot < motion.knots.size()) {
      const Duration end = motion.knots[knot].time - packet.begin;
      const auto rest = packet.events.subspan(first);
      last = first + static_cast<size_t>(std::partition_point(rest.begin(), rest.end(),
                                                              [end](const Event& event) {
                                                                return std::chrono::microseconds(
                                                                           event.time_us) < end;
                                                              }) -
                                         rest.begin());
    }
    if (last == first) continue;
    lost += AddSegment(SegmentOf(motion, knot, packet.begin),
                       packet.events.subspan(first, last - first), depth, depth_stride);
    first = last;
  }
  return lost;
}

int64_t EventWarp::AddSegment(const Segment& segment, std::span<const Event> events,
                              const float* inverse_depth, ptrdiff_t depth_stride) {
  int64_t lost = 0;
  const size_t none = rays_.size() - 1;
  for (size_t i = 0; i < events.size(); i += kLanes) {
    const size_t end = std::min(i + kAhead + kLanes, events.size());
    for (size_t ahead = i + kAhead; ahead < end; ++ahead) {
      const Event event = events[ahead];
      __builtin_prefetch(&rays_[std::min(event.y * static_cast<size_t>(width_) + event.x, none)]);
    }
    std::array<float, kLanes> x = {}, y = {}, rho = {}, after = {};
    for (size_t lane = 0; lane < kLanes; ++lane) {
      // Lanes behind the last event have no ray: they are lost, and taken off again.
      const Event event = events[std::min(i + lane, events.size() - 1)];
      const bool inside = i + lane < events.size() && event.x < width_ && event.y < height_;
      const Ray ray = rays_[inside ? event.y * static_cast<size_t>(width_) + event.x : none];
      x[lane] = ray.x;
      y[lane] = ray.y;
      if (inverse_depth != nullptr && inside)
        rho[lane] = inverse_depth[event.y * depth_stride + event.x];
      after[lane] = static_cast<float>(event.time_us - segment.begin_us);
    }
    const auto load = [](const std::array<float, kLanes>& from) {
      return Float4{from[0], from[1], from[2], from[3]};
    };
    const Float4 X = load(x), Y = load(y), R = load(rho);
    const Float4 share = (load(after) - segment.rest_us) * segment.share_per_us;
    const auto row = [&](size_t r) {
      const auto& b = segment.begin[r];
      const auto& c = segment.change[r];
      return (b[0] * X + b[1] * Y + (b[2] + b[3] * R)) +
             share * (c[0] * X + c[1] * Y + (c[2] + c[3] * R));
    };
    const Float4 z = row(2);
    const Int4 in_front = z >= kNearest;
    const Float4 u = Within(in_front, row(0) / z, static_cast<float>(view_.width + 1));
    const Float4 v = Within(in_front, row(1) / z, static_cast<float>(view_.height + 1));
    lost += Splat(u, v, counts_.data(), stride_);
  }
  return lost - static_cast<int64_t>((kLanes - events.size() % kLanes) % kLanes);
}

void EventWarp::Counts(Image<float>& counts) const {
  Fit(view_.width, view_.height, counts);
  for (int y = 0; y < view_.height; ++y) {
    const float* row = counts_.data() + static_cast<ptrdiff_t>(y + 1) * stride_ + 1;
    std::copy_n(row, view_.width, &counts(0, y));
  }
}

double Variance(const Image<float>& image) {
  const double size = static_cast<double>(image.width()) * image.height();
  double sum = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) sum += image(x, y);
  }
  const double mean = sum / size;
  double squares = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) squares += (image(x, y) - mean) * (image(x, y) - mean);
  }
  return squares / size;
}

}  // namespace nightjar
