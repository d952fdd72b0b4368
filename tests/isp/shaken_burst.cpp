// SPDX-License-Identifier: Apache-2.0
#include "tests/isp/shaken_burst.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/random.h"

namespace nightjar {
namespace {

constexpr int kTaps = 8;
constexpr int kPhases = 4096;
using Kernel = std::array<float, kTaps>;

std::vector<Kernel> LanczosKernels() {
  std::vector<Kernel> kernels(kPhases);
  for (int phase = 0; phase < kPhases; ++phase) {
    std::array<double, kTaps> taps;
    double sum = 0;
    for (int i = 0; i < kTaps; ++i) {
      constexpr int kHalf = kTaps / 2;
      const double t = std::numbers::pi * (i - (kHalf - 1) - static_cast<double>(phase) / kPhases);
      taps[static_cast<size_t>(i)] =
          t == 0 ? 1 : std::sin(t) * std::sin(t / kHalf) / (t * t / kHalf);
      sum += taps[static_cast<size_t>(i)];
    }
    for (size_t i = 0; i < kTaps; ++i)
      kernels[static_cast<size_t>(phase)][i] = static_cast<float>(taps[i] / sum);
  }
  return kernels;
}

/// `i` mirrored into 0 .. size - 1.
int Mirrored(int i, int size) {
  const int period = 2 * size - 2;
  i = std::abs(i) % period;
  return std::min(i, period - i);
}

struct Taps {
  std::array<int, kTaps> at;
  const Kernel* weights;
};

Taps TapsAround(double place, int size) {
  static const std::vector<Kernel> kernels = LanczosKernels();
  const auto steps = static_cast<int64_t>(std::floor(place * kPhases + 0.5));
  const auto first = static_cast<int>(steps >> 12) - (kTaps / 2 - 1);
  static_assert(kPhases == 1 << 12);
  Taps taps;
  for (int i = 0; i < kTaps; ++i) taps.at[static_cast<size_t>(i)] = Mirrored(first + i, size);
  taps.weights = &kernels[static_cast<size_t>(steps & (kPhases - 1))];
  return taps;
}

float Sample(const Image<float>& scene, double x, double y) {
  const Taps columns = TapsAround(x, scene.width()), rows = TapsAround(y, scene.height());
  float sum = 0;
  for (size_t j = 0; j < kTaps; ++j) {
    float row = 0;
    for (size_t i = 0; i < kTaps; ++i)
      row += (*columns.weights)[i] * scene(columns.at[i], rows.at[j]);
    sum += (*rows.weights)[j] * row;
  }
  return std::clamp(sum, 0.F, 1.F);
}

struct Pose {
  double turn_rad = 0, x_px = 0, y_px = 0;
};

std::vector<Pose> Hand(uint64_t seed) {
  RandomStream random(seed, 1);
  std::vector<Pose> poses(1);
  while (poses.size() < kBurstFrames) {
    Pose pose = poses.back();
    const double turn_deg = 0.25 * random.Normal();
    pose.turn_rad +=
        std::copysign(0.125 + std::abs(turn_deg) / 2, turn_deg) * std::numbers::pi / 180;
    pose.x_px += 2.4 * random.Normal();
    pose.y_px += 2.4 * random.Normal();
    poses.push_back(pose);
  }
  return poses;
}

Image<float> View(const Image<float>& scene, int width, int height, const Pose& pose) {
  Image<float> view(width, height);
  const double cosine = std::cos(pose.turn_rad), sine = std::sin(pose.turn_rad);
  const int middle_x = scene.width() / 2, middle_y = scene.height() / 2;
  view.for_each_element([&](int x, int y) {
    const int u = x - width / 2, v = y - height / 2;
    view(x, y) = Sample(scene, middle_x + cosine * u - sine * v + pose.x_px,
                        middle_y + sine * u + cosine * v + pose.y_px);
  });
  return view;
}

/// Where an ellipse stands and how large it is: shares of the width and of the height.
struct Ellipse {
  double x = 0.5, y = 0.5, a = 0.15, b = 0.16;
};

/// Share of a pixel that an ellipse covers, at a place from its middle.
float Coverage(const Ellipse& ellipse, double from_x, double from_y, int width, int height) {
  const double a = ellipse.a * width, b = ellipse.b * height;
  const double radius = std::hypot(from_x / a, from_y / b);
  return static_cast<float>(std::clamp(0.5 + (1 - radius) * std::min(a, b), 0.0, 1.0));
}

/// Lays the object over frame `k`; what it covers by more than half is marked in `mask`.
void Lay(const MovingObject& object, const Ellipse& ellipse, int k, Image<float>& view,
         Image<uint8_t>& mask) {
  const double along = k * object.speed_px;
  const double start_x = ellipse.x * view.width();
  const double start_y = ellipse.y * view.height();
  const double middle_x = start_x + 0.93 * along, middle_y = start_y + 0.37 * along;  // 22 degrees
  view.for_each_element([&](int x, int y) {
    const double u = x - middle_x, v = y - middle_y;
    const float share = Coverage(ellipse, u, v, view.width(), view.height());
    if (share == 0) return;
    const float own =
        Sample(object.texture, u + object.texture.width() / 2, v + object.texture.height() / 2);
    view(x, y) += share * (own - view(x, y));
    if (share > 0.5F) mask(x, y) = 1;
  });
}

}  // namespace

ShakenBurst Shake(const Image<float>& scene, int width, int height, uint64_t seed,
                  const MovingObject* object) {
  ShakenBurst burst;
  for (const Pose& pose : Hand(seed)) {
    const auto k = static_cast<int>(burst.views.size());
    burst.views.push_back(View(scene, width, height, pose));
    if (object == nullptr) continue;
    Image<uint8_t> mask = FilledImage<uint8_t>(width, height, 0);
    Lay(*object, {}, k, burst.views.back(), mask);
    if (k == 0) burst.object = mask;
  }
  return burst;
}

ShakenBurst ShakeInDepth(const Image<float>& wall, const Image<float>& middle,
                         const Image<float>& near, int width, int height, uint64_t seed) {
  ShakenBurst burst;
  for (const Pose& pose : Hand(seed)) {
    const auto k = static_cast<int>(burst.views.size());
    Image<float> view = View(wall, width, height, pose);
    Image<uint8_t> mask = FilledImage<uint8_t>(width, height, 0);
    // The hand shakes them as it does the wall.
    const auto shaken = [&](Ellipse ellipse) {
      ellipse.x -= pose.x_px / width;
      ellipse.y -= pose.y_px / height;
      return ellipse;
    };
    Lay({middle, 1.5}, shaken({0.3, 0.55, 0.2, 0.3}), k, view, mask);
    Lay({near, 4.5}, shaken({0.65, 0.5, 0.14, 0.32}), k, view, mask);
    burst.views.push_back(view);
    burst.near_things.push_back(mask);
  }
  return burst;
}

}  // namespace nightjar
