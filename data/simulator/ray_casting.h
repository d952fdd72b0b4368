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

/// Where eight rays meet one panel.
struct Hits8 {
  Float8 inverse;  // 1 / distance, 1/m; 0: nothing
  Float8 u, v;     // m on the panel
};

/// A panel as a camera at one pose sees it: for the ray r (unit), with d = inverse.dot(r) > 0, the
/// distance is 1 / d and the place on the panel is offset + slope.dot(r) / d.
struct PanelView {
  Eigen::Vector3f inverse = Eigen::Vector3f::Zero();  // zero: seen from behind
  Eigen::Vector3f slope_u, slope_v;
  float offset_u = 0, offset_v = 0;
  float width = 0, height = 0;
  float distance = 0;  // of the camera from the panel's plane, m

  PanelView(const Panel& panel, const Se3& T_panel_camera);
};

/// A panel as a camera sees it at one tap, from some row on.
struct TapView {
  int panel;
  const PanelView* first;
  int step;  // 0: all rows have one pose

  const PanelView& OfRow(int row) const { return first[row * step]; }
};

NIGHTJAR_INLINE Float8 Dot(const Eigen::Vector3f& a, const Rays8& rays) {
  return All(a.x()) * rays.x + All(a.y()) * rays.y + All(a.z()) * rays.z;
}

/// Where rays meet the panel's plane: for rays that are known to meet the panel itself, and nothing
/// before it.
NIGHTJAR_INLINE Hits8 CastOnPlane(const Rays8& rays, const PanelView& view) {
  const Float8 inverse = Dot(view.inverse, rays);
  // A ray of length 0 (beyond the image) has no distance.
  const Float8 distance = All(1.0F) / Choose(Less(All(0.0F), inverse), inverse, All(1.0F));
  return {inverse, All(view.offset_u) + distance * Dot(view.slope_u, rays),
          All(view.offset_v) + distance * Dot(view.slope_v, rays)};
}

/// What eight rays meet first of some panels.
struct FirstHits8 : Hits8 {
  Int8 index;  // of the panel among them; -1: nothing
};

/// The rays are those of the tile's row `row`.
NIGHTJAR_INLINE FirstHits8 FirstHits(const Rays8& rays, const std::vector<TapView>& panels,
                                     int row) {
  const Float8 none = All(0.0F);
  FirstHits8 first = {{none, none, none}, All(-1)};
  for (size_t i = 0; i < panels.size(); ++i) {
    const PanelView& view = panels[i].OfRow(row);
    const Hits8 hits = CastOnPlane(rays, view);
    const Int8 beside = Less(hits.u, none) | Less(All(view.width), hits.u) | Less(hits.v, none) |
                        Less(All(view.height), hits.v);
    const Int8 nearer = Less(first.inverse, hits.inverse) & ~beside;
    first.inverse = Choose(nearer, hits.inverse, first.inverse);
    first.u = Choose(nearer, hits.u, first.u);
    first.v = Choose(nearer, hits.v, first.v);
    first.index = (nearer & All(static_cast<int32_t>(i))) | (~nearer & first.index);
  }
  return first;
}

}  // namespace nightjar
