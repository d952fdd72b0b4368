// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace nightjar {

/// What a value says that stands at the end of a sensor's range. In rising order of harm.
enum class Saturation {
  kNone,
  kClipped,  // the motion was larger than this: the nearest to the truth that the sensor can tell
  kStuck,    // nothing: the sensor leapt there, and went wrong altogether
};

/// Tells when one axis of an inertial sensor has reached the end of its range, where it gives the
/// same number again and again. Ranges are not declared in logs, and scale corrections move their
/// ends, so the number is not known beforehand. A value is taken as saturated when it is the
/// largest or the smallest of the axis so far, is larger than the axis of a body at rest can show,
/// and
///  - repeats the values before it oftener than chance allows: kClipped. How often an axis repeats
///    itself by chance depends on its noise and its quantum, and is counted on the values that are
///    not extreme; with hardly any repetitions it is the fourth value of a run that is saturated,
///    with coarse steps a later one. An end that was found so once is known from then on, and the
///    first value at it is saturated; until a value passes it, which was then no end;
///  - or has come there by a leap, or repeats one that has: kStuck. A blow can do that too; it then
///    costs one value, at its beginning.
/// Looks at nothing that comes later.
class SaturationDetector {
 public:
  struct Limits {
    double least = 0;  // magnitude from which on a value may be the end of a range
    double leap = 0;   // away from zero, between neighbours: from here on the second is suspicious
  };

  explicit SaturationDetector(const Limits& limits) : limits_(limits) {}

  /// What `value`, the newest of the axis, is.
  Saturation Add(double value);

 private:
  double ChanceOfRepetition() const;

  Limits limits_;
  std::optional<double> previous_;
  double smallest_ = std::numeric_limits<double>::infinity();
  double largest_ = -std::numeric_limits<double>::infinity();
  std::optional<double> lower_end_;  // of the range, once found
  std::optional<double> upper_end_;
  int64_t pairs_ = 0;         // of neighbours whose second is no extreme
  int64_t repetitions_ = 0;   // of them, with equal values
  double chance_of_run_ = 1;  // of the run of equal values so far
  bool run_began_with_leap_ = false;
};

}  // namespace nightjar
