// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace nightjar {

struct SigmaAndError {
  float sigma, error;  // px
};

struct SigmaBin {
  double sigma = 0;   // mean
  double spread = 0;  // RMS of error / sigma, of those within 5 sigma that are no misses
  double beyond = 0;  // share of those beyond 5 sigma, of what is no miss
  double misses = 0;  // share of misses, of all
};

/// Of five parts of equal size, by sigma. Errors of `miss` px and more are misses, which no sigma
/// is about.
inline std::vector<SigmaBin> SigmaBins(std::vector<SigmaAndError> samples, float miss) {
  std::ranges::sort(samples, {}, &SigmaAndError::sigma);
  std::vector<SigmaBin> bins(5);
  for (size_t b = 0; b < bins.size(); ++b) {
    double sigmas = 0, squares = 0, within = 0, beyond = 0, missed = 0, all = 0;
    for (size_t i = samples.size() * b / 5; i < samples.size() * (b + 1) / 5; ++i, ++all) {
      sigmas += static_cast<double>(samples[i].sigma);
      const double ratio = static_cast<double>(samples[i].error / samples[i].sigma);
      if (std::abs(samples[i].error) >= miss) {
        ++missed;
      } else if (std::abs(ratio) > 5) {
        ++beyond;
      } else {
        squares += ratio * ratio;
        ++within;
      }
    }
    bins[b] = {sigmas / all, std::sqrt(squares / within), beyond / (within + beyond), missed / all};
  }
  return bins;
}

}  // namespace nightjar
