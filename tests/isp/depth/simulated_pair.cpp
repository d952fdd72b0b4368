// SPDX-License-Identifier: Apache-2.0
#include "tests/isp/depth/simulated_pair.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace nightjar {
namespace {

// 0 .. 1, of a place of a grid.
double Hash(uint64_t seed, int64_t x, int64_t y) {
  uint64_t h = seed * 0x9E3779B97F4A7C15u + static_cast<uint64_t>(x) * 0xC2B2AE3D27D4EB4Fu +
               static_cast<uint64_t>(y) * 0x165667B19E3779F9u;
  h ^= h >> 29;
  h *= 0xBF58476D1CE4E5B9u;
  h ^= h >> 32;
  h *= 0x94D049BB133111EBu;
  h ^= h >> 31;
  return static_cast<double>(h >> 11) / 9007199254740992.0;
}

// Smooth noise of period 1, -1 .. 1.
double Noise(uint64_t seed, double x, double y) {
  const double column = std::floor(x), row = std::floor(y);
  const auto fade = [](double t) { return t * t * (3 - 2 * t); };
  const double u = fade(x - column), v = fade(y - row);
  const auto at = [&](int dx, int dy) {
    return Hash(seed, static_cast<int64_t>(column) + dx, static_cast<int64_t>(row) + dy);
  };
  const double above = at(0, 0) + u * (at(1, 0) - at(0, 0));
  const double below = at(0, 1) + u * (at(1, 1) - at(0, 1));
  return 2 * (above + v * (below - above)) - 1;
}

struct Texture {
  uint64_t seed = 0;
  double mean = 0.5, contrast = 0.2;
  double falloff = 0.6;  // of an octave to the one twice as coarse
  double patch_px = 0;   // 0: no patches

  double Of(double x, double y) const {
    double sum = 0, weight = 1, all = 0;
    for (int octave = 5; octave >= 0; --octave) {
      const double period = 1.6 * (1 << octave);
      sum += weight * Noise(seed + static_cast<uint64_t>(octave), x / period, y / period);
      all += weight;
      weight *= falloff;
    }
    double light = mean + contrast * 2 * sum / all;
    if (patch_px > 0) {
      const double where = Noise(seed + 77, x / patch_px, y / patch_px);
      light += contrast * (where > 0.15 ? 0.8 : where < -0.2 ? -0.6 : 0);
    }
    return std::clamp(light, 0.01, 1.0);
  }
};

// A surface, in columns and rows of the left picture.
struct Surface {
  enum Shape { kWall, kDisc, kBox } shape = kWall;
  double x = 0, y = 0, half_width = 0, half_height = 0;
  double disparity = 0, slope_x = 0, slope_y = 0, bulge = 0;
  Texture texture;

  bool Holds(double u, double v) const {
    const double a = (u - x) / half_width, b = (v - y) / half_height;
    if (shape == kWall) return true;
    return shape == kDisc ? a * a + b * b < 1 : std::max(std::abs(a), std::abs(b)) < 1;
  }
  double Disparity(double u, double v) const {
    const double a = (u - x) / half_width, b = (v - y) / half_height;
    return disparity + slope_x * (u - x) + slope_y * (v - y) +
           bulge * std::max(0.0, 1 - a * a - b * b);
  }
  // The column of the left picture that lies at u of the right one.
  double LeftOf(double u, double v) const {
    double left = u + disparity;
    for (int i = 0; i < 8; ++i) left = u + Disparity(left, v);
    return left;
  }
};

class Scene {
 public:
  explicit Scene(const SimulatedPairOptions& options) : random_(options.seed) {
    const double most = options.disparities;
    Surface wall = Any(options, 0.06 * most, 0.25 * most);
    wall.shape = Surface::kWall;
    wall.half_width = options.width;
    wall.half_height = options.height;
    wall.bulge = 0;
    wall.slope_x = Between(-0.02, 0.02);
    wall.slope_y = Between(-0.03, 0.03);
    wall.x = options.width / 2.0, wall.y = options.height / 2.0;
    surfaces_.push_back(wall);
    for (int i = 0; i < 12; ++i) surfaces_.push_back(Any(options, 0.2 * most, 0.8 * most));
  }
  // The surface that is seen in the left (right) picture.
  const Surface& InLeft(double u, double v) const {
    return Nearest([&](const Surface&) { return u; }, v);
  }
  const Surface& InRight(double u, double v) const {
    return Nearest([&](const Surface& surface) { return surface.LeftOf(u, v); }, v);
  }

 private:
  double Between(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11) / 9007199254740992.0;
  }
  Surface Any(const SimulatedPairOptions& options, double low, double high) {
    Surface surface;
    surface.shape = Between(0, 1) < 0.4 ? Surface::kDisc : Surface::kBox;
    surface.x = Between(0, options.width);
    surface.y = Between(0, options.height);
    const bool bar = Between(0, 1) < 0.2;
    surface.half_width = bar ? Between(1.5, 5) : Between(12, 60);
    surface.half_height = Between(12, 60);
    surface.disparity = Between(low, high);
    const bool slanted = Between(0, 1) < 0.6 && !bar;
    surface.slope_x = slanted ? Between(-0.12, 0.12) : 0;
    surface.slope_y = slanted ? Between(-0.12, 0.12) : 0;
    surface.bulge = surface.shape == Surface::kDisc ? Between(0, 5) : 0;
    surface.texture.seed = random_();
    surface.texture.mean = Between(0.12, 0.75);
    const double kind = Between(0, 1);
    surface.texture.contrast =
        options.contrast * (kind < 0.2 ? Between(0.01, 0.04) : Between(0.05, 0.35));
    surface.texture.falloff = Between(0.4, 1.0);
    surface.texture.patch_px = Between(0, 1) < 0.5 ? Between(6, 30) : 0;
    return surface;
  }
  template <typename F>
  const Surface& Nearest(F left_of, double v) const {
    const Surface* best = &surfaces_.front();
    double nearest = -1;
    for (const Surface& surface : surfaces_) {
      const double left = left_of(surface);
      if (!surface.Holds(left, v)) continue;
      const double disparity = surface.Disparity(left, v);
      if (disparity > nearest) nearest = disparity, best = &surface;
    }
    return *best;
  }

  std::mt19937_64 random_;
  std::vector<Surface> surfaces_;
};

constexpr double kPlaces[3] = {-1.0 / 3, 0, 1.0 / 3};

}  // namespace

SimulatedPair SimulatePair(const SimulatedPairOptions& options) {
  const Scene scene(options);
  SimulatedPair pair;
  for (Image<float>* image : {&pair.left, &pair.right, &pair.truth_px})
    *image = Image<float>(options.width, options.height);
  pair.both_see = Image<uint8_t>(options.width, options.height);
  pair.truth_px.for_each_element([&](int x, int y) {
    double left = 0, right = 0;
    for (const double dy : kPlaces) {
      for (const double dx : kPlaces) {
        const double u = x + dx, v = y + dy;
        left += scene.InLeft(u, v).texture.Of(u, v);
        const Surface& seen = scene.InRight(u, v);
        right += seen.texture.Of(seen.LeftOf(u, v), v);
      }
    }
    pair.left(x, y) = static_cast<float>(left / 9);
    pair.right(x, y) = static_cast<float>(right / 9);
    const Surface& surface = scene.InLeft(x, y);
    const double disparity = surface.Disparity(x, y), at = x - disparity;
    pair.truth_px(x, y) = static_cast<float>(disparity);
    pair.both_see(x, y) = at >= 0 && at <= options.width - 1 && &scene.InRight(at, y) == &surface;
  });
  return pair;
}

NoisyPair Expose(const Image<float>& left, const Image<float>& right, double electrons,
                 uint64_t seed) {
  constexpr double kRead = 3;  // electrons
  std::mt19937_64 random(seed);
  std::normal_distribution<double> reading(0, kRead);
  const auto expose = [&](const Image<float>& light) {
    Image<uint16_t> image(light.width(), light.height());
    for (int y = 0; y < light.height(); ++y) {
      for (int x = 0; x < light.width(); ++x) {
        std::poisson_distribution<int64_t> photons(static_cast<double>(light(x, y)) * electrons +
                                                   1e-9);
        const double counted = static_cast<double>(photons(random)) + reading(random);
        image(x, y) =
            static_cast<uint16_t>(std::clamp(ToLinear(counted / electrons) + 0.5, 0.0, 65535.0));
      }
    }
    return image;
  };
  NoisyPair pair;
  pair.left = expose(left);
  pair.right = expose(right);
  pair.noise = {{}, {1 / electrons, kRead * kRead / (electrons * electrons)}};
  return pair;
}

}  // namespace nightjar
