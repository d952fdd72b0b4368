// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace nightjar {

/// An error and the sigma that was predicted of it, in one unit.
struct JudgedError {
  double error, sigma;
};

/// std(error / sigma) in five bins of predicted sigma, lowest first, without what is beyond 5
/// sigma, and the share of that.
struct Consistency {
  std::array<double, 5> ratio = {};
  double far = 0;
};

inline Consistency Judge(std::vector<JudgedError> all) {
  std::sort(all.begin(), all.end(),
            [](const JudgedError& a, const JudgedError& b) { return a.sigma < b.sigma; });
  Consistency consistency;
  for (size_t bin = 0; bin < 5; ++bin) {
    double sum = 0;
    int count = 0;
    for (size_t i = all.size() * bin / 5; i < all.size() * (bin + 1) / 5; ++i) {
      const double z = all[i].error / all[i].sigma;
      if (std::abs(z) > 5) {
        consistency.far += 1.0 / static_cast<double>(all.size());
      } else {
        sum += z * z;
        ++count;
      }
    }
    consistency.ratio[bin] = std::sqrt(sum / count);
  }
  return consistency;
}

/// Area under the sparsification curve, relative to the RMS of all errors: the RMS error of what is
/// left when the share s of the pixels with the largest sigma is left out, mean over s = 0 .. 1. 1
/// for a sigma that tells nothing; the less, the better sigma ranks the errors. Hu, Mordohai, "A
/// quantitative evaluation of confidence measures for stereo vision", IEEE TPAMI 34 (2012).
inline double SparsificationArea(std::vector<JudgedError> all) {
  std::sort(all.begin(), all.end(),
            [](const JudgedError& a, const JudgedError& b) { return a.sigma < b.sigma; });
  double squares = 0, area = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    squares += all[i].error * all[i].error;
    area += std::sqrt(squares / static_cast<double>(i + 1));
  }
  const auto count = static_cast<double>(all.size());
  return area / count / std::sqrt(squares / count);
}

}  // namespace nightjar
