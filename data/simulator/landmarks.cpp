// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/landmarks.h"

#include <cmath>

#include "core/random.h"
#include "data/simulator/random_use.h"

namespace nightjar {

std::vector<SceneLandmark> PlaceLandmarks(const SimulatedScene& scene, double per_m2,
                                          uint64_t seed) {
  std::vector<SceneLandmark> landmarks;
  for (size_t p = 0; p < scene.panels.size(); ++p) {
    const Panel& panel = scene.panels[p];
    RandomStream random(seed, StreamOf(RandomUse::kLandmark), p);
    // The fraction of a landmark is one with that probability: small things have theirs, too.
    const double wanted = panel.width * panel.height * per_m2;
    const auto count = static_cast<int>(std::floor(wanted + random.Uniform()));
    for (int i = 0; i < count; ++i) {
      const double u = random.Uniform() * panel.width;
      const double v = random.Uniform() * panel.height;
      landmarks.push_back({panel.At(u, v), panel.Normal(), static_cast<int>(p), panel.object});
    }
  }
  return landmarks;
}

}  // namespace nightjar
