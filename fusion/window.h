// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "fusion/imu_preintegration.h"
#include "fusion/landmark_parameters.h"
#include "fusion/marginalisation.h"
#include "fusion/parameter_blocks.h"
#include "fusion/start_cost.h"

namespace nightjar {

/// A state under estimation.
struct WindowState {
  int64_t id = 0;  // index of its frame in the map
  SensorTime time;
  StateBlocks value;
  /// Where Jacobians of factors that become part of the prior are taken: set when the state first
  /// enters a prior.
  std::optional<StateBlocks> linearisation;
  bool keyframe = false;
  /// What its frame saw, as far as no prior has used it yet, ordered by (track, camera).
  std::vector<FeatureObservation> features;
  /// From the previous state to this one; null for the first state, and where a prior has taken its
  /// place.
  std::shared_ptr<const ImuPreintegration> from_previous;
  /// The body stands still: the mean measured angular velocity since the frame before, rad/s.
  std::optional<Eigen::Vector3d> still_angular_velocity;
};

struct LandmarkObservation {
  int64_t state = 0;
  FeatureObservation feature;
};

/// A landmark under estimation, in a camera of its host (fusion/landmark_parameters.h): of the
/// keyframe at which it was made; in the final solution, of the first that saw it.
struct WindowLandmark {
  int64_t host_state = 0;
  int host_camera = 0;
  std::array<double, kLandmarkSize> value{};
  std::vector<LandmarkObservation> observations;  // the host's own first, then by state
};

/// Everything that one solve sees: the causal sliding window, or all keyframes of a log.
struct Window {
  std::vector<WindowState> states;               // in time order
  std::map<uint64_t, WindowLandmark> landmarks;  // by track
  std::optional<StartBelief> start;   // about states.front(), while that is the log's first state
  std::optional<StatePrior> prior;    // about `prior_states`
  std::vector<int64_t> prior_states;  // ids, in the order of the prior's columns

  /// Index into `states`; the state must be there.
  int IndexOf(int64_t id) const;
};

/// The position of a landmark: scaled by its inverse distance it is finite at infinity, so this
/// fails (nothing) only when the inverse distance is not positive.
std::optional<Eigen::Vector3d> PositionWorld(const Window& window, const WindowLandmark& landmark,
                                             const Rig& rig);

}  // namespace nightjar
