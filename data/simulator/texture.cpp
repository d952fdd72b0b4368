// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/texture.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/portable_math.h"
#include "core/random.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

size_t Squared(int size) { return static_cast<size_t>(size) * static_cast<size_t>(size); }

std::vector<float> Halved(const std::vector<float>& fine, int size) {
  const int half = size / 2;
  std::vector<float> coarse(Squared(half));
  for (int y = 0; y < half; ++y) {
    const float* upper = &fine[static_cast<size_t>(2 * y) * static_cast<size_t>(size)];
    const float* lower = upper + size;
    for (int x = 0; x < half; ++x) {
      coarse[static_cast<size_t>(y) * static_cast<size_t>(half) + static_cast<size_t>(x)] =
          0.25F * ((upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]));
    }
  }
  return coarse;
}

// Multiplicative grain of `share`, one value per texel.
void AddGrain(std::vector<float>& albedo, float share, RandomStream& random) {
  for (float& a : albedo) {
    const auto grain = static_cast<float>(2 * random.Uniform() - 1);
    a = std::clamp(a * (1 + share * grain), 0.02F, 0.95F);
  }
}

struct Disc {
  double x, y, radius;
  float albedo;
};

// Colours the texels of a disc that no earlier one covers; returns how many.
int Lay(const Disc& disc, int size, std::vector<float>& albedo) {
  int covered = 0;
  const auto reach = static_cast<int>(std::ceil(disc.radius));
  for (int dy = -reach; dy <= reach; ++dy) {
    for (int dx = -reach; dx <= reach; ++dx) {
      if (dx * dx + dy * dy > disc.radius * disc.radius) continue;
      const int x = (static_cast<int>(disc.x) + dx) & (size - 1);
      const int y = (static_cast<int>(disc.y) + dy) & (size - 1);
      float& texel =
          albedo[static_cast<size_t>(y) * static_cast<size_t>(size) + static_cast<size_t>(x)];
      if (texel >= 0) continue;
      texel = disc.albedo;
      ++covered;
    }
  }
  return covered;
}

}  // namespace

Texture::Texture(int size, const std::vector<float>& albedo) : size_(size) {
  NIGHTJAR_CHECK(size >= 2 && (size & (size - 1)) == 0 && albedo.size() == Squared(size),
                 "a texture is a square with a power of two");
  std::vector<float> level = albedo;
  for (int s = size; s >= 1; s /= 2) {
    levels_.push_back(
        {s - 1, s + 1, static_cast<float>(s) / static_cast<float>(size), texels_.size()});
    const auto texel = [&](int x, int y) {
      const float a = level[static_cast<size_t>(y & (s - 1)) * static_cast<size_t>(s) +
                            static_cast<size_t>(x & (s - 1))];
      return static_cast<uint32_t>(std::clamp(a, 0.0F, 1.0F) * 65535 + 0.5F);
    };
    for (int y = 0; y < s; ++y) {
      for (int x = 0; x <= s; ++x) texels_.push_back(texel(x, y) | texel(x, y + 1) << 16);
    }
    if (s > 1) level = Halved(level, s);
  }
  mean_ = static_cast<float>(texels_.back() & 0xFFFF) / 65535;
}

Texture DeadLeaves(int size, float darkest, float brightest, uint64_t seed, uint32_t index) {
  RandomStream random(seed, StreamOf(RandomUse::kTexture), index);
  std::vector<float> albedo(Squared(size), -1);
  const double smallest = 0.005 * size;
  const double largest = 0.25 * size;
  const double ratio = 1 - (smallest * smallest) / (largest * largest);
  auto bare = static_cast<int>(albedo.size());
  // Front to back, until hardly any place is bare: what is behind all of them is grey.
  for (int disc = 0; disc < 20000 && bare > 0; ++disc) {
    const double x = random.Uniform() * size;
    const double y = random.Uniform() * size;
    // Density of the radius ~ r^-3: the inverse of its distribution function.
    const double radius = smallest / std::sqrt(1 - ratio * random.Uniform());
    const auto shade = static_cast<float>(random.Uniform());
    bare -= Lay({x, y, radius, darkest + (brightest - darkest) * shade}, size, albedo);
  }
  for (float& a : albedo) a = a < 0 ? 0.5F * (darkest + brightest) : a;
  AddGrain(albedo, 0.08F, random);
  return Texture(size, albedo);
}

Texture Plain(int size, float albedo, uint64_t seed, uint32_t index) {
  RandomStream random(seed, StreamOf(RandomUse::kTexture), index);
  std::vector<float> texels(Squared(size), albedo);
  AddGrain(texels, 0.02F, random);
  return Texture(size, texels);
}

Texture FromImage(const MonoImage& image) {
  const int width = Width(image);
  const int height = Height(image);
  const int side = std::min(width, height);
  int size = 2;
  while (size < 2048 && size < 2 * side) size *= 2;
  const int half = size / 2;
  std::vector<float> texels(Squared(size));
  float largest = 1e-6F;
  std::visit(
      [&](const auto& pixels) {
        for (int y = 0; y < size; ++y) {
          for (int x = 0; x < size; ++x) {
            const int mirrored_x = x < half ? x : size - 1 - x;
            const int mirrored_y = y < half ? y : size - 1 - y;
            const int column = (width - side) / 2 + mirrored_x * side / half;
            const int row = (height - side) / 2 + mirrored_y * side / half;
            const auto value = static_cast<float>(pixels(column, row));
            texels[static_cast<size_t>(y) * static_cast<size_t>(size) + static_cast<size_t>(x)] =
                value;
            largest = std::max(largest, value);
          }
        }
      },
      image);
  for (float& t : texels) t *= 0.9F / largest;
  return Texture(size, texels);
}

}  // namespace nightjar
