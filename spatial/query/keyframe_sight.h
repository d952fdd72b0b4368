// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "spatial/query/scene_space.h"
#include "spatial/session.h"

namespace nightjar {

/// How a keyframe sees a point.
struct Sighting {
  size_t keyframe = 0;  // index into Session::keyframes
  Eigen::Vector2d pixel =
      Eigen::Vector2d::Zero();  // of its picture if it has one, else of its camera
  double distance_m = 0;        // from its camera
  int8_t line_of_sight = OccupancyGrid::kUnknown;  // kFree: nothing is in between
  const KeyframeImage* image = nullptr;
};

/// A keyframe of a choice that together sees the most.
struct CoverStep {
  size_t keyframe = 0;
  double new_share = 0;   // of all places, that no keyframe before it in the choice sees
  double seen_share = 0;  // of all places, with those before it
};

/// How much work a cover may be: the default is some milliseconds, of a session of any length.
struct CoverBudget {
  /// To choose from: of more, one of each of so many parts of the way, that with most before it.
  size_t keyframes = 80;
  /// Places times keyframes, and the least number of places: of more, every so many, so that shares
  /// are those of a sample; of 1024 to 1.6 % (1 sigma) at worst.
  size_t sights = 80 * 1024;
  size_t least_places = 1024;
};

/// What the keyframes of a session see: by their pictures' geometry, without one by the reference
/// camera's.
class KeyframeSight {
 public:
  /// Both must outlive it unmoved.
  KeyframeSight(const Session& session, const SceneSpace& space);

  /// Whether it is known what any keyframe sees.
  bool known() const { return known_; }

  const KeyframeImage* ImageOf(size_t keyframe) const { return images_[keyframe]; }

  /// Nothing: out of its picture, or something is in between.
  std::optional<Sighting> See(size_t keyframe, const Eigen::Vector3d& point_world) const;

  /// Keyframes of the map `map` that see the point from within `range_m`: clear ones first, then by
  /// rising distance.
  std::vector<Sighting> Seeing(int map, const Eigen::Vector3d& point_world, double range_m) const;

  /// The greedy cover of the places of the scene's map, of all lengths at once: its first n are the
  /// choice of n. Places are occupied cubes, or landmarks where there are none, at most one in each
  /// cell of 0.25 m, from within 8 m. It ends when no keyframe sees anything new.
  std::vector<CoverStep> Cover(const CoverBudget& budget = {}) const;

  /// The map that Cover() is of: the scene's, else that with most keyframes.
  int cover_map() const;

 private:
  struct View;
  View ViewOf(size_t keyframe) const;
  std::optional<Sighting> SeeFrom(const View& view, const Eigen::Vector3d& point) const;
  std::vector<size_t> Candidates(const std::vector<Eigen::Vector3d>& places, size_t most) const;
  static int CountBefore(const View& view, const std::vector<Eigen::Vector3d>& places);
  std::vector<Eigen::Vector3d> Places() const;
  std::vector<uint64_t> SeenBy(size_t keyframe, const std::vector<Eigen::Vector3d>& places) const;

  const Session& session_;
  const SceneSpace& space_;
  std::vector<const KeyframeImage*> images_;  // of each keyframe; null: none
  bool known_ = false;
};

}  // namespace nightjar
