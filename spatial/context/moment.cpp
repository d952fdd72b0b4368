// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/moment.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "spatial/context/rounded_text.h"
#include "spatial/geometry/clearance.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string RangeText(const Timeline& timeline) {
  return "give one from 0 to " + Fixed(ToSeconds(timeline.end() - timeline.begin()), 3) +
         " s after the first frame, or from " + std::to_string(ToNanoseconds(timeline.begin())) +
         "ns to " + std::to_string(ToNanoseconds(timeline.end())) + "ns";
}

size_t LastRowUntil(const Trajectory& rows, SensorTime time) {
  const auto after =
      std::upper_bound(rows.begin(), rows.end(), time,
                       [](SensorTime t, const TrajectoryRow& row) { return t < row.state.time; });
  return after == rows.begin() ? 0 : static_cast<size_t>(after - rows.begin()) - 1;
}

}  // namespace

Result<ContextMoment> ContextMoment::At(const Session& session, const ContextRequest& request,
                                        std::shared_ptr<const Timeline> known) {
  ContextMoment moment;
  moment.session_ = &session;
  moment.timeline_ = known ? std::move(known) : std::make_shared<const Timeline>(session);
  const Timeline& timeline = *moment.timeline_;
  if (timeline.empty()) return Fail(ErrorKind::kNoAnswer, "the session has no frames");
  moment.now_ = request.now.value_or(timeline.end());
  moment.begin_ = request.begin.value_or(timeline.begin());
  for (const SensorTime time : {moment.now_, moment.begin_}) {
    if (time < timeline.begin() || time > timeline.end())
      return Fail(ErrorKind::kUsage, "the time is outside of the session", {}, RangeText(timeline));
  }
  if (moment.begin_ > moment.now_) {
    return Fail(ErrorKind::kUsage, "the interval ends before it begins", {}, RangeText(timeline));
  }
  moment.motion_ = EstimateMotion(timeline.rows());
  moment.Locate();
  return moment;
}

void ContextMoment::Locate() {
  const Trajectory& path = rows();
  row_ = LastRowUntil(path, now_);
  first_row_ = LastRowUntil(path, begin_);
  first_row_of_map_ = row_;
  while (first_row_of_map_ > first_row_ &&
         path[first_row_of_map_ - 1].map == path[first_row_of_map_].map) {
    --first_row_of_map_;
  }
  SegmentPast();
  const SensorTime time = path[row_].state.time;
  const auto health =
      std::lower_bound(session_->health.begin(), session_->health.end(), time,
                       [](const FrameHealth& record, SensorTime t) { return record.time < t; });
  if (health != session_->health.end() && health->time == time) health_ = &*health;

  position_sigma_m_ = yaw_sigma_rad_ = kInfinity;
  const Result<TimedState> state = timeline_->At(now_);
  if (state && QualityScore(path[row_].status) > 0) state_ = *state;
  const int map = path[row_].map;
  if (session_->scene.map == map) scene_ = &session_->scene;
  frame_ = PlaceFrame(scene().aligned);
  const Se3& pose = state_ ? state_->state.T_world_body : path[row_].state.T_world_body;
  look_ = LookAnglesOf(session_->rig, pose);
  plan_ = FloorPlan(scene(), pose.translation.z());
  if (!IsWalkable()) plan_ = FloorPlan(Scene{}, 0);
  if (!state_ || !state_->error) return;
  const auto covariance = timeline_->JointCovariance(std::array{*state_});
  if (!covariance || !covariance->allFinite()) return;
  const Eigen::Matrix3d position = covariance->topLeftCorner<3, 3>();
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(position, Eigen::EigenvaluesOnly);
  position_sigma_m_ = SigmaOf(solver.eigenvalues().maxCoeff());
  yaw_sigma_rad_ = SigmaOf((*covariance)(5, 5));
}

// Whether the plan agrees with where the body went: of what it calls blocked, a body can have been
// in hardly anything.
bool ContextMoment::IsWalkable() const {
  constexpr double kMostBlocked = 0.2;
  double blocked = 0;
  for (size_t k = first_row_of_map_; k <= row_; ++k) {
    const Eigen::Vector2d place = rows()[k].state.T_world_body.translation.head<2>();
    blocked += plan_.At(place) == OccupancyGrid::kOccupied;
  }
  return blocked <= kMostBlocked * static_cast<double>(row_ - first_row_of_map_ + 1);
}

// Only what was done until now, and from the beginning of what is told on.
void ContextMoment::SegmentPast() {
  const auto begin = static_cast<std::ptrdiff_t>(first_row_);
  const auto end = static_cast<std::ptrdiff_t>(row_) + 1;
  segments_ = SegmentMotion({rows().begin() + begin, rows().begin() + end},
                            {motion_.begin() + begin, motion_.begin() + end});
}

double ClearanceNear::SigmaHere(double sigma_m) const { return std::hypot(sigma_m, away_m); }

double ClearanceNear::FreeHere(double free_m) const { return std::max(0.0, free_m - away_m); }

std::optional<ClearanceNear> ContextMoment::FindClearance() const {
  constexpr double kLongest_s = 5, kFarthest_m = 0.3;
  const auto& keyframes = session_->keyframes;
  if (!state_ || scene().views.size() != keyframes.size()) return std::nullopt;
  std::optional<size_t> nearest;
  double shortest_s = kLongest_s;
  for (size_t k = 0; k < keyframes.size(); ++k) {
    if (keyframes[k].map != state_->map || !scene().views[k].clearance ||
        !IsCredible(*scene().views[k].clearance)) {
      continue;
    }
    const double apart_s = std::abs(ToSeconds(keyframes[k].state.time - now_));
    const double away_m =
        (keyframes[k].state.T_world_body.translation - state_->state.T_world_body.translation)
            .norm();
    if (apart_s > shortest_s || away_m > kFarthest_m) continue;
    nearest = k;
    shortest_s = apart_s;
  }
  if (!nearest) return std::nullopt;
  const Keyframe& keyframe = keyframes[*nearest];
  ClearanceNear near;
  near.clearance = &*scene().views[*nearest].clearance;
  near.time = keyframe.state.time;
  near.away_m =
      (keyframe.state.T_world_body.translation - state_->state.T_world_body.translation).norm();
  near.turned_rad = WrappedAngle(LookAnglesOf(session_->rig, keyframe.state.T_world_body).yaw_rad -
                                 look_.yaw_rad);
  return near;
}

}  // namespace nightjar
