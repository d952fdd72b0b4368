// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "data/simulator/float8.h"
#include "data/simulator/panel_views.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"

namespace nightjar {

enum Colour { kRed = 0, kGreen = 1, kBlue = 2 };

/// How places are sampled.
struct Sampling {
  float angle = 1e-3F;  // what a sample spans, rad
  float dither = 0.5F;  // [0, 1): which of the two levels of a texture that a span lies between is
                        // taken; the mean over evenly spread ones is what an interpolation between
                        // the two levels gives
  float lamp_gain = 1;  // of all lamps at that time, relative to their mean
  std::array<Colour, 2> colours = {kGreen, kGreen};  // of the even and the odd rays
};

/// How bright the places that rays meet are: albedo times irradiance. Immutable; safe to use from
/// several threads.
class Shader {
 public:
  /// `scene` outlives it.
  explicit Shader(const Scene& scene);

  /// Of what rays of a tile's row meet first of `panels`; 0 where they meet nothing.
  Float8 Brightness(const FirstHits8& hits, const std::vector<TapView>& panels, int row,
                    const Sampling& sampling) const;

  /// Irradiance times the panel's tint; 0 where nothing was hit.
  Float8 Light(int panel, const Hits8& hits, const Sampling& sampling) const;
  /// Of the panel's texture, between two of them, for what a sample spans around the hit `lane`.
  /// It hardly changes within a tile.
  float Level(const TapView& panel, int row, const Hits8& hits, int lane, float angle) const;
  /// The texture on one of the two levels next to `level`, by `dither` (Sampling).
  Float8 Albedo(int panel, const Hits8& hits, float level, float dither) const;
  /// The texture, interpolated between the two levels next to `level`.
  Float8 SmoothAlbedo(int panel, const Hits8& hits, float level) const;

 private:
  // What a panel comes down to.
  struct Surface {
    const Texture* texture;
    float texels_per_m, origin_u, origin_v;
    std::array<float, 3> tint;
    const float* light;  // row by row
    int light_columns, light_rows;
    float cells_per_m_u, cells_per_m_v;
  };
  const Surface& At(int panel) const { return surfaces_[static_cast<size_t>(panel)]; }
  static Float8 LightAt(const Surface& surface, Float8 u, Float8 v);
  static Float8 Texel(const Surface& surface, const Hits8& hits, int level);

  std::vector<Surface> surfaces_;  // by panel
  float ambient_;                  // what of the light maps is not from lamps
};

// What follows is here, not in shading.cpp, to become part of what is compiled for vectors of two
// widths.

NIGHTJAR_INLINE Float8 Mixed(Float8 first, Float8 second, Float8 share) {
  return first + share * (second - first);
}

// Each lane's entry of a table.
NIGHTJAR_INLINE Float8 Gathered(const float* table, Int8 index) {
  const auto at = std::bit_cast<std::array<int32_t, 8>>(index);
  return Float8{table[at[0]], table[at[1]], table[at[2]], table[at[3]],
                table[at[4]], table[at[5]], table[at[6]], table[at[7]]};
}

// Bilinear between the centres of the cells.
NIGHTJAR_INLINE Float8 Shader::LightAt(const Surface& surface, Float8 u, Float8 v) {
  if (surface.light_columns == 1 && surface.light_rows == 1) return All(surface.light[0]);
  const Float8 x = Clamped(u * All(surface.cells_per_m_u) - All(0.5F), All(0.0F),
                           All(static_cast<float>(surface.light_columns - 1)));
  const Float8 y = Clamped(v * All(surface.cells_per_m_v) - All(0.5F), All(0.0F),
                           All(static_cast<float>(surface.light_rows - 1)));
  const Int8 i = Truncated(x);
  const Int8 j = Truncated(y);
  const Int8 right = Less(i + All(1), All(surface.light_columns)) & All(1);
  const Int8 below = Less(j + All(1), All(surface.light_rows)) & All(surface.light_columns);
  const Float8 a = x - ToFloat(i);
  const Float8 b = y - ToFloat(j);
  const Int8 cell = j * All(surface.light_columns) + i;
  if (AllEqual(cell)) {
    const float* light = surface.light + cell[0];
    return Mixed(Mixed(All(light[0]), All(light[right[0]]), a),
                 Mixed(All(light[below[0]]), All(light[below[0] + right[0]]), a), b);
  }
  return Mixed(Mixed(Gathered(surface.light, cell), Gathered(surface.light, cell + right), a),
               Mixed(Gathered(surface.light, cell + below),
                     Gathered(surface.light, cell + below + right), a),
               b);
}

NIGHTJAR_INLINE Float8 Shader::Light(int panel, const Hits8& hits, const Sampling& sampling) const {
  const Surface& surface = At(panel);
  Float8 light = LightAt(surface, hits.u, hits.v);
  if (sampling.lamp_gain != 1) light += All(sampling.lamp_gain - 1) * (light - All(ambient_));
  const float even = surface.tint[sampling.colours[0]];
  const float odd = surface.tint[sampling.colours[1]];
  return Choose(Less(All(0.0F), hits.inverse),
                Float8{even, odd, even, odd, even, odd, even, odd} * light, All(0.0F));
}

NIGHTJAR_INLINE float Shader::Level(const TapView& panel, int row, const Hits8& hits, int lane,
                                    float angle) const {
  // At a slant a sample spans more along one direction than across it: the level is between, and
  // the square of the span is divided by the cosine once.
  const float inverse = hits.inverse[lane] > 0 ? hits.inverse[lane] : 1.0F;
  const float cosine = std::max(inverse * panel.OfRow(row).distance, 0.05F);
  const float span = angle * At(panel.panel).texels_per_m / inverse;
  return std::max(0.0F, 0.5F * RoughLog2(span * span / cosine));
}

NIGHTJAR_INLINE Float8 Shader::Texel(const Surface& surface, const Hits8& hits, int level) {
  return surface.texture->At(All(surface.origin_u) + hits.u * All(surface.texels_per_m),
                             All(surface.origin_v) + hits.v * All(surface.texels_per_m), level);
}

NIGHTJAR_INLINE Float8 Shader::Albedo(int panel, const Hits8& hits, float level,
                                      float dither) const {
  return Texel(At(panel), hits, static_cast<int>(level + dither));
}

NIGHTJAR_INLINE Float8 Shader::SmoothAlbedo(int panel, const Hits8& hits, float level) const {
  const int fine = static_cast<int>(level);
  const Float8 albedo = Texel(At(panel), hits, fine);
  if (level == 0) return albedo;
  return Mixed(albedo, Texel(At(panel), hits, fine + 1), All(level - static_cast<float>(fine)));
}

NIGHTJAR_INLINE Float8 Shader::Brightness(const FirstHits8& hits,
                                          const std::vector<TapView>& panels, int row,
                                          const Sampling& sampling) const {
  Float8 brightness = All(0.0F);
  // Panel after panel: all lanes as if they met it, of which those count that do.
  for (Int8 left = ~Less(hits.index, All(0)); AnyOf(left);) {
    int lane = 0;
    while (left[lane] == 0) ++lane;
    const TapView& panel = panels[static_cast<size_t>(hits.index[lane])];
    const float level = Level(panel, row, hits, lane, sampling.angle);
    const Int8 here = Equal(hits.index, All(hits.index[lane]));
    brightness = Choose(
        here,
        Light(panel.panel, hits, sampling) * Albedo(panel.panel, hits, level, sampling.dither),
        brightness);
    left &= ~here;
  }
  return brightness;
}

}  // namespace nightjar
