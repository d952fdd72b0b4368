// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/option_range.h"

#include <fmt/format.h>

namespace nightjar {

Status CheckRanges(std::initializer_list<OptionRange> ranges) {
  for (const OptionRange& range : ranges) {
    if (range.value >= range.low && range.value <= range.high) continue;
    return Fail(ErrorKind::kUsage, fmt::format("{} must be {:g} to {:g}{}", range.name, range.low,
                                               range.high, range.unit));
  }
  return {};
}

}  // namespace nightjar
