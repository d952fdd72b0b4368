// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "spatial/context/place_frame.h"
#include "spatial/scene.h"

namespace nightjar {

/// What a walking person finds at each place of a floor: the occupancy between `low_z` and `high_z`
/// of the world, seen from above. A column is blocked where a cube of it is occupied, else free
/// where one is free, else unknown.
class FloorPlan {
 public:
  /// Knee height over the floor (0.3 m) to 0.1 m above the body's; without a floor from 1.2 m below
  /// the body. Keeps nothing of `scene`.
  FloorPlan(const Scene& scene, double body_z_world);

  bool empty() const { return columns_.empty(); }
  int8_t At(const Eigen::Vector2d& place_world) const;  // as OccupancyGrid

  /// What lies on the straight way between two places where the body was, half_width_m wide on
  /// either side; as far from either place it is not asked.
  struct Way {
    int8_t state = OccupancyGrid::kUnknown;  // of all of it
    double known_free_m = 0;                 // from the beginning on
  };
  Way Straight(const Eigen::Vector2d& from_world, const Eigen::Vector2d& to_world,
               double half_width_m = 0.2) const;

  /// The known part's box in a frame: {min, max}; {0, 0} where nothing is known.
  std::pair<Eigen::Vector2d, Eigen::Vector2d> KnownBox(const PlaceFrame& frame) const;

  double cell_m() const { return cell_m_; }

 private:
  Eigen::Vector2d origin_ = Eigen::Vector2d::Zero();
  double cell_m_ = 0;
  int width_ = 0, depth_ = 0;
  std::vector<int8_t> columns_;
};

/// A map in characters: '#' blocked, '.' free, ' ' unknown, '+' where one walked, and one of
/// "^>v<" where one is and looks to.
struct TextMap {
  std::string text;                                    // rows from the top (+y), each with a '\n'
  Eigen::Vector2d top_left = Eigen::Vector2d::Zero();  // its corner, in the frame
  double cell_m = 0;
  int columns = 0, rows = 0;
};

struct TextMapRequest {
  int largest = 40;  // columns and rows
  Eigen::Vector2d place_world = Eigen::Vector2d::Zero();
  double yaw_frame_rad = 0;                 // where one looks
  std::vector<Eigen::Vector2d> path_world;  // walked so far
};

/// The part that is known, or, where cubes would become larger than half a metre, what is around.
TextMap DrawTextMap(const FloorPlan& plan, const PlaceFrame& frame, const TextMapRequest& request);

}  // namespace nightjar
