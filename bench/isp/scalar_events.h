// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace nightjar {

/// What a user would write first: events of 16 bytes with times of 64 bits, a scalar pass for each
/// step, tests for the border, libm's exponential. The yardstick of event_benchmark.cpp.
struct PlainEvent {
  int64_t t_us;
  int16_t x, y;
  int8_t on;
};
static_assert(sizeof(PlainEvent) == 16);

class PlainSensor {
 public:
  PlainSensor(int width, int height)
      : width_(width), height_(height), last_(static_cast<size_t>(width * height), INT64_MIN / 2) {}

  void Refractory(const std::vector<PlainEvent>& in, int64_t period_us,
                  std::vector<PlainEvent>& out) {
    out.clear();
    for (const PlainEvent& e : in) {
      int64_t& last = last_[Index(e.x, e.y)];
      if (e.t_us - last < period_us) continue;
      last = e.t_us;
      out.push_back(e);
    }
  }

  /// Each event leaves its time with its neighbours.
  void Background(const std::vector<PlainEvent>& in, int64_t window_us,
                  std::vector<PlainEvent>& out) {
    out.clear();
    for (const PlainEvent& e : in) {
      if (e.t_us - last_[Index(e.x, e.y)] <= window_us) out.push_back(e);
      ForNeighbours(e, [&](int64_t& last) { last = e.t_us; });
    }
  }

  void Correlation(const std::vector<PlainEvent>& in, int64_t window_us, int neighbours,
                   std::vector<PlainEvent>& out) {
    out.clear();
    for (const PlainEvent& e : in) {
      int recent = 0;
      ForNeighbours(e, [&](int64_t& last) { recent += e.t_us - last <= window_us ? 1 : 0; });
      last_[Index(e.x, e.y)] = e.t_us;
      if (recent >= neighbours) out.push_back(e);
    }
  }

  void Histogram(const std::vector<PlainEvent>& in, std::vector<uint16_t>& counts) const {
    for (const PlainEvent& e : in) ++counts[2 * Index(e.x, e.y) + static_cast<size_t>(e.on)];
  }

  void Voxels(const std::vector<PlainEvent>& in, int64_t begin_us, int64_t length_us, int bins,
              std::vector<float>& grid) const {
    const size_t plane = last_.size();
    for (const PlainEvent& e : in) {
      const float s = static_cast<float>(bins - 1) * static_cast<float>(e.t_us - begin_us) /
                      static_cast<float>(length_us);
      const int b = static_cast<int>(s);
      const float share = s - static_cast<float>(b), sign = e.on ? 1.0F : -1.0F;
      grid[static_cast<size_t>(b) * plane + Index(e.x, e.y)] += sign * (1 - share);
      if (b + 1 < bins) grid[static_cast<size_t>(b + 1) * plane + Index(e.x, e.y)] += sign * share;
    }
  }

  void Latest(const std::vector<PlainEvent>& in) {
    for (const PlainEvent& e : in) last_[Index(e.x, e.y)] = e.t_us;
  }

  void ExponentialSurface(int64_t now_us, float decay_us, std::vector<float>& surface) const {
    for (size_t i = 0; i < last_.size(); ++i)
      surface[i] = std::exp(-static_cast<float>(now_us - last_[i]) / decay_us);
  }

  void Complementary(const std::vector<PlainEvent>& in, float per_us, std::vector<float>& log) {
    for (const PlainEvent& e : in) {
      int64_t& last = last_[Index(e.x, e.y)];
      float& value = log[Index(e.x, e.y)];
      value =
          value * std::exp(-static_cast<float>(e.t_us - last) * per_us) + (e.on ? 0.25F : -0.25F);
      last = e.t_us;
    }
  }

  /// Turns rays by the rotation vector times the time from the reference, to first order, and
  /// shares them out over four pixels.
  void Warp(const std::vector<PlainEvent>& in, const std::vector<float>& rays, int64_t reference_us,
            const float w[3], float focal, float cx, float cy, std::vector<float>& image) const {
    for (const PlainEvent& e : in) {
      const float dt = 1e-6F * static_cast<float>(e.t_us - reference_us);
      const float x = rays[2 * Index(e.x, e.y)], y = rays[2 * Index(e.x, e.y) + 1];
      const float a = w[0] * dt, b = w[1] * dt, c = w[2] * dt;
      const float rx = x + b - c * y, ry = y + c * x - a, rz = 1 + a * y - b * x;
      const float u = focal * rx / rz + cx, v = focal * ry / rz + cy;
      if (!(u >= 0 && v >= 0 && u < static_cast<float>(width_ - 1) &&
            v < static_cast<float>(height_ - 1)))
        continue;
      const int left = static_cast<int>(u), top = static_cast<int>(v);
      const float p = u - static_cast<float>(left), q = v - static_cast<float>(top);
      float* pixel = &image[Index(left, top)];
      pixel[0] += (1 - p) * (1 - q);
      pixel[1] += p * (1 - q);
      pixel[width_] += (1 - p) * q;
      pixel[width_ + 1] += p * q;
    }
  }

 private:
  size_t Index(int x, int y) const { return static_cast<size_t>(y * width_ + x); }

  template <typename Visit>
  void ForNeighbours(const PlainEvent& e, Visit visit) {
    if (e.x > 0 && e.y > 0 && e.x + 1 < width_ && e.y + 1 < height_) {
      int64_t* here = &last_[Index(e.x, e.y)];
      for (int64_t* row : {here - width_, here + width_}) {
        for (int u = -1; u <= 1; ++u) visit(row[u]);
      }
      visit(here[-1]);
      visit(here[1]);
      return;
    }
    for (int v = -1; v <= 1; ++v) {
      for (int u = -1; u <= 1; ++u) {
        if (u == 0 && v == 0) continue;
        const int x = e.x + u, y = e.y + v;
        if (x < 0 || y < 0 || x >= width_ || y >= height_) continue;
        visit(last_[Index(x, y)]);
      }
    }
  }

  int width_, height_;
  std::vector<int64_t> last_;
};

}  // namespace nightjar
