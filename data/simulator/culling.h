// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "data/simulator/camera_trail.h"
#include "data/simulator/float8.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// Four rays (camera frame, of any length) between which lie all that a tile, or a block of tiles,
/// sees.
struct ViewPyramid {
  std::array<Eigen::Vector3f, 4> corners;
  bool bounded = false;  // false: wider than a pyramid can be; it may see anything

  /// With `margin_rad` on every side. `right`: a direction along which two of its sides lie; not
  /// that of the bearings.
  static ViewPyramid Around(const std::vector<Eigen::Vector3d>& bearings,
                            const Eigen::Vector3d& right, double margin_rad);
};

/// Panels from where the camera is at the first tap of the first of some rows and at the last tap
/// of the last one. In between what is linear in a ray (PanelView) is taken to be between what it
/// is at the two. Eight panels at a time, each of them a lane.
struct Panels8 {
  struct Vectors {
    Float8 x = {}, y = {}, z = {};
  };
  struct End {
    Vectors inverse, along_u, along_v;
  };
  Int8 panel = All(-1);  // -1: none
  Float8 width = {}, height = {};
  Int8 crosses = {};  // -1: the camera is behind the panel at one end; its outline is not known
  End ends[2];
};

/// Some panels, and how many ends they have: 1 where the two are one.
struct PanelGroups {
  std::vector<Panels8> groups;
  size_t ends = 1;
};

/// The panels whose front the camera is on at either end.
PanelGroups SeePanels(const SimulatedScene& scene, const CameraTrail& trail, int first_row,
                      int last_row);

/// One of them.
struct PanelPlace {
  size_t group, lane;
};

/// Some of them, packed anew.
void Gather(const PanelGroups& from, const std::vector<PanelPlace>& places, PanelGroups& to);

/// What a pyramid may see of eight panels.
struct Sight8 {
  Int8 seen;             // -1: it may see the panel
  Int8 fills;            // -1: all rays between its corners meet it
  Float8 inverse[2][4];  // at the corners, at either end
};

NIGHTJAR_INLINE Sight8 SightOf(const ViewPyramid& pyramid, const Panels8& panels, size_t ends) {
  constexpr int kConditions = 5;
  Sight8 sight;
  Int8 beside[kConditions];  // by sign: a condition fails at all corners
  Int8 some = All(0);        // by sign: some condition fails somewhere
  for (Int8& condition : beside) condition = All(-1);
  for (size_t end = 0; end < ends; ++end) {
    const Panels8::End& at = panels.ends[end];
    for (size_t c = 0; c < 4; ++c) {
      const Eigen::Vector3f& ray = pyramid.corners[c];
      const auto dot = [&ray](const Panels8::Vectors& a) {
        return a.x * All(ray.x()) + a.y * All(ray.y()) + a.z * All(ray.z());
      };
      const Float8 inverse = dot(at.inverse), u = dot(at.along_u), v = dot(at.along_v);
      sight.inverse[end][c] = inverse;
      const Float8 conditions[kConditions] = {inverse, u, v, panels.width * inverse - u,
                                              panels.height * inverse - v};
      for (int k = 0; k < kConditions; ++k) {
        beside[k] &= std::bit_cast<Int8>(conditions[k]);
        some |= std::bit_cast<Int8>(conditions[k]);
      }
    }
  }
  const Int8 outline = (beside[1] | beside[2] | beside[3] | beside[4]) & ~panels.crosses;
  sight.seen = ~((beside[0] | outline | panels.panel) >> 31);
  sight.fills = ~((some | panels.crosses | panels.panel) >> 31);
  return sight;
}

/// Which of the panels are before another one that fills the pyramid, or are that one: of several
/// that fill it one is as good as another, since what it hides is hidden.
NIGHTJAR_INLINE void RemoveHidden(size_t ends, Sight8* sights, size_t count) {
  float nearest = 0;
  size_t front = 0;
  int front_lane = -1;
  for (size_t g = 0; g < count; ++g) {
    if (!AnyOf(sights[g].fills)) continue;
    for (int lane = 0; lane < 8; ++lane) {
      if (sights[g].fills[lane] == 0 || !(sights[g].inverse[0][0][lane] > nearest)) continue;
      nearest = sights[g].inverse[0][0][lane];
      front = g;
      front_lane = lane;
    }
  }
  if (front_lane < 0) return;
  Float8 limit[2][4];
  for (size_t end = 0; end < ends; ++end) {
    for (size_t c = 0; c < 4; ++c) limit[end][c] = All(sights[front].inverse[end][c][front_lane]);
  }
  for (size_t g = 0; g < count; ++g) {
    Int8 behind = All(-1);
    for (size_t end = 0; end < ends; ++end) {
      for (size_t c = 0; c < 4; ++c) behind &= Less(sights[g].inverse[end][c], limit[end][c]);
    }
    sights[g].seen &= ~behind;
  }
}

}  // namespace nightjar
