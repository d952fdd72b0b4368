// SPDX-License-Identifier: Apache-2.0
#include "data/saturation_detector.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

// A run less likely than this is no chance: once in some hours of samples, were every one of them
// an extreme.
constexpr double kChance = 2e-6;

// However seldom an axis repeats itself, three repetitions are asked for.
constexpr double kLeastChanceOfRepetition = 0.01;

}  // namespace

Saturation SaturationDetector::Add(double value) {
  const bool repeats = previous_ == value;
  const bool is_extreme = value >= largest_ || value <= smallest_;
  if (previous_ && !is_extreme) {
    ++pairs_;
    repetitions_ += repeats;
  }
  chance_of_run_ = repeats ? chance_of_run_ * ChanceOfRepetition() : 1;
  if (!repeats) {
    // Away from zero: the way back is none to the end of a range.
    run_began_with_leap_ = previous_ && std::abs(value) >= std::abs(*previous_) &&
                           std::abs(value - *previous_) >= limits_.leap;
  }
  previous_ = value;
  smallest_ = std::min(smallest_, value);
  largest_ = std::max(largest_, value);
  // An axis that has shown a single value all the time does not move; that is for others to judge.
  const bool has_moved = smallest_ < largest_;
  if (!is_extreme || !has_moved || std::abs(value) < limits_.least) return Saturation::kNone;
  if (run_began_with_leap_) return Saturation::kStuck;
  std::optional<double>& known_end = value > 0 ? upper_end_ : lower_end_;
  if (chance_of_run_ < kChance) known_end = value;
  return known_end == value ? Saturation::kClipped : Saturation::kNone;
}

// Laplace's rule of succession: one half before anything has been seen.
double SaturationDetector::ChanceOfRepetition() const {
  const double chance = static_cast<double>(repetitions_ + 1) / static_cast<double>(pairs_ + 2);
  return std::max(chance, kLeastChanceOfRepetition);
}

}  // namespace nightjar
