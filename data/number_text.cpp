// SPDX-License-Identifier: Apache-2.0
#include "data/number_text.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace nightjar::number_text {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// from_chars takes a minus but no plus.
std::string_view WithoutPlus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

}  // namespace

std::optional<double> ParseDouble(std::string_view text) {
  text = WithoutPlus(text);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseUnsigned(std::string_view text) {
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseSecondsToNanoseconds(std::string_view text) {
  text = WithoutPlus(text);
  std::string digits;
  int64_t point = -1;  // digits in front of the decimal point
  size_t i = 0;
  for (; i < text.size() && (IsDigit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] != '.') {
      digits += text[i];
    } else if (point < 0) {
      point = static_cast<int64_t>(digits.size());
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() > 100) return std::nullopt;
  if (point < 0) point = static_cast<int64_t>(digits.size());
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    const std::string_view exponent_text = WithoutPlus(text.substr(i + 1));
    int exponent = 0;
    const char* end = exponent_text.data() + exponent_text.size();
    const auto [rest, error] = std::from_chars(exponent_text.data(), end, exponent);
    if (error != std::errc() || rest != end || exponent < -1000 || exponent > 1000)
      return std::nullopt;
    point += exponent;
  }
  const int64_t wanted = point + 9;  // digits down to the nanosecond
  int64_t value = 0;
  for (int64_t k = 0; k < wanted; ++k) {
    const int digit = k < static_cast<int64_t>(digits.size()) ? digits[k] - '0' : 0;
    if (value > (std::numeric_limits<int64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  const bool rounds_up =
      wanted >= 0 && wanted < static_cast<int64_t>(digits.size()) && digits[wanted] >= '5';
  if (rounds_up && value == std::numeric_limits<int64_t>::max()) return std::nullopt;
  return value + (rounds_up ? 1 : 0);
}

}  // namespace nightjar::number_text
