// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>

#include "spatial/text_format.h"

namespace nightjar {

/// `value` without digits that its 1 sigma makes meaningless: the last one has the place of the
/// first digit of sigma. At most six digits after the point; without a sigma three.
double RoundedTo(double value, std::optional<double> sigma);

/// Two digits of a sigma.
double RoundedSigma(double sigma);

/// The answer to a question: numbers with `<key>_sigma` beside them, 1 sigma in the same unit. What
/// is not known is null, and `unknown` says why, by key.
class Answer {
 public:
  explicit Answer(const char* verb) { json_["verb"] = verb; }

  void Set(const std::string& key, Json value) { json_[key] = std::move(value); }

  /// A sigma that is not known, or not finite, is null, for the reason `why`.
  void Number(const std::string& key, double value, std::optional<double> sigma,
              const std::string& why = {});
  void Vector(const std::string& key, const Eigen::Vector3d& value,
              const std::optional<Eigen::Vector3d>& sigma, const std::string& why = {});
  /// Neither the value nor its sigma.
  void Unknown(const std::string& key, const std::string& why);
  /// A value without a sigma.
  void Missing(const std::string& key, const std::string& why);

  Json Done() &&;

 private:
  Json json_ = Json::object();
  Json unknown_ = Json::object();
};

}  // namespace nightjar
