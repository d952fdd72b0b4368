// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "spatial/geometry/surfel.h"

namespace nightjar {

/// Where a plane may be.
struct PlaneCandidate {
  Eigen::Vector3d normal = Eigen::Vector3d::UnitZ();
  double offset = 0;
  double narrow = 0;  // m: of the peak; how far from the plane its surfels may be, beside sigma
};

/// Looks for planes among the surfels that no plane has taken yet, gravity's directions first.
class PlaneSearch {
 public:
  explicit PlaneSearch(std::span<const Surfel> surfels);

  /// The horizontal plane of most area, seen from above (`up`) or below; nothing when less than
  /// `least_m2` is left on any.
  std::optional<PlaneCandidate> NextHorizontal(bool up, double least_m2);
  /// The vertical plane of most area among those of the direction of most area.
  std::optional<PlaneCandidate> NextVertical(double least_m2);
  /// The plane of most area among those of 200 surfels evenly spread over what is left.
  std::optional<PlaneCandidate> NextOther(double least_m2);

  /// The surfels left that lie on it and face its way.
  std::vector<int> Near(const PlaneCandidate& candidate) const;
  /// Takes them from the pool, and with them those that are near enough to be the same surface's
  /// worse measurements.
  void Remove(const PlaneCandidate& candidate);

 private:
  std::optional<PlaneCandidate> Peak(const Eigen::Vector3d& normal, double least_cosine,
                                     double least_m2) const;
  void Drop(const Eigen::Vector3d& normal, double least_cosine, double offset, double within);
  double AreaNear(const PlaneCandidate& candidate) const;

  std::span<const Surfel> surfels_;
  std::vector<bool> left_;
  std::vector<float> directions_;  // of the surfels' normals from above, bins
  std::vector<bool> spent_directions_;
};

}  // namespace nightjar
