// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace nightjar {
namespace {

constexpr int kMostDecimals = 6;
constexpr int kDecimalsWithoutSigma = 3;

double Parsed(const std::string& text) {
  const double value = std::strtod(text.c_str(), nullptr);
  return value == 0 ? 0.0 : value;  // no -0
}

bool IsKnown(const std::optional<double>& sigma) { return sigma && std::isfinite(*sigma); }

}  // namespace

double RoundedTo(double value, std::optional<double> sigma) {
  if (!IsKnown(sigma)) return Parsed(fmt::format("{:.{}f}", value, kDecimalsWithoutSigma));
  const int place =
      *sigma > 0 ? static_cast<int>(std::floor(std::log10(RoundedSigma(*sigma)))) : -kMostDecimals;
  if (place > 0) {
    const double step = std::pow(10.0, place);
    return std::round(value / step) * step;
  }
  return Parsed(fmt::format("{:.{}f}", value, std::min(-place, kMostDecimals)));
}

double RoundedSigma(double sigma) { return Parsed(fmt::format("{:.1e}", sigma)); }

void Answer::Number(const std::string& key, double value, std::optional<double> sigma,
                    const std::string& why) {
  if (!std::isfinite(value)) {
    Unknown(key, why);
    return;
  }
  json_[key] = RoundedTo(value, sigma);
  if (IsKnown(sigma)) {
    json_[key + "_sigma"] = RoundedSigma(*sigma);
  } else {
    Missing(key + "_sigma", why);
  }
}

void Answer::Vector(const std::string& key, const Eigen::Vector3d& value,
                    const std::optional<Eigen::Vector3d>& sigma, const std::string& why) {
  Json values = Json::array(), sigmas = Json::array();
  for (int axis = 0; axis < 3; ++axis) {
    const auto own = sigma ? std::optional<double>((*sigma)[axis]) : std::nullopt;
    values.push_back(RoundedTo(value[axis], own));
    if (own) sigmas.push_back(RoundedSigma(*own));
  }
  json_[key] = values;
  if (sigma) {
    json_[key + "_sigma"] = sigmas;
  } else {
    Missing(key + "_sigma", why);
  }
}

void Answer::Unknown(const std::string& key, const std::string& why) {
  Missing(key, why);
  json_[key + "_sigma"] = nullptr;
}

void Answer::Missing(const std::string& key, const std::string& why) {
  json_[key] = nullptr;
  unknown_[key] = why;
}

Json Answer::Done() && {
  json_["unknown"] = std::move(unknown_);
  return std::move(json_);
}

}  // namespace nightjar
