// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/poisson.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

constexpr double kHuge = 16384;
constexpr double kCoarse = 64;
constexpr double kFine = 0.25;

// exp(-x) for 0 <= x < 1/4, to 1e-12.
double SmallExp(double x) {
  return 1 -
         x * (1 -
              x / 2 *
                  (1 -
                   x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6 * (1 - x / 7 * (1 - x / 8)))))));
}

int InvertSmall(double mean, double p) {
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

double Probability(RandomStream& random) {
  return (static_cast<double>(random.Bits()) + 0.5) * 0x1p-32;
}

}  // namespace

PoissonSampler::PoissonSampler() {
  for (int i = 1; i * kHuge <= kLargestMean; ++i) huge_.push_back(MakeTable(i * kHuge));
  for (int i = 1; i * kCoarse < kHuge; ++i) coarse_.push_back(MakeTable(i * kCoarse));
  for (int i = 1; i * kFine < kCoarse; ++i) fine_.push_back(MakeTable(i * kFine));
}

PoissonSampler::Table PoissonSampler::MakeTable(double mean) {
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
  for (const double term : terms) table.below.push_back(below += term / sum);
  table.below.back() = 1;
  for (size_t k = 0; k < table.guide.size(); ++k) {
    const double p = static_cast<double>(k) / static_cast<double>(table.guide.size());
    const auto found = std::lower_bound(table.below.begin(), table.below.end(), p);
    table.guide[k] = static_cast<uint16_t>(found - table.below.begin());
  }
  return table;
}

int PoissonSampler::Invert(const Table& table, double p) {
  size_t i = table.guide[static_cast<size_t>(p * static_cast<double>(table.guide.size()))];
  while (table.below[i] < p) ++i;
  return table.first + static_cast<int>(i);
}

int PoissonSampler::Sample(double mean, RandomStream& random) const {
  double left = std::clamp(mean, 0.0, kLargestMean);
  int value = 0;
  if (const auto huge = static_cast<size_t>(left / kHuge); huge > 0) {
    value += Invert(huge_[huge - 1], Probability(random));
    left -= static_cast<double>(huge) * kHuge;
  }
  if (const auto coarse = static_cast<size_t>(left / kCoarse); coarse > 0) {
    value += Invert(coarse_[coarse - 1], Probability(random));
    left -= static_cast<double>(coarse) * kCoarse;
  }
  if (const auto fine = static_cast<size_t>(left / kFine); fine > 0) {
    value += Invert(fine_[fine - 1], Probability(random));
    left -= static_cast<double>(fine) * kFine;
  }
  return value + InvertSmall(left, Probability(random));
}

}  // namespace nightjar
