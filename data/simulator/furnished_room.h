// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "data/simulator/scene.h"
#include "data/simulator/workers.h"

namespace nightjar {

struct RoomOptions {
  /// Where the rig goes (world, m): the room is built around it and nothing stands in its way.
  std::vector<Eigen::Vector3d> path = {{0, 0, 1.6}};
  double floor_z = 0;                  // m, below the path
  int moving_objects = 0;              // 0 .. 20 boxes that wander through the room
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
Scene FurnishedRoom(RoomOptions options, const Workers& workers = OneByOne);

}  // namespace nightjar
