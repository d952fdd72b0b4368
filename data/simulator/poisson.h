// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace nightjar {

/// Exact Poisson numbers, the same on every machine and a few nanoseconds each.
///
/// A Poisson number of mean a + b is the sum of two independent ones of means a and b. Numbers of
/// the means 16384 h, 64 i and k / 4 come from tables of their distribution functions; what is left
/// of the mean, less than 1/4, is inverted term by term. Resolution of the probabilities: 2^-32.
/// The largest mean holds the full well of every sensor that there is.
class PoissonSampler {
 public:
  PoissonSampler();

  /// `mean` >= 0; above kLargestMean it is taken for kLargestMean.
  int Sample(double mean, RandomStream& random) const;

  static constexpr double kLargestMean = 262143;

 private:
  // A distribution function, with a guide to where in it a probability is found.
  struct Table {
    int first = 0;                        // the value of below[0]
    std::vector<double> below;            // P(value <= first + i)
    std::array<uint16_t, 64> guide = {};  // the first i with below[i] >= k / 64
  };
  static Table MakeTable(double mean);
  static int Invert(const Table& table, double p);

  std::vector<Table> huge_;    // means 16384 (h + 1)
  std::vector<Table> coarse_;  // means 64 (i + 1)
  std::vector<Table> fine_;    // means (i + 1) / 4
};

}  // namespace nightjar
