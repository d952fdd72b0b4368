// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"

namespace nightjar {

enum Colour { kRed = 0, kGreen = 1, kBlue = 2 };

/// How bright the places that rays meet are: albedo times irradiance. Immutable; safe to use from
/// several threads.
class Shader {
 public:
  /// `scene` outlives it.
  explicit Shader(const Scene& scene);

  /// Of hit `i`; 0 where nothing was hit. `sample_angle`: what the sample spans, rad. `dither` in
  /// [0, 1): which of the two levels of a texture that a span lies between is taken; the mean over
  /// evenly spread ones is what an interpolation between the two levels gives.
  float Brightness(const TileHits& hits, size_t i, float sample_angle, Colour colour,
                   float dither) const;

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
  static float LightAt(const Surface& surface, float u, float v);

  std::vector<Surface> surfaces_;  // by panel
};

}  // namespace nightjar
