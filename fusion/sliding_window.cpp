// SPDX-License-Identifier: Apache-2.0
#include "fusion/sliding_window.h"

#include <algorithm>

#include "fusion/inertial_interval.h"
#include "fusion/keyframe_policy.h"
#include "fusion/landmark_creation.h"
#include "fusion/window_reduction.h"
#include "fusion/window_solver.h"

namespace nightjar {
namespace {

// First-order bias correction is exact enough below these changes (error of a second's interval
// under 0.1 mm).
constexpr double kGyroBiasChange = 1e-3;           // rad/s
constexpr double kAccelerometerBiasChange = 0.02;  // m/s^2

WindowSolverOptions CausalSolve(const EstimatorOptions& options) {
  return {options.solver_iterations, options.huber_threshold, options.outlier_threshold, false};
}

}  // namespace

SlidingWindow::SlidingWindow(const Rig& rig, const EstimatorOptions& options,
                             const MapOrigin& origin)
    : rig_(rig),
      options_(options),
      noise_(options.Inflated(rig.imu.noise)),
      monitor_(rig, options),
      stillness_(options, rig.imu.noise),
      start_up_(rig_, options, origin) {}

FrameHealth SlidingWindow::Add(const FrameObservations& frame, const ImuBuffer& imu) {
  const int64_t id = frames_++;
  still_ = stillness_.Add(frame, imu);
  if (window_.states.empty()) return Start(id, frame, imu);
  AppendState(id, frame, imu);
  DropOldFrames(imu);
  RefreshPreintegration(imu);
  const bool solved = SolveWindow(window_, rig_, CausalSolve(options_));
  RemoveOutliers(window_, rig_, CausalSolve(options_));
  const FrameHealth health = monitor_.Judge(window_, frame, imu, start_, solved);
  if (WantsKeyframe(window_, options_, monitor_.initialised(), health.inliers)) MakeKeyframe(imu);
  return health;
}

FrameHealth SlidingWindow::Start(int64_t id, const FrameObservations& frame, const ImuBuffer& imu) {
  if (imu.empty() || imu.LongestGap(frame.time - kImuGap, frame.time) > kImuGap) {
    FrameHealth health;
    health.time = frame.time;
    health.reason = "no inertial samples";
    return health;
  }
  // A stereo baseline gives the scale at once, and the window can find the rest by itself.
  if (StereoTracks(frame) >= kScaleLandmarks) {
    start_up_.Hold(frame, imu);
    BeginWith(id, frame);
    const FrameHealth health = monitor_.Judge(window_, frame, imu, start_, true);
    MakeKeyframe(imu);
    return health;
  }
  std::optional<Window> window = start_up_.Add(id, frame, still_, imu);
  if (!window) return start_up_.health();
  BeginWith(*std::move(window));
  const FrameHealth health = monitor_.Judge(window_, frame, imu, start_, true);
  LimitKeyframes(imu);
  return health;
}

void SlidingWindow::BeginWith(int64_t id, const FrameObservations& frame) {
  start_ = start_up_.belief();
  window_.start = start_;
  WindowState state;
  state.id = id;
  state.time = frame.time;
  state.features = frame.features;
  state.still_angular_velocity = still_;
  state.value = ToBlocks(start_up_.held());
  window_.states.push_back(std::move(state));
}

void SlidingWindow::BeginWith(Window window) {
  start_ = start_up_.belief();
  window_ = std::move(window);
  for (const WindowState& state : window_.states) {
    records_.push_back({state.id, FromBlocks(state.time, state.value), state.features,
                        state.still_angular_velocity});
  }
}

void SlidingWindow::AppendState(int64_t id, const FrameObservations& frame, const ImuBuffer& imu) {
  // When the newest interval was made, its end may have had to be held: now there are samples after
  // it. A clipped run that went on after it makes those before it longer too.
  for (size_t s = window_.states.size(); s-- > 0;) {
    if (window_.states[s].from_previous == nullptr) break;
    ConnectToPrevious(window_, s, imu, noise_);
    const SensorTime begin = window_.states[s - 1].time;
    if (!imu.AnyClipped(begin, begin)) break;
  }

  WindowState state;
  state.id = id;
  state.time = frame.time;
  state.features = frame.features;
  state.still_angular_velocity = still_;
  state.value = ToBlocks(PredictFrom(newest(), frame.time, imu, noise_));
  for (const FeatureObservation& feature : frame.features) {
    const auto landmark = window_.landmarks.find(feature.track);
    if (landmark != window_.landmarks.end()) {
      landmark->second.observations.push_back({state.id, feature});
    }
  }
  window_.states.push_back(std::move(state));
  ConnectToPrevious(window_, window_.states.size() - 1, imu, noise_);
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
    ConnectToPrevious(window_, s, imu, noise_);
  }
}

void SlidingWindow::MakeKeyframe(const ImuBuffer& imu) {
  window_.states.back().keyframe = true;
  const WindowState& state = window_.states.back();
  records_.push_back({state.id, newest(), state.features, state.still_angular_velocity});
  LimitKeyframes(imu);
  CreateLandmarks(window_, rig_, window_.states.back().id);
}

void SlidingWindow::LimitKeyframes(const ImuBuffer& imu) {
  const auto keyframes = [this] {
    return std::count_if(window_.states.begin(), window_.states.end(),
                         [](const WindowState& state) { return state.keyframe; });
  };
  while (keyframes() > options_.window_keyframes) {
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
}

void SlidingWindow::Remember(const WindowState& keyframe) {
  const auto record =
      std::find_if(records_.begin(), records_.end(),
                   [&keyframe](const KeyframeRecord& r) { return r.id == keyframe.id; });
  record->state = FromBlocks(keyframe.time, keyframe.value);
}

NavigationState SlidingWindow::newest() const {
  if (window_.states.empty()) return start_up_.held();
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
  if (!last.keyframe) {
    keyframes.push_back({last.id, newest(), last.features, last.still_angular_velocity});
  }
  return keyframes;
}

}  // namespace nightjar
