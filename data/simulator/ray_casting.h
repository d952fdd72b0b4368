// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "core/se3.h"
#include "data/simulator/float4.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// Images are made of tiles of 8 x 8 px; the last ones of a row or column may reach beyond it.
inline constexpr int kTile = 8;  // px
inline constexpr int kTilePixels = kTile * kTile;

/// Where four rays meet one panel or several.
struct Hits4 {
  Float4 inverse;  // 1 / distance, 1/m; 0: nothing
  Float4 u, v;     // m on the panel
  Float4 cosine;   // of the angle between the ray and the panel's normal
};

/// Unit bearings (camera frame) of a tile's pixels, row by row, each coordinate on its own; zero
/// where there is none, which hits nothing.
struct TileRays {
  alignas(16) float x[kTilePixels] = {};
  alignas(16) float y[kTilePixels] = {};
  alignas(16) float z[kTilePixels] = {};
};

/// What each ray of a tile meets first. Where it meets nothing only `inverse` means something.
struct TileHits {
  alignas(16) float inverse[kTilePixels] = {};  // 1 / distance, 1/m; 0: nothing
  alignas(16) float u[kTilePixels] = {};        // m on the panel
  alignas(16) float v[kTilePixels] = {};
  alignas(16) float cosine[kTilePixels] = {};   // of the angle between the ray and panel's normal
  alignas(16) int32_t panel[kTilePixels] = {};  // index into Scene::panels

  void Clear();
  /// Of rays i .. i + 3.
  Hits4 At(int i) const;
  const Int4& PanelsAt(int i) const { return *reinterpret_cast<const Int4*>(panel + i); }
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

/// Where rays i .. i + 3 (i a multiple of 4) meet the panel's plane: for rays that are known to
/// meet the panel itself, and nothing before it.
Hits4 CastOnPlane(const TileRays& rays, int i, const PanelView& view);

/// Where rays begin .. end - 1 (multiples of 4) meet the panel nearer than what they have met so
/// far, the panel takes its place.
void CastRays(const TileRays& rays, int begin, int end, const PanelView& view, int panel,
              TileHits& hits);

}  // namespace nightjar
