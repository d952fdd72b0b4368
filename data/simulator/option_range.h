// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

#include "core/result.h"

namespace nightjar {

/// What a number among some options may be: low <= value <= high, and never NaN.
struct OptionRange {
  const char* name;  // of the field, or of the command's option that sets it
  double value;
  double low, high;
  const char* unit = "";  // with a blank before it
};

/// kUsage "NAME must be LOW to HIGH UNIT" for the first one that is out of its range.
Status CheckRanges(std::initializer_list<OptionRange> ranges);

}  // namespace nightjar
