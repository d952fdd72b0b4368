// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/shading.h"

#include <algorithm>

namespace nightjar {
Shader::Shader(const SimulatedScene& scene) : ambient_(static_cast<float>(scene.ambient_share)) {
  for (const Panel& panel : scene.panels) {
    Surface surface;
    surface.texture = &scene.textures[static_cast<size_t>(panel.texture)];
    surface.texels_per_m = static_cast<float>(panel.texels_per_m);
    surface.origin_u = static_cast<float>(panel.texture_origin.x());
    surface.origin_v = static_cast<float>(panel.texture_origin.y());
    surface.tint = {panel.tint.x(), panel.tint.y(), panel.tint.z()};
    surface.light_columns = panel.light.columns;
    surface.light_rows = panel.light.rows;
    surface.light = lights_.size();
    for (int row = 0; row < panel.light.rows; ++row) {
      for (int column = 0; column < panel.light.columns; ++column) {
        const auto at = [&](int right, int below) {
          const int i = std::min(column + right, panel.light.columns - 1);
          const int j = std::min(row + below, panel.light.rows - 1);
          return panel.light.irradiance[static_cast<size_t>(j * panel.light.columns + i)];
        };
        lights_.push_back({at(0, 0), at(1, 0), at(0, 1), at(1, 1)});
      }
    }
    surface.cells_per_m_u = static_cast<float>(panel.light.columns / panel.width);
    surface.cells_per_m_v = static_cast<float>(panel.light.rows / panel.height);
    surfaces_.push_back(surface);
  }
}

}  // namespace nightjar
