// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Numbers of text files, independent of the locale. The whole text must be the number: no blanks,
/// nothing behind it.
namespace nightjar::number_text {

/// A finite decimal number; nothing for NaN, infinity, and what does not fit a double.
std::optional<double> ParseDouble(std::string_view text);

/// A whole number >= 0 that fits int64_t, digits only: a time in ns or us. Times below zero do not
/// occur in recorded logs, and without them no difference of two times can overflow.
std::optional<int64_t> ParseUnsigned(std::string_view text);

/// Decimal seconds >= 0 ("1403636580.83856", "1.40363658083856e9") in whole nanoseconds, exactly: a
/// double would lose 100 ns at today's date. Digits beyond the nanosecond are rounded, half up.
std::optional<int64_t> ParseSecondsToNanoseconds(std::string_view text);

}  // namespace nightjar::number_text
