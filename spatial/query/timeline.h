// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "spatial/query/pose_correlation.h"
#include "spatial/session.h"

namespace nightjar {

/// Whether a pose with this status says where the body was: while it waits for a start its place is
/// only given, and where it is lost the error may be anything.
constexpr bool HasPlace(TrackingStatus status) {
  return status != TrackingStatus::kLost && status != TrackingStatus::kWaiting;
}

/// The error [dp, dr] of a pose between two keyframes, in world axes and the gauge of
/// Keyframe::covariance: (1 - share) e_before + share e_after + what is its own.
struct PoseError {
  int before = 0;  // index into Session::keyframes
  int after = 0;   // idem; the same at a keyframe
  double share = 0;
  /// What the inertial samples that carry it from one keyframe to the next add.
  Matrix6d own = Matrix6d::Zero();
};

/// The body at any time of a session.
struct TimedState {
  NavigationState state;
  Eigen::Vector3d angular_velocity_body = Eigen::Vector3d::Zero();  // rad/s
  TrackingStatus status = TrackingStatus::kLost;                    // of the nearest frame
  int map = 0;
  std::optional<PoseError> error;  // nothing: its uncertainty is not known
  std::string why_unknown;         // then: one phrase
  /// Of the velocity, world axes; nothing as above. An upper bound between keyframes.
  std::optional<Eigen::Matrix3d> velocity_covariance;
};

/// Where a session's body was, and how the errors of its poses go together. Of the final trajectory
/// where there is one, else of the causal one, whose uncertainty is not known.
class Timeline {
 public:
  /// `session` must outlive it unmoved.
  explicit Timeline(const Session& session);

  bool empty() const { return rows_.empty(); }
  SensorTime begin() const { return rows_.front().state.time; }  // of the first frame
  SensorTime end() const { return rows_.back().state.time; }
  const Trajectory& rows() const { return rows_; }
  const PoseCorrelation& correlation() const { return correlation_; }

  /// Between two frames: cubic in position and rotation through both frames' velocities. Errors:
  /// kUsage outside of begin() .. end(); kNoAnswer where the body was lost, and between two maps.
  Result<TimedState> At(SensorTime time) const;

  /// A keyframe's own state.
  TimedState AtKeyframe(size_t keyframe) const;

  /// The covariance of the errors of these poses together, six rows and columns each. Nothing when
  /// one is not known, or two are of different maps.
  std::optional<Eigen::MatrixXd> JointCovariance(std::span<const TimedState> states) const;

 private:
  Matrix6d OwnCovariance(size_t before, double since_s, double interval_s) const;
  void AddError(TimedState& state) const;
  std::optional<Matrix6d> Cross(const TimedState& a, const TimedState& b) const;

  const Session& session_;
  const Trajectory& rows_;
  PoseCorrelation correlation_;
};

}  // namespace nightjar
