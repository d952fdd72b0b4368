// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/simulate_ranges.h"

#include <fmt/format.h>

namespace nightjar {

std::string SimulateRange::Text() const {
  // Not "1e+06".
  return fmt::format("{} to {}", low, high);
}

Status SimulateRange::Check(double value, const std::string& but) const {
  if (value >= low && value <= high) return {};
  return Fail(ErrorKind::kUsage, fmt::format("{} must be {}{}", option, Text(), but));
}

}  // namespace nightjar
