// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "data/simulator/float4.h"
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

  /// How four places on one panel are lit and sampled: what hardly changes within a pixel.
  struct Look {
    Float4 light;  // irradiance times the panel's tint; 0 where nothing was hit
    Float4 level;  // of the texture, between two of them
  };
  Look LookAt(int panel, const Hits4& hits, const Sampling& sampling) const;
  /// The texture of a panel at (u, v), m, on levels chosen by `dither` (Sampling).
  Float4 Albedo(int panel, Float4 u, Float4 v, Float4 level, float dither) const;

  /// Of four places on the panels of `panels`; 0 where nothing was hit.
  Float4 Brightness(const Int4& panels, const Hits4& hits, const Sampling& sampling) const;

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
  static Float4 LightAt(const Surface& surface, Float4 u, Float4 v);

  std::vector<Surface> surfaces_;  // by panel
  float ambient_;                  // what of the light maps is not from lamps
};

}  // namespace nightjar
