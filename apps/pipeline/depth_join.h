// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "apps/pipeline/depth_tracks.h"
#include "core/feature_track.h"
#include "core/imu_sample.h"

namespace nightjar {

/// What the estimator takes, in the order in which it takes it.
using Measurement = std::variant<ImuSample, FrameObservations>;

/// Puts a depth sensor's frames to the observations of the camera's frames of the same time. A
/// frame's observations wait, with whatever comes behind them, until its depth has come or cannot
/// come any more: half a millisecond of the log's time (kTogether).
class DepthJoin {
 public:
  explicit DepthJoin(DepthTracks tracks) : tracks_(std::move(tracks)) {}

  const DepthTracks& tracks() const { return tracks_; }

  /// Before a record of this time is looked at: passes on what waits in vain.
  void PassBefore(SensorTime time, std::vector<Measurement>& measurements);
  /// A frame of the sensor.
  void Add(const DepthFrame& depth, std::vector<Measurement>& measurements);
  /// What was made, in its order.
  void Take(std::vector<Measurement> made, std::vector<Measurement>& measurements);
  void Finish(std::vector<Measurement>& measurements);

 private:
  bool Joins(SensorTime time) const;

  DepthTracks tracks_;
  std::vector<Measurement> waiting_;  // the first are observations
  std::optional<DepthFrame> depth_;   // the last that came
};

}  // namespace nightjar
