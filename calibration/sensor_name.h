// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

namespace nightjar {

inline constexpr const char* kSensorNameRule =
    "use letters, digits, '-', '_' and '.', a letter or a digit first";

/// Whether a sensor can go by this name, which names its folder in a log and its column in tables.
inline bool IsSensorName(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && is_plain(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace nightjar
