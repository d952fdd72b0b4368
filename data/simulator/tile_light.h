// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "data/simulator/ray_casting.h"
#include "data/simulator/shading.h"

namespace nightjar {

/// Of the even and odd pixels in the even and odd rows.
using TileColours = std::array<std::array<Colour, 2>, 2>;

/// One tap of a tile at one place of its pixels.
struct TileTap {
  const Shader& shader;
  const TileRays& rays;
  const std::vector<TapView>& panels;  // that may be seen
  const TileColours& colours;
  std::array<float, kTile> lamp_gains;  // by row
  float angle;                          // what a sample spans, rad
  float dither;                         // Sampling
};

/// Several taps of a tile that one panel fills.
struct FilledTile {
  const Shader& shader;
  std::vector<const TileRays*>& rays;  // by tap
  std::vector<TapView>& views;         // by tap
  const TileColours& colours;
  std::array<float, kTile> lamp_gains;  // by row, mean of the taps
  float angle;
};

/// What takes the time of an image, compiled twice (tile_light.inc): for vectors of eight numbers
/// where the processor has them (AVX2), of four otherwise. The results are the same, bit by bit:
/// each lane is basic IEEE arithmetic in the order that is written down, and AVX2 brings no fused
/// multiply-add.
struct TileLight {
  /// Adds the light of a tap to the tile's rows.
  void (*add_tap)(const TileTap& tap, Float8* rows);
  /// The same for all taps of a filled tile; light and level of texture are looked up once. A
  /// single tap is interpolated between levels, several are dithered.
  void (*add_filled)(const FilledTile& tile, Float8* rows);
  /// 1 / distance of what each ray meets first, row by row; 0: nothing.
  void (*cast)(const TileRays& rays, const std::vector<TapView>& panels, Float8* inverse);
};

/// The one that this processor can run. Where glibc has been told not to use AVX2
/// (GLIBC_TUNABLES), neither does it: so are the two compared.
const TileLight& FastestTileLight();

}  // namespace nightjar
