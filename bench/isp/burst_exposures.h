// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/image.h"
#include "tests/isp/noisy_scenes.h"
#include "tests/isp/shaken_burst.h"

namespace nightjar {

inline constexpr double kReadVariance = kReadNoise_e * kReadNoise_e;

/// A burst as it arrives, in electrons.
struct Exposures {
  ShakenBurst burst;
  double full_e;
  std::vector<Image<double>> frames_e;
};

/// Room for the noise: the pedestal is four times that of reading.
inline double White_e(double full_e) { return 1.5 * full_e + 170; }

inline Exposures ExposeAll(const ShakenBurst& burst, double full_e) {
  Exposures exposures{burst, full_e, {}};
  for (size_t k = 0; k < burst.views.size(); ++k)
    exposures.frames_e.push_back(Expose(burst.views[k], full_e, k));
  return exposures;
}

}  // namespace nightjar
