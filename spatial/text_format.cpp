// SPDX-License-Identifier: Apache-2.0
#include "spatial/text_format.h"

#include <fmt/format.h>

namespace nightjar {

const char* OutcomeName(StageReport::Outcome outcome) {
  switch (outcome) {
    case StageReport::Outcome::kSuccess: return "SUCCESS";
    case StageReport::Outcome::kWarning: return "WARNING";
    case StageReport::Outcome::kError: return "ERROR";
  }
  return "ERROR";
}

const char* StatusName(TrackingStatus status) {
  switch (status) {
    case TrackingStatus::kWaiting: return "waiting";
    case TrackingStatus::kInitialising: return "initialising";
    case TrackingStatus::kTracking: return "tracking";
    case TrackingStatus::kDegraded: return "degraded";
    case TrackingStatus::kDeadReckoned: return "dead-reckoned";
    case TrackingStatus::kLost: return "lost";
  }
  return "lost";
}

std::optional<StageReport::Outcome> OutcomeOf(std::string_view name) {
  using Outcome = StageReport::Outcome;
  for (const Outcome outcome : {Outcome::kSuccess, Outcome::kWarning, Outcome::kError}) {
    if (name == OutcomeName(outcome)) return outcome;
  }
  return std::nullopt;
}

std::optional<TrackingStatus> StatusOf(std::string_view name) {
  using Status = TrackingStatus;
  for (const Status status : {Status::kWaiting, Status::kInitialising, Status::kTracking,
                              Status::kDegraded, Status::kDeadReckoned, Status::kLost}) {
    if (name == StatusName(status)) return status;
  }
  return std::nullopt;
}

std::string Fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

Eigen::Quaterniond Canonical(const Eigen::Quaterniond& q) {
  Eigen::Quaterniond canonical = q;
  if (q.w() < 0) canonical.coeffs() = -q.coeffs();
  return canonical;
}

Json ToJson(const Eigen::Vector3d& v) { return Json::array({v.x(), v.y(), v.z()}); }

Json ToJson(const Eigen::Quaterniond& q) {
  const Eigen::Quaterniond canonical = Canonical(q);
  return Json::array({canonical.x(), canonical.y(), canonical.z(), canonical.w()});
}

Json ToJson(const Se3& T) { return {{"p", ToJson(T.translation)}, {"q_xyzw", ToJson(T.rotation)}}; }

Json ToJson(const StageReport& stage) {
  return {{"status", OutcomeName(stage.outcome)},
          {"info", stage.info},
          {"warnings", stage.warnings},
          {"errors", stage.errors}};
}

std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nightjar
