// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/frame_health.h"
#include "fusion/estimator_options.h"
#include "fusion/health_monitor.h"
#include "fusion/imu_buffer.h"
#include "fusion/motion_start.h"
#include "fusion/stillness.h"
#include "fusion/window.h"

namespace nightjar {

/// What a keyframe leaves for the final solution.
struct KeyframeRecord {
  int64_t id = 0;
  NavigationState state;  // as the window knew it last
  std::vector<FeatureObservation> features;
  std::optional<Eigen::Vector3d> still_angular_velocity;  // as WindowState has it
};

/// The causal estimator: one solve of a window of keyframes and newest frames per frame.
class SlidingWindow {
 public:
  SlidingWindow(const Rig& rig, const EstimatorOptions& options, const MapOrigin& origin = {});

  /// Estimates the state at a frame; `imu` must hold the samples up to its time and be the same
  /// buffer every time. Returns the frame's health.
  FrameHealth Add(const FrameObservations& frame, const ImuBuffer& imu);

  /// The newest state; the default one, without a time, before the first inertial sample.
  NavigationState newest() const;
  /// Every keyframe so far, in time order, each as the window knows or last knew it; the newest
  /// frame always counts as one.
  std::vector<KeyframeRecord> Keyframes() const;
  /// Whether a first state has been found.
  bool started() const { return !window_.states.empty(); }
  /// Whether the map ends here (HealthMonitor::tie_lost).
  bool tie_lost() const { return started() && monitor_.tie_lost(); }
  /// What was believed of the first state.
  const StartBelief& start() const { return start_; }

 private:
  FrameHealth Start(int64_t id, const FrameObservations& frame, const ImuBuffer& imu);
  void BeginWith(int64_t id, const FrameObservations& frame);
  void BeginWith(Window window);
  void AppendState(int64_t id, const FrameObservations& frame, const ImuBuffer& imu);
  void RefreshPreintegration(const ImuBuffer& imu);
  void DropOldFrames(const ImuBuffer& imu);
  void MakeKeyframe(const ImuBuffer& imu);
  void LimitKeyframes(const ImuBuffer& imu);
  void Remember(const WindowState& keyframe);

  const Rig& rig_;
  EstimatorOptions options_;
  ImuNoise noise_;
  HealthMonitor monitor_;
  StillnessDetector stillness_;
  std::optional<Eigen::Vector3d> still_;  // what it says of the newest frame
  MotionStart start_up_;
  Window window_;  // empty until the start
  StartBelief start_;
  std::vector<KeyframeRecord> records_;
  int64_t frames_ = 0;
};

}  // namespace nightjar
