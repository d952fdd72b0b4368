// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/keyframe.h"
#include "data/simulator/simulation.h"
#include "data/simulator/surface_tree.h"

namespace nightjar {

/// The room of a simulated log, made again from the command that its log.yaml names, and where the
/// body truly was.
class SceneTruth {
 public:
  static Result<std::unique_ptr<SceneTruth>> Read(const std::filesystem::path& log);

  const Rig& rig() const { return simulation_->rig(); }
  /// Floor, ceiling and the four walls: the first six panels.
  static constexpr int kShell = 6;
  const Panel& panel(int index) const {
    return simulation_->scene().panels[static_cast<size_t>(index)];
  }
  Eigen::Vector3d RoomSize() const;
  std::optional<Se3> PoseAt(SensorTime time) const;  // T_truth_body
  /// The first surface along a unit direction.
  std::optional<SurfaceHit> Cast(const Eigen::Vector3d& from, const Eigen::Vector3d& direction,
                                 double farthest_m) const {
    return tree_->FirstHit(from, direction, farthest_m, {});
  }

 private:
  std::unique_ptr<Simulation> simulation_;
  std::unique_ptr<SurfaceTree> tree_;
  std::vector<StampedPose> poses_;
};

/// The estimate's world in the truth's: position and yaw of the first keyframe, where covariances
/// have their gauge.
std::optional<Se3> TruthFromEstimate(const SceneTruth& truth, const Keyframe& first);

}  // namespace nightjar
