// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/shading.h"

namespace nightjar {
namespace {

Hits4 Lane(const Hits4& hits, int lane) {
  return {All(hits.inverse[lane]), All(hits.u[lane]), All(hits.v[lane]), All(hits.cosine[lane])};
}

Float4 Mixed(Float4 first, Float4 second, Float4 share) { return first + share * (second - first); }

// Each lane's entry of a table.
Float4 Gathered(const float* table, Int4 index) {
  return Float4{table[index[0]], table[index[1]], table[index[2]], table[index[3]]};
}

}  // namespace

Shader::Shader(const Scene& scene) : ambient_(static_cast<float>(scene.ambient_share)) {
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
Float4 Shader::LightAt(const Surface& surface, Float4 u, Float4 v) {
  if (surface.light_columns == 1 && surface.light_rows == 1) return All(surface.light[0]);
  const Float4 x = Clamped(u * All(surface.cells_per_m_u) - All(0.5F), All(0.0F),
                           All(static_cast<float>(surface.light_columns - 1)));
  const Float4 y = Clamped(v * All(surface.cells_per_m_v) - All(0.5F), All(0.0F),
                           All(static_cast<float>(surface.light_rows - 1)));
  const Int4 i = Truncated(x);
  const Int4 j = Truncated(y);
  const Int4 right = (i + All(1) < All(surface.light_columns)) & All(1);
  const Int4 below = (j + All(1) < All(surface.light_rows)) & All(surface.light_columns);
  const Float4 a = x - ToFloat(i);
  const Float4 b = y - ToFloat(j);
  const Int4 cell = j * All(surface.light_columns) + i;
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

Shader::Look Shader::LookAt(int panel, const Hits4& hits, const Sampling& sampling) const {
  const Surface& surface = surfaces_[static_cast<size_t>(panel)];
  const Int4 hit = hits.inverse > All(0.0F);
  // At a slant a sample spans more along one direction than across it: the level is between, and
  // the square of the span is divided by the cosine once.
  const Float4 steepness = Choose(hits.cosine > All(0.05F), hits.cosine, All(0.05F));
  const Float4 inverse = Choose(hit, hits.inverse, All(1.0F));
  const Float4 span = All(sampling.angle * surface.texels_per_m) / inverse;
  Float4 light = LightAt(surface, hits.u, hits.v);
  if (sampling.lamp_gain != 1) light += All(sampling.lamp_gain - 1) * (light - All(ambient_));
  const float even = surface.tint[sampling.colours[0]];
  const float odd = surface.tint[sampling.colours[1]];
  return {Choose(hit, Float4{even, odd, even, odd} * light, All(0.0F)),
          All(0.5F) * RoughLog2(span * span / steepness)};
}

Float4 Shader::Albedo(int panel, Float4 u, Float4 v, Float4 level, float dither) const {
  const Surface& surface = surfaces_[static_cast<size_t>(panel)];
  const Float4 x = All(surface.origin_u) + u * All(surface.texels_per_m);
  const Float4 y = All(surface.origin_v) + v * All(surface.texels_per_m);
  const Int4 chosen = Truncated(Choose(level > All(0.0F), level + All(dither), All(0.0F)));
  if (AllEqual(chosen)) return surface.texture->At(x, y, chosen[0]);
  Float4 albedo;
  for (int lane = 0; lane < 4; ++lane)
    albedo[lane] = surface.texture->At(x[lane], y[lane], chosen[lane]);
  return albedo;
}

Float4 Shader::Brightness(const Int4& panels, const Hits4& hits, const Sampling& sampling) const {
  if (AllEqual(panels)) {
    const Look look = LookAt(panels[0], hits, sampling);
    return look.light * Albedo(panels[0], hits.u, hits.v, look.level, sampling.dither);
  }
  Float4 brightness;
  for (int lane = 0; lane < 4; ++lane) {
    const Hits4 here = Lane(hits, lane);
    // A lane's colour is by its place among the four.
    const Look look = LookAt(panels[lane], here, sampling);
    const Float4 albedo = Albedo(panels[lane], here.u, here.v, look.level, sampling.dither);
    brightness[lane] = look.light[lane] * albedo[lane];
  }
  return brightness;
}

}  // namespace nightjar
