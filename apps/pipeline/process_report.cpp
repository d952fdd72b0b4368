// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/process_report.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <map>
#include <utility>

#include "apps/pipeline/stream_spans.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

using Outcome = StageReport::Outcome;

// The frames with one of these statuses: how many, and why the first has it.
std::string CountAndReason(const std::vector<FrameHealth>& health, const std::string& what,
                           std::initializer_list<TrackingStatus> statuses) {
  int64_t count = 0;
  std::string reason;
  for (const FrameHealth& frame : health) {
    if (std::find(statuses.begin(), statuses.end(), frame.status) == statuses.end()) continue;
    if (count++ == 0) reason = frame.reason;
  }
  return count == 0 ? "" : std::to_string(count) + " frames " + what + ", the first: " + reason;
}

}  // namespace

StageReport& AddStage(Session& session, const std::string& name) {
  session.stages.push_back({name, Outcome::kSuccess, {}, {}, {}});
  return session.stages.back();
}

void ReportData(const SensorLog& log, const FrontEnd& front_end, Session& session) {
  StageReport& stage = AddStage(session, "data");
  stage.info = log.contents().notes;
  for (const LogAnomaly& anomaly : log.anomalies()) {
    session.anomalies.push_back({anomaly.what, anomaly.first_where, anomaly.count});
    stage.warnings.push_back(anomaly.what + ", " + std::to_string(anomaly.count) +
                             " times, first at " + anomaly.first_where);
  }
  for (std::string& warning : SpanWarnings(log.counts(), log.rig().cameras.front().name)) {
    stage.warnings.push_back(std::move(warning));
  }
  if (front_end.unpaired_frames() > 0) {
    stage.warnings.push_back(std::to_string(front_end.unpaired_frames()) +
                             " frames without a partner from the reference camera, not used");
  }
  if (const int64_t far = front_end.frames_far_from_profile(); far > 0) {
    stage.warnings.push_back(std::to_string(far) +
                             " frames of a gain less than half or more than twice those that the "
                             "rig's noise profile has: their noise may be another");
  }
  for (const StreamCounts& counts : log.counts()) {
    session.counts.emplace_back(counts.stream + "_listed", counts.listed);
    session.counts.emplace_back(counts.stream + "_delivered", counts.delivered);
  }
  session.counts.emplace_back("frames_denoised", front_end.denoised_frames());
  if (const auto& events = front_end.events()) {
    session.counts.emplace_back("frames_with_event_tracks", events->frames());
    session.counts.emplace_back("event_tracks", events->tracks());
    session.counts.emplace_back("event_track_observations", events->observations());
  }
  if (front_end.depth_observations() > 0)
    session.counts.emplace_back("depth_observations", front_end.depth_observations());
  if (!stage.warnings.empty()) stage.outcome = Outcome::kWarning;
}

std::string CommonestReason(const std::vector<FrameHealth>& health) {
  std::map<std::string, int> counts;
  for (const FrameHealth& frame : health) ++counts[frame.reason];
  const auto commonest =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return commonest == counts.end() ? "" : commonest->first;
}

void ReportTracking(Session& session) {
  StageReport& stage = AddStage(session, "fusion");
  std::map<TrackingStatus, int64_t> counts;
  for (const FrameHealth& health : session.health) ++counts[health.status];
  for (const auto& [status, count] : counts) {
    stage.info.push_back(std::to_string(count) + " frames " + StatusName(status));
  }
  const int maps = Summarise(session).maps;
  if (maps > 1) {
    stage.warnings.push_back("the way was lost " + std::to_string(maps - 1) + " times: " +
                             std::to_string(maps) + " maps, whose places cannot be compared");
  }
  for (const std::string& line :
       {CountAndReason(session.health, "degraded", {TrackingStatus::kDegraded}),
        CountAndReason(
            session.health, "without a usable pose",
            {TrackingStatus::kWaiting, TrackingStatus::kDeadReckoned, TrackingStatus::kLost})}) {
    if (!line.empty()) stage.warnings.push_back(line);
  }
  if (!stage.warnings.empty()) stage.outcome = Outcome::kWarning;
}

void ReportScale(const std::optional<InertialScale>& scale, const Rig& rig,
                 const std::string& depth_sensor, StageReport& stage) {
  if (!scale) return;
  const double length = 1 / scale->scale, sigma = scale->sigma / (scale->scale * scale->scale);
  const std::string ratio = Fixed(length, 3) + " (sigma " + Fixed(sigma, 3) + ")";
  constexpr double kLeast = 0.05, kSigmas = 5;
  if (std::abs(length - 1) < std::max(kLeast, kSigmas * sigma)) {
    stage.info.push_back("the path is " + ratio + " of what the inertial samples say");
    return;
  }
  std::string remedy = "check the unit of the accelerometer";
  if (rig.cameras.size() > 1) remedy += " and how far the rig says that the cameras are apart";
  if (!depth_sensor.empty()) {
    remedy = "check the unit of " + depth_sensor +
             ", whose samples are mm, or leave it out of the estimate: depth: {factors: false}";
  }
  stage.outcome = Outcome::kWarning;
  stage.warnings.push_back("the path is " + ratio + " of what the inertial samples say: " + remedy);
}

}  // namespace nightjar
