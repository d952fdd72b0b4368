// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "data/simulator/float8.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"

namespace nightjar {

enum Colour { kRed = 0, kGreen = 1, kBlue = 2 };

/// Of the even and the odd pixels of a row.
using RowColours = std::array<Colour, 2>;

/// How bright places on panels are: albedo times irradiance. (u, v): m on the panel. Immutable;
/// safe to use from several threads.
class Shader {
 public:
  /// `scene` outlives it.
  explicit Shader(const SimulatedScene& scene);

  /// Irradiance times the panel's tint. `lamp_gain`: of all lamps at that time, relative to their
  /// mean.
  Float8 Light(int panel, Float8 u, Float8 v, Float8 lamp_gain, const RowColours& colours) const;
  /// Of the panel's texture, between two of them, for a sample that spans `angle` (rad) around a
  /// place at the distance 1 / `inverse`. It hardly changes within a tile.
  float Level(int panel, const PanelView& view, float inverse, float angle) const;
  /// The texture on one of the two levels next to `level`. `dither`, [0, 1), says on which; the
  /// mean over evenly spread ones is what an interpolation between the two gives.
  Float8 Albedo(int panel, Float8 u, Float8 v, float level, float dither) const;
  /// The texture, interpolated between the two levels next to `level`.
  Float8 SmoothAlbedo(int panel, Float8 u, Float8 v, float level) const;

 private:
  // What a panel comes down to.
  struct Surface {
    const Texture* texture;
    float texels_per_m, origin_u, origin_v;
    std::array<float, 3> tint;
    int light_columns, light_rows;
    size_t light;  // index into lights_ of the first cell
    float cells_per_m_u, cells_per_m_v;
  };
  const Surface& At(int panel) const { return surfaces_[static_cast<size_t>(panel)]; }
  Float8 LightAt(const Surface& surface, Float8 u, Float8 v) const;
  static Float8 Texel(const Surface& surface, Float8 u, Float8 v, int level);

  std::vector<Surface> surfaces_;  // by panel
  // Of a cell of a light map, of that on its right, below, and below on the right: what a place
  // between them needs lies together.
  std::vector<std::array<float, 4>> lights_;  // map after map, row by row
  float ambient_;                             // what of the light maps is not from lamps
};

// What follows is here, not in shading.cpp, to become part of what is compiled for vectors of two
// widths.

NIGHTJAR_INLINE Float8 Mixed(Float8 first, Float8 second, Float8 share) {
  return first + share * (second - first);
}

// Four numbers of each lane, by which of the four they are.
struct FourOfEach {
  Float8 of[4];
};

// Each lane's entry of a table.
NIGHTJAR_INLINE FourOfEach Gathered(const std::array<float, 4>* table, Int8 index) {
  const auto at = std::bit_cast<std::array<int32_t, 8>>(index);
  const auto pair = [&](size_t lane) {
    Float8 two;
    std::memcpy(&two, &table[at[lane]], 16);
    std::memcpy(reinterpret_cast<char*>(&two) + 16, &table[at[lane + 4]], 16);
    return two;
  };
  const Float8 a = pair(0), b = pair(1), c = pair(2), d = pair(3);
  const Float8 ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
  const Float8 cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
  const Float8 ab_high = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  const Float8 cd_high = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
  return {{__builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13),
           __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15),
           __builtin_shufflevector(ab_high, cd_high, 0, 1, 8, 9, 4, 5, 12, 13),
           __builtin_shufflevector(ab_high, cd_high, 2, 3, 10, 11, 6, 7, 14, 15)}};
}

// Bilinear between the centres of the cells.
NIGHTJAR_INLINE Float8 Shader::LightAt(const Surface& surface, Float8 u, Float8 v) const {
  const std::array<float, 4>* lights = lights_.data() + surface.light;
  if (surface.light_columns == 1 && surface.light_rows == 1) return All(lights[0][0]);
  const Float8 x = Clamped(u * All(surface.cells_per_m_u) - All(0.5F), All(0.0F),
                           All(static_cast<float>(surface.light_columns - 1)));
  const Float8 y = Clamped(v * All(surface.cells_per_m_v) - All(0.5F), All(0.0F),
                           All(static_cast<float>(surface.light_rows - 1)));
  const Int8 i = Truncated(x);
  const Int8 j = Truncated(y);
  const Float8 a = x - ToFloat(i);
  const Float8 b = y - ToFloat(j);
  const Int8 cell = j * All(surface.light_columns) + i;
  if (AllEqual(cell)) {
    const std::array<float, 4>& light = lights[cell[0]];
    return Mixed(Mixed(All(light[0]), All(light[1]), a), Mixed(All(light[2]), All(light[3]), a), b);
  }
  const FourOfEach light = Gathered(lights, cell);
  return Mixed(Mixed(light.of[0], light.of[1], a), Mixed(light.of[2], light.of[3], a), b);
}

NIGHTJAR_INLINE Float8 Shader::Light(int panel, Float8 u, Float8 v, Float8 lamp_gain,
                                     const RowColours& colours) const {
  const Surface& surface = At(panel);
  Float8 light = LightAt(surface, u, v);
  light += (lamp_gain - All(1.0F)) * (light - All(ambient_));
  const float even = surface.tint[colours[0]];
  const float odd = surface.tint[colours[1]];
  return Float8{even, odd, even, odd, even, odd, even, odd} * light;
}

NIGHTJAR_INLINE float Shader::Level(int panel, const PanelView& view, float inverse,
                                    float angle) const {
  // At a slant a sample spans more along one direction than across it: the level is between, and
  // the square of the span is divided by the cosine once.
  const float cosine = std::max(inverse * view.distance, 0.05F);
  const float span = angle * At(panel).texels_per_m / inverse;
  return std::max(0.0F, 0.5F * RoughLog2(span * span / cosine));
}

NIGHTJAR_INLINE Float8 Shader::Texel(const Surface& surface, Float8 u, Float8 v, int level) {
  return surface.texture->At(All(surface.origin_u) + u * All(surface.texels_per_m),
                             All(surface.origin_v) + v * All(surface.texels_per_m), level);
}

NIGHTJAR_INLINE Float8 Shader::Albedo(int panel, Float8 u, Float8 v, float level,
                                      float dither) const {
  return Texel(At(panel), u, v, static_cast<int>(level + dither));
}

NIGHTJAR_INLINE Float8 Shader::SmoothAlbedo(int panel, Float8 u, Float8 v, float level) const {
  const int fine = static_cast<int>(level);
  const Float8 albedo = Texel(At(panel), u, v, fine);
  if (level == 0) return albedo;
  return Mixed(albedo, Texel(At(panel), u, v, fine + 1), All(level - static_cast<float>(fine)));
}

}  // namespace nightjar
