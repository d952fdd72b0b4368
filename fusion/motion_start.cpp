// SPDX-License-Identifier: Apache-2.0
#include "fusion/motion_start.h"

#include <cmath>
#include <utility>

#include "fusion/gravity_alignment.h"
#include "fusion/gyro_bias_from_tracks.h"
#include "fusion/inertial_interval.h"
#include "fusion/landmark_creation.h"
#include "fusion/start_belief.h"
#include "fusion/window_reduction.h"
#include "fusion/window_solver.h"
#include "fusion/zero_velocity_cost.h"

namespace nightjar {
namespace {

constexpr double kLeastSpan_s = 0.8;
// Longer than this the closed form's constant accelerometer bias bends too much.
constexpr double kLongestSpan_s = 2.0;
// Three sigma of what is believed of a gyro's bias.
constexpr double kBiasSigmas = 3;
constexpr int kSolverIterations = 30;
// By how much the speeds of the solved window may differ from the closed form's, as a factor.
constexpr double kAgreement = 1.5;

double PathLength(const std::vector<NavigationState>& states) {
  double length = 0;
  for (size_t k = 1; k < states.size(); ++k) {
    length += (states[k].T_world_body.translation - states[k - 1].T_world_body.translation).norm();
  }
  return length;
}

std::vector<NavigationState> StatesOf(const Window& window) {
  std::vector<NavigationState> states;
  for (const WindowState& state : window.states) {
    states.push_back(FromBlocks(state.time, state.value));
  }
  return states;
}

// Turned by the smallest angle that makes `up_body` point up.
Se3 Levelled(const Se3& T_world_body, const Eigen::Vector3d& up_body) {
  const Eigen::Quaterniond level =
      Eigen::Quaterniond::FromTwoVectors(T_world_body.rotation * up_body, Eigen::Vector3d::UnitZ());
  return {(level * T_world_body.rotation).normalized(), T_world_body.translation};
}

}  // namespace

MotionStart::MotionStart(const Rig& rig, const EstimatorOptions& options, const MapOrigin& origin)
    : rig_(rig), options_(options), origin_(origin) {
  held_.T_world_body = origin.T_world_body.value_or(Se3{});
  held_.gyro_bias = origin.gyro_bias;
  held_.accelerometer_bias = origin.accelerometer_bias;
}

StartBelief MotionStart::BeliefAt(SensorTime time, const ImuBuffer& imu) const {
  StartBelief belief = BelieveFromImu(imu, time, options_);
  belief.gyro_bias = origin_.gyro_bias;
  belief.accelerometer_bias = origin_.accelerometer_bias;
  return belief;
}

void MotionStart::Hold(const FrameObservations& frame, const ImuBuffer& imu) {
  belief_ = BeliefAt(frame.time, imu);
  if (!since_) {
    since_ = frame.time;
    held_.T_world_body = origin_.T_world_body
                             ? Levelled(*origin_.T_world_body, belief_.up_body)
                             : Se3{AttitudeFromUp(belief_.up_body), Eigen::Vector3d::Zero()};
  } else {
    const ImuPreintegration turn = Preintegrate(imu.Between(held_.time, frame.time), ImuNoise{},
                                                origin_.gyro_bias, origin_.accelerometer_bias);
    const Se3 turned{held_.T_world_body.rotation * turn.delta_rotation(),
                     held_.T_world_body.translation};
    held_.T_world_body = Levelled(turned, belief_.up_body);
  }
  held_.time = frame.time;
  held_.gyro_bias = origin_.gyro_bias;
  held_.accelerometer_bias = origin_.accelerometer_bias;

  health_ = {};
  health_.time = frame.time;
  health_.features = CountTracks(frame);
  health_.tilt_sigma_rad = belief_.up_sigma_rad;
  health_.velocity_sigma_m_s = belief_.speed_sigma_m_s;
  health_.position_drift_sigma_m = belief_.speed_sigma_m_s * ToSeconds(frame.time - *since_);
  const bool seen = health_.features >= options_.dead_reckoned_inliers;
  health_.status = seen ? TrackingStatus::kWaiting : TrackingStatus::kLost;
  health_.reason = seen ? "one camera: collecting motion to tell gravity and scale from"
                        : "no start yet: too few features";
}

std::optional<Window> MotionStart::Add(int64_t id, const FrameObservations& frame,
                                       const std::optional<Eigen::Vector3d>& still,
                                       const ImuBuffer& imu) {
  Hold(frame, imu);
  standing_frames_ = still ? standing_frames_ + 1 : 0;
  if (still) {
    // The mean over the standing so far.
    origin_.gyro_bias += (*still - origin_.gyro_bias) / standing_frames_;
    health_.status = TrackingStatus::kInitialising;  // it is where it was
    health_.velocity_sigma_m_s = ZeroVelocityCost::kSpeedSigma;
    health_.reason = "standing still: one camera shows its scale in motion";
  }
  const Duration interval = FromSeconds(options_.start_keyframe_interval_s - 1e-3);
  if (!frames_.empty() && frame.time - frames_.back().time < interval) return std::nullopt;
  if (health_.features < options_.dead_reckoned_inliers) {
    frames_.clear();  // tracks end where nothing is seen
    held_poses_.clear();
    return std::nullopt;
  }
  StartFrame collected = MakeStartFrame(id, frame, rig_);
  collected.still_angular_velocity = still;
  Collect(std::move(collected));
  if (still || ToSeconds(frame.time - frames_.front().time) < kLeastSpan_s - 1e-3)
    return std::nullopt;
  return TryToStart(imu);
}

void MotionStart::Collect(StartFrame frame) {
  frames_.push_back(std::move(frame));
  held_poses_.push_back(held_.T_world_body);
  size_t too_old = 0;
  while (ToSeconds(frames_.back().time - frames_[too_old].time) > kLongestSpan_s + 1e-3) ++too_old;
  frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(too_old));
  held_poses_.erase(held_poses_.begin(),
                    held_poses_.begin() + static_cast<std::ptrdiff_t>(too_old));
}

Window MotionStart::MakeWindow(const std::vector<NavigationState>& states) const {
  Window window;
  for (size_t k = 0; k < states.size(); ++k) {
    WindowState state;
    state.id = frames_[k].id;
    state.time = frames_[k].time;
    state.value = ToBlocks(states[k]);
    state.keyframe = true;
    state.still_angular_velocity = frames_[k].still_angular_velocity;
    state.features = frames_[k].features;
    window.states.push_back(std::move(state));
  }
  return window;
}

std::optional<Window> MotionStart::TryToStart(const ImuBuffer& imu) {
  if (imu.LongestGap(frames_.front().time, frames_.back().time) > kImuGap) return std::nullopt;
  // The closed form takes what is clipped for all of the motion; the solve after it weighs that,
  // and is asked whether it is sure. To wait until nothing is clipped could be to wait for ever.
  if (imu.AnyClipped(frames_.front().time, frames_.back().time)) {
    health_.reason = "one camera: motion beyond the range of the IMU, collecting more of it";
  }
  const double largest = kBiasSigmas * options_.start_gyro_bias_sigma;
  Eigen::Vector3d gyro_bias = origin_.gyro_bias;
  auto intervals = PreintegrateBetween(frames_, imu, gyro_bias, origin_.accelerometer_bias);
  const auto better = GyroBiasFromTracks(frames_, intervals, largest);
  if (!better) return std::nullopt;
  gyro_bias = *better;
  intervals = PreintegrateBetween(frames_, imu, gyro_bias, origin_.accelerometer_bias);
  const auto alignment = AlignGravity(rig_, frames_, intervals);
  if (!alignment) return std::nullopt;
  const std::vector<NavigationState> states =
      StatesFromAlignment(*alignment, frames_, intervals, held_poses_.front());

  Window window = MakeWindow(states);
  const StartBelief belief = BeliefAt(frames_.front().time, imu);
  window.start = belief;
  CreateAllLandmarks(window, rig_);
  const ImuNoise noise = options_.Inflated(rig_.imu.noise);
  const WindowSolverOptions solver{kSolverIterations, options_.huber_threshold,
                                   options_.outlier_threshold, false};
  for (const bool first : {true, false}) {
    ConnectAll(window, imu, noise);
    if (!SolveWindow(window, rig_, solver)) return std::nullopt;
    if (first) RemoveOutliers(window, rig_, solver);
  }
  RemoveOutliers(window, rig_, solver);

  const auto uncertainty = UncertaintyOfNewest(window, rig_, options_.huber_threshold);
  if (!uncertainty) return std::nullopt;
  const auto sigma = uncertainty->covariance.diagonal().cwiseMax(0).cwiseSqrt().eval();
  const double ratio = PathLength(StatesOf(window)) / PathLength(states);
  const bool sure = sigma.segment<2>(3).maxCoeff() < options_.initialised_tilt_sigma_rad &&
                    sigma.segment<3>(6).maxCoeff() < options_.initialised_speed_sigma_m_s &&
                    uncertainty->scale_sigma < options_.initialised_scale_sigma;
  const bool agrees = ratio < kAgreement && ratio > 1 / kAgreement;
  const bool seen = static_cast<int>(window.landmarks.size()) >= options_.tracking_inliers;
  if (!sure || !agrees || !seen) return std::nullopt;
  belief_ = belief;
  return window;
}

}  // namespace nightjar
