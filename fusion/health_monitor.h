// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/frame_health.h"
#include "fusion/estimator_options.h"
#include "fusion/imu_buffer.h"
#include "fusion/window.h"

namespace nightjar {

/// This many landmarks with a stereo baseline fix the scale.
inline constexpr int kScaleLandmarks = 10;

/// The features of a frame that two cameras or more see.
int StereoTracks(const FrameObservations& frame);

/// Says of each solved frame whether to believe it, and why not.
///
/// Tracking has to be earned, at the start and after every time without images that agree: small
/// sigmas of tilt and velocity, and a known scale: enough landmarks with a stereo baseline, or a
/// small sigma of the window's size.
class HealthMonitor {
 public:
  /// `rig` must outlive the monitor.
  HealthMonitor(const Rig& rig, const EstimatorOptions& options);

  /// Of the newest state of a window that was just solved (`solved`: with success) with `frame` in
  /// it.
  FrameHealth Judge(Window& window, const FrameObservations& frame, const ImuBuffer& imu,
                    const StartBelief& start, bool solved);

  /// Whether gravity, velocity and scale are known to their usual accuracy.
  bool initialised() const { return initialised_; }

  /// Whether the newest state has no tie to the scene left that could be picked up again: what
  /// comes next is another map.
  bool tie_lost() const { return tie_lost_; }

 private:
  struct Signs {
    bool seen = false;    // enough features agree with the estimate
    bool solved = false;  // the window has a solution that determines its newest state
    bool imu_gap = false;
    bool imu_clipped = false;
    double bias_in_sigmas = 0;  // of the newest biases from what was believed at the start
  };

  bool UpdateSigmas(Window& window,
                    FrameHealth& health);  // false: the newest state is not determined
  bool SigmasAreSmall(const FrameHealth& health) const;
  bool ScaleIsKnown(const Window& window, const FrameHealth& health) const;
  double BiasInSigmas(const WindowState& newest, const StartBelief& start) const;
  void SetStatus(const Signs& signs, FrameHealth& health) const;

  const Rig& rig_;
  EstimatorOptions options_;
  bool initialised_ = false;
  std::optional<SensorTime> first_initialised_;
  bool tie_lost_ = false;
};

}  // namespace nightjar
