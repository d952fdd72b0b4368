// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/rounded_text.h"

#include <algorithm>
#include <cmath>

#include "spatial/text_format.h"

namespace nightjar {
namespace {

// Digits behind the point that a power of ten needs.
int DecimalsOf(double unit) {
  int decimals = 0;
  for (double power = 1; power > 1.5 * unit && decimals < 9; power /= 10) ++decimals;
  return decimals;
}

}  // namespace

RoundedText::RoundedText(double sigma_in, double finest) : unit(finest), sigma(-1) {
  if (std::isfinite(sigma_in) && sigma_in >= 0) {
    while (sigma_in > 9.000001 * unit) unit *= 10;
    sigma = unit * std::max(1.0, std::ceil(sigma_in / unit - 1e-6));
  } else {
    unit = 10 * finest;
  }
  decimals = DecimalsOf(unit);
}

std::string RoundedText::Value(double value) const {
  if (!std::isfinite(value)) return "?";
  return Fixed(unit * std::round(value / unit), decimals);
}

std::string RoundedText::Sigma() const { return sigma < 0 ? "?" : Fixed(sigma, decimals); }

}  // namespace nightjar
