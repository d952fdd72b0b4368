// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/image.h"

namespace nightjar {

/// Repeatable random numbers (SplitMix64).
class TestRandom {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}
  uint64_t Bits() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  double Uniform(double low, double high) { return low + (high - low) * (Bits() >> 11) * 0x1p-53; }
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(Uniform(1e-300, 1)));
    return radius * std::cos(Uniform(0, 2 * M_PI));
  }

 private:
  uint64_t state_;
};

/// A smooth texture with known values between pixels: a sum of plane waves, about -1 .. 1.
class WaveTexture {
 public:
  /// Wavelengths in px, the same number of waves per octave.
  explicit WaveTexture(uint64_t seed, double shortest = 7, double longest = 60, int waves = 40) {
    TestRandom random(seed);
    for (int i = 0; i < waves; ++i) {
      const double wavelength = shortest * std::pow(longest / shortest, random.Uniform(0, 1));
      const double angle = random.Uniform(0, 2 * M_PI);
      const double phase = random.Uniform(0, 2 * M_PI);
      waves_.push_back({2 * M_PI / wavelength * std::cos(angle),
                        2 * M_PI / wavelength * std::sin(angle), phase});
    }
  }
  double operator()(double x, double y) const {
    double sum = 0;
    for (const Wave& wave : waves_) sum += std::sin(wave.kx * x + wave.ky * y + wave.phase);
    return sum / std::sqrt(2.0 * waves_.size());
  }

 private:
  struct Wave {
    double kx, ky, phase;
  };
  std::vector<Wave> waves_;
};

/// An image of DN = value(x, y) + noise_sigma * normal, rounded and clamped.
template <typename T>
Image<T> Render(int width, int height, const std::function<double(double, double)>& value,
                double noise_sigma = 0, uint64_t seed = 1) {
  Image<T> image(width, height);
  TestRandom random(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double dn = value(x, y);
      if (noise_sigma > 0) dn += noise_sigma * random.Normal();
      image(x, y) =
          static_cast<T>(std::clamp(std::lround(dn), 0L, long{std::numeric_limits<T>::max()}));
    }
  }
  return image;
}

}  // namespace nightjar
