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
/// the means 16384 h, 64 i and k / 8 come from tables of their distribution functions; what is left
/// of the mean, less than 1/8, is inverted term by term. Resolution of the probabilities: 2^-32.
class PoissonSampler {
 public:
  PoissonSampler();

  /// `mean` >= 0; above kLargestMean it is taken for kLargestMean.
  int Sample(double mean, RandomStream& random) const;
  /// By uniform bits; below kFewMean those of `many` do not matter.
  struct Bits {
    uint32_t fine, rest;
    std::array<uint32_t, 2> many;
  };
  int Sample(double mean, const Bits& bits) const;

  static constexpr double kFewMean = 64;
  static constexpr double kLargestMean = 262143;

 private:
  // A distribution function, with a guide to where in it a probability is found.
  struct Table {
    int first = 0;                // the value that below[0] is about
    int guide_shift = 0;          // of the bits, to where the guide looks
    std::vector<uint32_t> below;  // 2^32 P(value <= first + i) - 1
    std::vector<uint16_t> guide;  // the first i whose `below` is not below these bits
  };
  static Table MakeTable(double mean, int guide_bits);
  static int Invert(const Table& table, uint32_t bits);

  std::vector<Table> huge_;    // means 16384 (h + 1)
  std::vector<Table> coarse_;  // means 64 (i + 1)
  std::vector<Table> fine_;    // means (i + 1) / 8
};

}  // namespace nightjar
