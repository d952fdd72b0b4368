// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "core/se3.h"
#include "data/simulator/float8.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// Images are made of tiles of 8 x 8 px, so that a row of a tile is one vector; the last ones of a
/// row or column may reach beyond the image.
inline constexpr int kTile = 8;  // px

/// Unit bearings (camera frame) of a row of a tile; zero where there is none, which hits nothing.
struct Rays8 {
  Float8 x = {}, y = {}, z = {};
};
using TileRays = std::array<Rays8, kTile>;

/// Where eight rays meet one panel's plane.
struct Hits8 {
  Float8 inverse;  // 1 / distance, 1/m
  Float8 u, v;     // m on the panel
};

/// A panel as a camera at one pose sees it. For the ray r (unit) d = inverse.dot(r) is one over the
/// distance of where it meets the plane, along_u.dot(r) / d and along_v.dot(r) / d the place there.
/// All conditions for it to be on the panel are linear in r: d > 0, along_u.dot(r) >= 0,
/// width d - along_u.dot(r) >= 0, and so for v; it takes no division to find which panel a ray
/// meets, and what holds at the corners of a pyramid of rays holds for all of them.
struct PanelView {
  Eigen::Vector3f inverse = Eigen::Vector3f::Zero();  // zero: seen from behind
  Eigen::Vector3f along_u, along_v;
  float width = 0, height = 0;  // m
  float distance = 0;           // of the camera from the panel's plane, m

  PanelView(const Panel& panel, const Se3& T_panel_camera);
};

/// A panel as a camera sees it at all taps, from some row on.
struct PanelTrack {
  int panel;
  const PanelView* first;
  int tap_step;
  int row_step;  // 0: all rows have one pose

  const PanelView& At(int tap, int row) const { return first[tap * tap_step + row * row_step]; }
};

NIGHTJAR_INLINE Float8 Dot(const Eigen::Vector3f& a, const Rays8& rays) {
  return All(a.x()) * rays.x + All(a.y()) * rays.y + All(a.z()) * rays.z;
}

/// Where rays (of any length, of which `inverse` is a multiple) meet the panel's plane. Lanes whose
/// ray does not meet it hold any place.
NIGHTJAR_INLINE Hits8 CastOnPlane(const Rays8& rays, const PanelView& view) {
  const Float8 inverse = Dot(view.inverse, rays);
  const Float8 distance = All(1.0F) / Choose(Less(All(0.0F), inverse), inverse, All(1.0F));
  return {inverse, distance * Dot(view.along_u, rays), distance * Dot(view.along_v, rays)};
}

/// What eight rays meet first of some panels.
struct FirstMet8 {
  Float8 inverse;  // 1 / distance, 1/m; 0: nothing
  Int8 index;      // of the panel among them; -1: nothing
};

/// The rays are those of the tile's row `row` at `tap`.
NIGHTJAR_INLINE FirstMet8 FirstMet(const Rays8& rays, const std::vector<PanelTrack>& panels,
                                   int tap, int row) {
  FirstMet8 first = {All(0.0F), All(-1)};
  for (size_t i = 0; i < panels.size(); ++i) {
    const PanelView& view = panels[i].At(tap, row);
    const Float8 inverse = Dot(view.inverse, rays);
    const Float8 u = Dot(view.along_u, rays);
    const Float8 v = Dot(view.along_v, rays);
    const Float8 beyond_u = All(view.width) * inverse - u;
    const Float8 beyond_v = All(view.height) * inverse - v;
    // Signs: of these four, one is below 0 beside the panel.
    const Int8 beside = std::bit_cast<Int8>(u) | std::bit_cast<Int8>(v) |
                        std::bit_cast<Int8>(beyond_u) | std::bit_cast<Int8>(beyond_v);
    const Int8 nearer = (std::bit_cast<Int8>(first.inverse - inverse) & ~beside) >> 31;
    first.inverse = Choose(nearer, inverse, first.inverse);
    first.index = (nearer & All(static_cast<int32_t>(i))) | (~nearer & first.index);
  }
  return first;
}

}  // namespace nightjar
