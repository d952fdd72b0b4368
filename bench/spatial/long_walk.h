// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/depth_map.h"
#include "core/image.h"
#include "spatial/session.h"
#include "tests/spatial/geometry/box_room.h"

namespace nightjar {

/// A storey of 24 m by 16 m in twelve furnished rooms, whose doors make one round of them all.
/// Ten minutes through it at 0.7 m/s: four rounds, looking about. 752 x 480 px, 79 degrees wide.
class LongWalk {
 public:
  LongWalk();

  /// Frames at 20 Hz, every fifth a keyframe with a picture (a name: there is no file), errors of
  /// the poses that walk at random, landmarks; without a scene.
  Session MakeSession(double seconds = 600) const;

  /// What the sensor sees at a keyframe: sigma 4 mm at 1 m, growing with the square, independent
  /// from pixel to pixel.
  DepthMap DepthAt(const Keyframe& keyframe) const;

  /// A picture that has texture everywhere: the most that there can be to do.
  static Image<uint8_t> Picture();

  /// The body at a time, from 0 on.
  Se3 PoseAt(double seconds) const;

 private:
  void AddWall(int column, int row, bool along_x, bool door);
  void Furnish(int column, int row);

  BoxRoom storey_;
  std::vector<Eigen::Vector2d> corners_;  // of the way, a closed one
  std::vector<double> length_m_;          // up to each corner
};

}  // namespace nightjar
