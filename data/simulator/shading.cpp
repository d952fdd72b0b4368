// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/shading.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace nightjar {
namespace {

// log2 of a positive number, at most 0.09 below it: the exponent, and the mantissa as a straight
// line. To choose a level of a texture.
float RoughLog2(float x) {
  return static_cast<float>(std::bit_cast<int32_t>(x)) * 0x1p-23F - 127.0F;
}

}  // namespace

Shader::Shader(const Scene& scene) {
  for (const Panel& panel : scene.panels) {
    Surface surface;
    surface.texture = &scene.textures[static_cast<size_t>(panel.texture)];
    surface.texels_per_m = static_cast<float>(panel.texels_per_m);
    surface.origin_u = static_cast<float>(panel.texture_origin.x());
    surface.origin_v = static_cast<float>(panel.texture_origin.y());
    surface.tint = {panel.tint.x(), panel.tint.y(), panel.tint.z()};
    surface.light = panel.light.irradiance.data();
    surface.light_columns = panel.light.columns;
    surface.light_rows = panel.light.rows;
    surface.cells_per_m_u = static_cast<float>(panel.light.columns / panel.width);
    surface.cells_per_m_v = static_cast<float>(panel.light.rows / panel.height);
    surfaces_.push_back(surface);
  }
}

// Bilinear between the centres of the cells.
float Shader::LightAt(const Surface& surface, float u, float v) {
  const float x = std::clamp(u * surface.cells_per_m_u - 0.5F, 0.0F,
                             static_cast<float>(surface.light_columns - 1));
  const float y = std::clamp(v * surface.cells_per_m_v - 0.5F, 0.0F,
                             static_cast<float>(surface.light_rows - 1));
  const int i = static_cast<int>(x);
  const int j = static_cast<int>(y);
  const int right = i + 1 < surface.light_columns ? 1 : 0;
  const int below = j + 1 < surface.light_rows ? surface.light_columns : 0;
  const float* cell = surface.light + j * surface.light_columns + i;
  const float a = x - static_cast<float>(i);
  const float b = y - static_cast<float>(j);
  const float upper = cell[0] + a * (cell[right] - cell[0]);
  const float lower = cell[below] + a * (cell[below + right] - cell[below]);
  return upper + b * (lower - upper);
}

float Shader::Brightness(const TileHits& hits, size_t i, float sample_angle, Colour colour,
                         float dither) const {
  if (!(hits.inverse[i] > 0)) return 0;
  const Surface& surface = surfaces_[static_cast<size_t>(hits.panel[i])];
  // At a slant a sample spans more along one direction than across it: the level is between.
  const float steepness = std::max(hits.cosine[i], 0.05F);
  const float span = sample_angle * surface.texels_per_m / (hits.inverse[i] * std::sqrt(steepness));
  const int level = span > 1 ? static_cast<int>(RoughLog2(span) + dither) : 0;
  const float albedo =
      surface.texture->At(surface.origin_u + hits.u[i] * surface.texels_per_m,
                          surface.origin_v + hits.v[i] * surface.texels_per_m, level);
  return surface.tint[colour] * albedo * LightAt(surface, hits.u[i], hits.v[i]);
}

}  // namespace nightjar
