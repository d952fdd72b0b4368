// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "data/simulator/scene.h"
#include "data/simulator/workers.h"

namespace nightjar {

struct RoomOptions {
  static constexpr double kPathInterval_s = 0.1;
  static constexpr double kMovingDistance_m = 1;

  /// Where the rig goes (world, m), from begin_s on every kPathInterval_s; behind its end it stays
  /// at the last place. The room is built around it and nothing stands in its way.
  std::vector<Eigen::Vector3d> path = {{0, 0, 1.6}};
  double floor_z = 0;  // m, below the path
  /// 0 .. 20 boxes that wander through the room. They keep kMovingDistance_m away from where the
  /// rig is at that time, or as far as the best of 200 curves does where the room has no place for
  /// that.
  int moving_objects = 0;
  double begin_s = 0;                  // when they do,
  double end_s = 1;                    // on the path's clock
  std::vector<Texture> textures = {};  // the user's, used before our own
  /// false: the same room without textures and light, for what asks for its shape only; it takes a
  /// hundredth of the time.
  bool painted = true;
  uint64_t seed = 1;
};

/// A room of at least 7 x 6 x 2.8 m around the path with everything that makes a scene hard and
/// easy: pictures, shelves with books, cupboards, tables, a rug, thin poles and strings, walls with
/// nearly no texture, bright places under lamps and dark corners. Lit (LightScene).
SimulatedScene FurnishedRoom(RoomOptions options, const Workers& workers = OneByOne);

}  // namespace nightjar
