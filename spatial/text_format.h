// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/se3.h"
#include "spatial/session.h"

namespace nightjar {

/// JSON whose keys stay in the order in which they were written: records read like sentences.
using Json = nlohmann::ordered_json;

/// "success", "warning", "error" in Project Aria's spelling.
const char* OutcomeName(StageReport::Outcome outcome);

/// "initialising", "tracking", "degraded", "dead-reckoned", "lost".
const char* StatusName(TrackingStatus status);

/// What these names mean; nothing for any other.
std::optional<StageReport::Outcome> OutcomeOf(std::string_view name);
std::optional<TrackingStatus> StatusOf(std::string_view name);

/// `decimals` digits after the point, without the minus of a rounded-away negative. Not a number:
/// "nan", "inf".
std::string Fixed(double value, int decimals);

/// The same rotation with w >= 0, so that equal rotations are equal text.
Eigen::Quaterniond Canonical(const Eigen::Quaterniond& q);

Json ToJson(const Eigen::Vector3d& v);     // [x, y, z]
Json ToJson(const Eigen::Quaterniond& q);  // [x, y, z, w], canonical
Json ToJson(const StageReport& stage);     // {status, info, warnings, errors}

/// {"p": [x, y, z], "q_xyzw": [x, y, z, w]}: the pose in our own files.
Json ToJson(const Se3& T);

/// Text of a JSON value on one line or, with `indent` >= 0, on many. What is not UTF-8 is replaced,
/// what is not a finite number is null: never an exception.
std::string Dump(const Json& json, int indent = -1);

}  // namespace nightjar
