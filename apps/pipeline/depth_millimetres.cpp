// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_millimetres.h"

#include <cmath>

namespace nightjar {

DepthMillimetres InMillimetres(const DepthMap& map) {
  constexpr float kMost = 65535;
  DepthMillimetres written{FilledImage<uint16_t>(map.view.width, map.view.height, 0),
                           FilledImage<uint16_t>(map.view.width, map.view.height, 0)};
  map.depth_m.for_each_element([&](int x, int y) {
    const float depth = std::floor(1000 * map.depth_m(x, y) + 0.5F);
    const float sigma = std::ceil(1000 * map.sigma_m(x, y));
    if (!(depth > 0 && depth <= kMost && sigma > 0 && sigma <= kMost)) return;
    written.depth(x, y) = static_cast<uint16_t>(depth);
    written.sigma(x, y) = static_cast<uint16_t>(sigma);
  });
  return written;
}

}  // namespace nightjar
