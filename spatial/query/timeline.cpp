// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/timeline.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/so3.h"

namespace nightjar {
namespace {

constexpr double kGravity = 9.81;  // m/s^2

// The cubic through a and b with the slopes a' and b' (per interval), at u in [0, 1].
template <typename V>
V Hermite(const V& a, const V& slope_a, const V& b, const V& slope_b, double u) {
  const double u2 = u * u, u3 = u2 * u;
  return (2 * u3 - 3 * u2 + 1) * a + (u3 - 2 * u2 + u) * slope_a + (3 * u2 - 2 * u3) * b +
         (u3 - u2) * slope_b;
}

// Between two neighbouring rows of one map.
TimedState Between(const TrajectoryRow& a, const TrajectoryRow& b, SensorTime time) {
  const double interval_s = ToSeconds(b.state.time - a.state.time);
  const double u = ToSeconds(time - a.state.time) / interval_s;
  TimedState result;
  result.state.time = time;
  result.map = a.map;
  result.status = u < 0.5 ? a.status : b.status;
  const Se3& from = a.state.T_world_body;
  const Se3& to = b.state.T_world_body;
  Se3& pose = result.state.T_world_body;
  pose.translation =
      Hermite<Eigen::Vector3d>(from.translation, interval_s * a.state.velocity_world,
                               to.translation, interval_s * b.state.velocity_world, u);
  const Eigen::Vector3d turn = so3::Log(from.rotation.conjugate() * to.rotation);
  const Eigen::Vector3d slope_a = interval_s * a.angular_velocity_body;
  const Eigen::Vector3d slope_b =
      so3::RightJacobianInverse(turn) * (interval_s * b.angular_velocity_body);
  const Eigen::Vector3d zero = Eigen::Vector3d::Zero();
  pose.rotation =
      (from.rotation * so3::Exp(Hermite<Eigen::Vector3d>(zero, slope_a, turn, slope_b, u)))
          .normalized();
  result.state.velocity_world = (1 - u) * a.state.velocity_world + u * b.state.velocity_world;
  result.angular_velocity_body = (1 - u) * a.angular_velocity_body + u * b.angular_velocity_body;
  return result;
}

TimedState AtRow(const TrajectoryRow& row) {
  TimedState result;
  result.state = row.state;
  result.angular_velocity_body = row.angular_velocity_body;
  result.status = row.status;
  result.map = row.map;
  return result;
}

// Everything has an uncertainty: where all is zero it was not known.
bool IsKnown(const Keyframe& keyframe) { return keyframe.covariance.trace() > 0; }

}  // namespace

Timeline::Timeline(const Session& session)
    : session_(session),
      rows_(session.closed_loop.empty() ? session.open_loop : session.closed_loop),
      correlation_(session.keyframes, session.pairs) {}

Result<TimedState> Timeline::At(SensorTime time) const {
  if (rows_.empty()) return Fail(ErrorKind::kNoAnswer, "the session has no frames");
  if (time < begin() || time > end()) {
    return Fail(ErrorKind::kUsage, "the time is outside of the session", "",
                "give one from 0 to " + std::to_string(ToSeconds(end() - begin())) + " s");
  }
  const auto after =
      std::lower_bound(rows_.begin(), rows_.end(), time,
                       [](const TrajectoryRow& row, SensorTime t) { return row.state.time < t; });
  TimedState result = AtRow(*after);
  if (after->state.time != time) {
    const TrajectoryRow& before = *std::prev(after);
    if (before.map != after->map) {
      return Fail(ErrorKind::kNoAnswer,
                  "the time is between two maps, and how they lie to each other is not known");
    }
    if (!HasPlace(before.status)) result.status = before.status;
    if (HasPlace(result.status)) result = Between(before, *after, time);
  }
  if (!HasPlace(result.status))
    return Fail(ErrorKind::kNoAnswer, "where the body was at that time is not known: it was lost");
  AddError(result);
  return result;
}

TimedState Timeline::AtKeyframe(size_t keyframe) const {
  TimedState result;
  result.state = session_.keyframes[keyframe].state;
  result.map = session_.keyframes[keyframe].map;
  result.status = TrackingStatus::kTracking;
  AddError(result);
  return result;
}

void Timeline::AddError(TimedState& state) const {
  if (session_.closed_loop.empty()) {
    state.why_unknown = "the session has no final solution";
    return;
  }
  const auto& keyframes = session_.keyframes;
  const SensorTime time = state.state.time;
  const auto after = std::lower_bound(
      keyframes.begin(), keyframes.end(), time,
      [](const Keyframe& keyframe, SensorTime t) { return keyframe.state.time < t; });
  const auto before =
      after != keyframes.end() && after->state.time == time ? after : std::prev(after);
  if (after == keyframes.end() || (before != after && after == keyframes.begin()) ||
      before->map != state.map || after->map != state.map) {
    state.why_unknown = "the time is not between two keyframes";
    return;
  }
  if (!IsKnown(*before) || !IsKnown(*after)) {
    state.why_unknown = "the covariance of the keyframes is not known";
    return;
  }
  PoseError error;
  error.before = static_cast<int>(before - keyframes.begin());
  error.after = static_cast<int>(after - keyframes.begin());
  if (before != after) {
    const double interval_s = ToSeconds(after->state.time - before->state.time);
    const double since_s = ToSeconds(time - before->state.time);
    error.share = since_s / interval_s;
    error.own = OwnCovariance(static_cast<size_t>(error.before), since_s, interval_s);
  }
  const double share = error.share;
  // A mean varies no more than what it is of.
  state.velocity_covariance = (1 - share) * before->covariance.block<3, 3>(6, 6) +
                              share * after->covariance.block<3, 3>(6, 6);
  state.error = error;
}

// The samples carry the pose from one keyframe towards the next, and what is missing there is
// spread evenly over the time between (docs/maths/relative-poses.md). White noise of the gyroscope
// is then a bridge; twice integrated noise n of the accelerometer is p(t) - share p(T) with
// Var p(t) = n^2 t^3 / 3, and a constant error a of the acceleration is - a t (T - t) / 2.
Matrix6d Timeline::OwnCovariance(size_t before, double t, double T) const {
  const ImuNoise& noise = session_.rig.imu.noise;
  const double gyro = noise.gyro_noise_density * noise.gyro_noise_density;
  const double accelerometer =
      noise.accelerometer_noise_density * noise.accelerometer_noise_density;
  const double share = t / T;
  const double bridge =
      t * t * t / 3 - share * t * t * (3 * T - t) / 3 + share * share * T * T * T / 3;

  // Of the acceleration: from the tilt, that turns gravity, and the bias.
  const Keyframe& keyframe = session_.keyframes[before];
  Eigen::Matrix<double, 3, 6> J;
  J << -so3::Hat({0, 0, kGravity}), -keyframe.state.T_world_body.RotationMatrix();
  Matrix6d tilt_and_bias;
  tilt_and_bias << keyframe.covariance.block<3, 3>(3, 3), keyframe.covariance.block<3, 3>(3, 12),
      keyframe.covariance.block<3, 3>(12, 3), keyframe.covariance.block<3, 3>(12, 12);
  const double lever = 0.5 * t * (T - t);

  Matrix6d own = Matrix6d::Zero();
  own.topLeftCorner<3, 3>() = accelerometer * bridge * Eigen::Matrix3d::Identity() +
                              lever * lever * J * tilt_and_bias * J.transpose();
  own.bottomRightCorner<3, 3>() = gyro * t * (T - t) / T * Eigen::Matrix3d::Identity();
  return own;
}

std::optional<Matrix6d> Timeline::Cross(const TimedState& a, const TimedState& b) const {
  const std::array<std::pair<int, double>, 2> of_a{
      {{a.error->before, 1 - a.error->share}, {a.error->after, a.error->share}}};
  const std::array<std::pair<int, double>, 2> of_b{
      {{b.error->before, 1 - b.error->share}, {b.error->after, b.error->share}}};
  Matrix6d sum = Matrix6d::Zero();
  for (const auto& [i, share_i] : of_a) {
    for (const auto& [j, share_j] : of_b) {
      if (share_i == 0 || share_j == 0) continue;
      const auto cross = correlation_.Cross(i, j);
      if (!cross) return std::nullopt;
      sum += share_i * share_j * *cross;
    }
  }
  if (a.error->before == b.error->before && a.error->after == b.error->after) {
    // Of one bridge: the earlier one's own error dies away towards the next keyframe.
    const PoseError& early = a.error->share <= b.error->share ? *a.error : *b.error;
    const PoseError& late = a.error->share <= b.error->share ? *b.error : *a.error;
    if (early.share < 1) sum += (1 - late.share) / (1 - early.share) * early.own;
  }
  return sum;
}

std::optional<Eigen::MatrixXd> Timeline::JointCovariance(std::span<const TimedState> states) const {
  const auto size = static_cast<Eigen::Index>(6 * states.size());
  Eigen::MatrixXd joint(size, size);
  for (size_t i = 0; i < states.size(); ++i) {
    for (size_t j = i; j < states.size(); ++j) {
      if (!states[i].error || !states[j].error || states[i].map != states[j].map)
        return std::nullopt;
      const auto cross = Cross(states[i], states[j]);
      if (!cross) return std::nullopt;
      const auto row = static_cast<Eigen::Index>(6 * i), column = static_cast<Eigen::Index>(6 * j);
      joint.block<6, 6>(row, column) = *cross;
      joint.block<6, 6>(column, row) = cross->transpose();
    }
  }
  return joint;
}

}  // namespace nightjar
