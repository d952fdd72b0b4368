// SPDX-License-Identifier: Apache-2.0
#include "fusion/sliding_window.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "fusion/keyframe_policy.h"
#include "fusion/landmark_creation.h"
#include "fusion/reprojection_cost.h"
#include "fusion/start_belief.h"
#include "fusion/window_factors.h"
#include "fusion/window_reduction.h"
#include "fusion/window_solver.h"

namespace nightjar {
namespace {

// First-order bias correction is exact enough below these changes (error of a second's interval
// under 0.1 mm).
constexpr double kGyroBiasChange = 1e-3;           // rad/s
constexpr double kAccelerometerBiasChange = 0.02;  // m/s^2

// A window of one camera can converge at a wrong scale and be sure of it; this many landmarks with
// a stereo baseline fix the scale.
constexpr int kScaleLandmarks = 10;

// Two samples of a 20 Hz IMU; what integrates over more is a guess.
constexpr Duration kImuGap = std::chrono::milliseconds(100);

// Biases so far from what was believed of them, in sigma, are wrong units or axes that the
// estimator bends itself to.
constexpr double kSuspiciousBias = 5;
constexpr double kLostBias = 10;

int CountTracks(const std::vector<FeatureObservation>& features) {
  std::set<uint64_t> tracks;
  for (const FeatureObservation& feature : features) tracks.insert(feature.track);
  return static_cast<int>(tracks.size());
}

WindowSolverOptions CausalSolve(const EstimatorOptions& options) {
  return {options.solver_iterations, options.huber_threshold, options.outlier_threshold, false};
}

struct Agreement {
  int landmarks = 0;  // that the newest state and another one see
  double rms = 0;     // of the newest state's whitened residuals, per axis
};

Agreement NewestAgreement(Window& window, const Rig& rig, double huber_threshold) {
  const WindowFactors factors(window, rig, huber_threshold);
  const int newest = static_cast<int>(window.states.size()) - 1;
  const double* newest_pose = window.states.back().value.pose.data();
  Agreement agreement;
  double sum = 0;
  int residuals = 0;
  for (const auto& landmark : factors.landmarks()) {
    if (landmark.host == newest) continue;
    bool seen = false;
    for (const auto& observation : landmark.observations) {
      if (observation.target != newest) continue;
      seen = true;
      const double* blocks[] = {window.states[static_cast<size_t>(landmark.host)].value.pose.data(),
                                newest_pose, landmark.landmark->value.data()};
      Eigen::Vector2d residual;
      observation.cost->Evaluate(blocks, residual.data(), nullptr);
      sum += residual.squaredNorm();
      residuals += 2;
    }
    agreement.landmarks += seen;
  }
  if (residuals > 0) agreement.rms = std::sqrt(sum / residuals);
  return agreement;
}

}  // namespace

SlidingWindow::SlidingWindow(const Rig& rig, const EstimatorOptions& options)
    : rig_(rig), options_(options), noise_(options.Inflated(rig.imu.noise)) {}

FrameHealth SlidingWindow::Add(const FrameObservations& frame, const ImuBuffer& imu) {
  const int64_t id = frames_++;
  if (window_.states.empty() && imu.empty()) {
    FrameHealth health;
    health.time = frame.time;
    health.reason = "no inertial sample yet";
    return health;
  }
  bool solved = true;
  if (window_.states.empty()) {
    Start(id, frame, imu);
  } else {
    AppendState(id, frame, imu);
    DropOldFrames(imu);
    RefreshPreintegration(imu);
    solved = SolveWindow(window_, rig_, CausalSolve(options_));
    RemoveOutliers(window_, rig_, CausalSolve(options_));
  }
  const FrameHealth health = Judge(frame, imu, solved);
  if (WantsKeyframe(health.inliers)) MakeKeyframe(imu);
  return health;
}

void SlidingWindow::Start(int64_t id, const FrameObservations& frame, const ImuBuffer& imu) {
  start_ = BelieveFromImu(imu, frame.time, options_);
  window_.start = start_;
  WindowState state;
  state.id = id;
  state.time = frame.time;
  state.features = frame.features;
  NavigationState first;
  first.time = frame.time;
  first.T_world_body.rotation = AttitudeFromUp(start_.up_body);
  state.value = ToBlocks(first);
  window_.states.push_back(std::move(state));
}

void SlidingWindow::AppendState(int64_t id, const FrameObservations& frame, const ImuBuffer& imu) {
  // When the newest interval was made, its end may have had to be held: now there are samples after
  // it.
  if (window_.states.size() > 1 && window_.states.back().from_previous != nullptr) {
    Reintegrate(window_.states.size() - 1, imu);
  }
  const WindowState& previous = window_.states.back();
  const NavigationState from = FromBlocks(previous.time, previous.value);
  WindowState state;
  state.id = id;
  state.time = frame.time;
  state.features = frame.features;
  const auto interval = std::make_shared<ImuPreintegration>(Preintegrate(
      imu.Between(previous.time, frame.time), noise_, from.gyro_bias, from.accelerometer_bias));
  state.value = ToBlocks(interval->Predict(from));
  state.from_previous = interval;
  for (const FeatureObservation& feature : frame.features) {
    const auto landmark = window_.landmarks.find(feature.track);
    if (landmark != window_.landmarks.end()) {
      landmark->second.observations.push_back({state.id, feature});
    }
  }
  window_.states.push_back(std::move(state));
}

void SlidingWindow::DropOldFrames(const ImuBuffer& imu) {
  const int64_t oldest_kept = window_.states.back().id - options_.window_recent_frames;
  for (size_t s = window_.states.size() - 1; s-- > 1;) {
    const WindowState& state = window_.states[s];
    if (!state.keyframe && state.id < oldest_kept) DropState(window_, state.id, imu, noise_);
  }
}

void SlidingWindow::RefreshPreintegration(const ImuBuffer& imu) {
  for (size_t s = 1; s < window_.states.size(); ++s) {
    WindowState& state = window_.states[s];
    if (state.from_previous == nullptr) continue;
    const WindowState& previous = window_.states[s - 1];
    const NavigationState from = FromBlocks(previous.time, previous.value);
    const double gyro_change = (from.gyro_bias - state.from_previous->gyro_bias()).norm();
    const double accelerometer_change =
        (from.accelerometer_bias - state.from_previous->accelerometer_bias()).norm();
    if (gyro_change < kGyroBiasChange && accelerometer_change < kAccelerometerBiasChange) continue;
    Reintegrate(s, imu);
  }
}

void SlidingWindow::Reintegrate(size_t index, const ImuBuffer& imu) {
  const WindowState& previous = window_.states[index - 1];
  const NavigationState from = FromBlocks(previous.time, previous.value);
  window_.states[index].from_previous = std::make_shared<ImuPreintegration>(
      Preintegrate(imu.Between(previous.time, window_.states[index].time), noise_, from.gyro_bias,
                   from.accelerometer_bias));
}

bool SlidingWindow::WantsKeyframe(int inliers) const {
  const WindowState& newest = window_.states.back();
  const WindowState* last = nullptr;
  for (const WindowState& state : window_.states) {
    if (state.keyframe) last = &state;
  }
  if (last == nullptr) return true;
  // Frame times are not exact multiples of the interval: a millisecond either way is no matter.
  const double since_last = ToSeconds(newest.time - last->time) + 1e-3;
  if (since_last < options_.start_keyframe_interval_s) return false;
  std::set<uint64_t> tracks;
  for (const FeatureObservation& feature : newest.features) tracks.insert(feature.track);
  // In the dark a keyframe would only push one that has landmarks out of the window.
  const auto seen = static_cast<int>(tracks.size());
  if (seen < options_.dead_reckoned_inliers) return false;
  const auto known = std::count_if(tracks.begin(), tracks.end(), [this](uint64_t track) {
    return window_.landmarks.contains(track);
  });
  if (static_cast<double>(known) < options_.keyframe_tracked_share * seen) return true;
  if (inliers < options_.dead_reckoned_inliers) return false;
  return since_last >
         (initialised_ ? options_.keyframe_interval_s : options_.start_keyframe_interval_s);
}

void SlidingWindow::MakeKeyframe(const ImuBuffer& imu) {
  window_.states.back().keyframe = true;
  records_.push_back({window_.states.back().id, newest(), window_.states.back().features});
  const auto keyframes = std::count_if(window_.states.begin(), window_.states.end(),
                                       [](const WindowState& state) { return state.keyframe; });
  if (keyframes > options_.window_keyframes) {
    const int64_t dropped = KeyframeToDrop(window_);
    // Frames between older keyframes would become neighbours of the prior, which can never let go
    // of them.
    int64_t second_newest = 0;
    for (const WindowState& state : window_.states) {
      if (state.keyframe && state.id != window_.states.back().id) second_newest = state.id;
    }
    for (size_t s = window_.states.size() - 1; s-- > 1;) {
      const WindowState& state = window_.states[s];
      if (!state.keyframe && state.id < second_newest) DropState(window_, state.id, imu, noise_);
    }
    Remember(window_.states[static_cast<size_t>(window_.IndexOf(dropped))]);
    MarginaliseKeyframe(window_, rig_, dropped, options_.huber_threshold);
  }
  CreateLandmarks(window_, rig_, window_.states.back().id);
}

void SlidingWindow::Remember(const WindowState& keyframe) {
  const auto record =
      std::find_if(records_.begin(), records_.end(),
                   [&keyframe](const KeyframeRecord& r) { return r.id == keyframe.id; });
  record->state = FromBlocks(keyframe.time, keyframe.value);
}

FrameHealth SlidingWindow::Judge(const FrameObservations& frame, const ImuBuffer& imu,
                                 bool solved) {
  FrameHealth health = sigmas_;
  health.time = frame.time;
  health.reason.clear();
  const Agreement agreement = NewestAgreement(window_, rig_, options_.huber_threshold);
  health.features = CountTracks(frame.features);
  health.inliers = agreement.landmarks;
  health.reprojection_rms = agreement.rms;
  const bool first = window_.states.size() == 1 && !window_.prior;
  const bool seen = (first ? health.features : health.inliers) >= options_.dead_reckoned_inliers;

  const bool well = initialised_ && health.inliers >= options_.tracking_inliers;
  if (!well || WantsKeyframe(health.inliers)) solved = UpdateSigmas(health) && solved;
  // What was known before a time without images has to be earned again.
  if (!seen || !solved) initialised_ = false;
  if (!first && seen && solved && SigmasAreSmall(health) && StereoLandmarks() >= kScaleLandmarks) {
    initialised_ = true;
  }
  const SensorTime previous =
      window_.states.size() > 1 ? window_.states[window_.states.size() - 2].time : frame.time;
  const bool imu_gap = imu.LongestGap(previous, frame.time) > kImuGap;
  SetStatus(seen, solved, imu_gap, health);
  return health;
}

bool SlidingWindow::UpdateSigmas(FrameHealth& health) {
  const auto covariance = CovarianceOfLastState(window_, rig_, options_.huber_threshold);
  if (!covariance) return false;
  const auto sigma = covariance->diagonal().cwiseMax(0).cwiseSqrt().eval();
  health.position_drift_sigma_m = sigma.segment<3>(0).maxCoeff();
  health.tilt_sigma_rad = sigma.segment<2>(3).maxCoeff();
  health.velocity_sigma_m_s = sigma.segment<3>(6).maxCoeff();
  sigmas_ = health;
  return true;
}

bool SlidingWindow::SigmasAreSmall(const FrameHealth& health) const {
  return health.tilt_sigma_rad < options_.initialised_tilt_sigma_rad &&
         health.velocity_sigma_m_s < options_.initialised_speed_sigma_m_s;
}

int SlidingWindow::StereoLandmarks() const {
  int count = 0;
  for (const auto& [track, landmark] : window_.landmarks) {
    const int host_camera = landmark.host_camera;
    count += std::any_of(landmark.observations.begin(), landmark.observations.end(),
                         [host_camera](const LandmarkObservation& seen) {
                           return seen.feature.camera != host_camera;
                         });
  }
  return count;
}

double SlidingWindow::BiasInSigmas() const {
  const NavigationState state = newest();
  return std::max((state.gyro_bias - start_.gyro_bias).norm() / options_.start_gyro_bias_sigma,
                  (state.accelerometer_bias - start_.accelerometer_bias).norm() /
                      options_.start_accelerometer_bias_sigma);
}

void SlidingWindow::SetStatus(bool seen, bool solved, bool imu_gap, FrameHealth& health) const {
  if (!solved) {
    health.status = TrackingStatus::kLost;
    health.reason = "the window has no solution";
  } else if (!seen && health.position_drift_sigma_m > options_.lost_drift_sigma_m) {
    health.status = TrackingStatus::kLost;
    health.reason = "too long without images that agree";
  } else if (!seen) {
    health.status = TrackingStatus::kDeadReckoned;
    health.reason = "no images that agree: inertial only";
  } else if (BiasInSigmas() > kLostBias) {
    health.status = TrackingStatus::kLost;
    health.reason = "impossible inertial bias: check units, axes and extrinsics";
  } else if (!initialised_) {
    health.status = TrackingStatus::kInitialising;
    health.reason = SigmasAreSmall(health)
                        ? "scale from the inertial samples alone, not confirmed by stereo"
                        : "gravity and velocity are still uncertain";
  } else if (BiasInSigmas() > kSuspiciousBias) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "improbable inertial bias: check units, axes and extrinsics";
  } else if (imu_gap) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "gap in the inertial samples";
  } else if (health.inliers < options_.tracking_inliers) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "few features agree";
  } else {
    health.status = TrackingStatus::kTracking;
  }
}

NavigationState SlidingWindow::newest() const {
  if (window_.states.empty()) return {};
  return FromBlocks(window_.states.back().time, window_.states.back().value);
}

std::vector<KeyframeRecord> SlidingWindow::Keyframes() const {
  std::vector<KeyframeRecord> keyframes = records_;
  for (KeyframeRecord& record : keyframes) {
    for (const WindowState& state : window_.states) {
      if (state.id == record.id) record.state = FromBlocks(state.time, state.value);
    }
  }
  if (window_.states.empty()) return keyframes;
  const WindowState& last = window_.states.back();
  if (!last.keyframe) keyframes.push_back({last.id, newest(), last.features});
  return keyframes;
}

}  // namespace nightjar
