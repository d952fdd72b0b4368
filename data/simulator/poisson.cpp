// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/poisson.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nightjar {
namespace {

constexpr double kHuge = 16384;
constexpr double kCoarse = PoissonSampler::kFewMean;
constexpr double kFine = 0.125;

// exp(-x) for 0 <= x < 1/8, to 1e-14.
double SmallExp(double x) {
  double sum = 1;
  for (int k = 8; k > 0; --k) sum = 1 - x / k * sum;
  return sum;
}

int InvertSmall(double mean, double p) {
  if (p <= 1 - mean) return 0;  // which is below exp(-mean): hardly ever is it necessary to know it
  double term = SmallExp(mean);
  double below = term;
  int value = 0;
  while (p > below && value < 20) {
    ++value;
    term *= mean / value;
    below += term;
  }
  return value;
}

}  // namespace

PoissonSampler::PoissonSampler() {
  for (int i = 1; i * kHuge <= kLargestMean; ++i) huge_.push_back(MakeTable(i * kHuge, 10));
  for (int i = 1; i * kCoarse < kHuge; ++i) coarse_.push_back(MakeTable(i * kCoarse, 8));
  for (int i = 1; i * kFine < kCoarse; ++i) fine_.push_back(MakeTable(i * kFine, 6));
}

PoissonSampler::Table PoissonSampler::MakeTable(double mean, int guide_bits) {
  const int mode = static_cast<int>(mean);
  // Probabilities relative to that of the mode, as far as they matter.
  constexpr double kNegligible = 1e-14;
  std::vector<double> lower = {1};
  for (int k = mode; k > 0 && lower.back() > kNegligible; --k)
    lower.push_back(lower.back() * k / mean);
  std::vector<double> upper;
  for (double term = mean / (mode + 1), k = mode + 1; term > kNegligible; ++k) {
    upper.push_back(term);
    term *= mean / (k + 1);
  }
  Table table;
  table.first = mode - static_cast<int>(lower.size()) + 1;
  std::vector<double> terms(lower.rbegin(), lower.rend());
  terms.insert(terms.end(), upper.begin(), upper.end());
  double sum = 0;
  for (const double term : terms) sum += term;
  double below = 0;
  for (const double term : terms) {
    below += term / sum;
    table.below.push_back(
        static_cast<uint32_t>(std::clamp(std::floor(below * 0x1p32) - 1, 0.0, 0x1p32 - 1)));
  }
  table.below.back() = UINT32_MAX;
  table.below.push_back(UINT32_MAX);  // Invert() looks one beyond
  table.guide_shift = 32 - guide_bits;
  for (uint32_t k = 0; k < 1U << guide_bits; ++k) {
    const auto found =
        std::lower_bound(table.below.begin(), table.below.end(), k << table.guide_shift);
    table.guide.push_back(static_cast<uint16_t>(found - table.below.begin()));
  }
  return table;
}

int PoissonSampler::Invert(const Table& table, uint32_t bits) {
  const uint32_t* below = table.below.data();
  size_t i = table.guide[bits >> table.guide_shift];
  // The first two steps without a branch, which nobody could foretell.
  i += static_cast<size_t>(bits > below[i]);
  i += static_cast<size_t>(bits > below[i]);
  while (bits > below[i]) ++i;
  return table.first + static_cast<int>(i);
}

int PoissonSampler::Sample(double mean, RandomStream& random) const {
  std::array<uint32_t, 4> bits;
  random.Fill(bits);
  return Sample(mean, {bits[0], bits[1], {bits[2], bits[3]}});
}

int PoissonSampler::Sample(double mean, const Bits& bits) const {
  double left = std::clamp(mean, 0.0, kLargestMean);
  int value = 0;
  const auto take = [&left, &value](const std::vector<Table>& tables, double step,
                                    uint32_t random) {
    const auto steps = static_cast<int>(left / step);  // a power of two: exact
    if (steps == 0) return;
    value += Invert(tables[static_cast<size_t>(steps) - 1], random);
    left -= steps * step;
  };
  if (left >= kFewMean) {
    take(huge_, kHuge, bits.many[0]);
    take(coarse_, kCoarse, bits.many[1]);
  }
  take(fine_, kFine, bits.fine);
  return value + InvertSmall(left, (static_cast<double>(bits.rest) + 0.5) * 0x1p-32);
}

}  // namespace nightjar
