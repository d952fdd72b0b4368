// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "data/simulator/culling.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/shading.h"

namespace nightjar {

/// Places in a pixel that are sampled.
inline constexpr int kSubpixels = 4;

/// Of the even and odd pixels in the even and odd rows.
using ColoursOfTile = std::array<RowColours, 2>;

/// One sample at each place in a tile's pixels.
struct TileSamples {
  const Shader& shader;
  const TileRays& centres;
  std::array<const TileRays*, kSubpixels> rays;
  const std::vector<PanelTrack>& panels;  // that may be seen
  std::array<int, kSubpixels> taps;       // at which each of the places is seen
  std::array<float, kSubpixels> dithers;  // Shader::Albedo, evenly spread
  const ColoursOfTile& colours;
  std::array<std::array<float, kTile>, kSubpixels> lamp_gains;  // by row, at the tap of each place
  float angle;                                                  // what a sample spans, rad
};

/// A tile that one panel fills, over an exposure or at an instant.
struct FilledTile {
  const Shader& shader;
  const TileRays& rays;  // through the pixels' centres
  const PanelTrack& panel;
  int samples;      // over the exposure, 1 or an even number
  int sample_taps;  // in each of them, 1 or 2
  const ColoursOfTile& colours;
  std::array<float, kTile> lamp_gains;  // by row, mean of the taps
  float angle;                          // what a sample spans, rad
};

/// What takes the time of an image, compiled twice (tile_light.inc): for vectors of eight numbers
/// where the processor has them (AVX2), of four otherwise. The results are the same, bit by bit:
/// each lane is basic IEEE arithmetic in the order that is written down, and AVX2 brings no fused
/// multiply-add.
struct TileLight {
  /// Adds the light of a tile at one instant to its rows: all samples have one tap. Which panel is
  /// where is decided at each place of a pixel, the light of each of these panels once, in the
  /// middle of the places where it is.
  void (*add_instant)(const TileSamples& tile, Float8* rows);
  /// Adds the sum over the samples, each at its own tap. Irradiance is looked up once, in the
  /// middle of the places of a panel.
  void (*add_blurred)(const TileSamples& tile, Float8* rows);
  /// Adds the mean over the samples of a filled tile; light and level of texture are looked up
  /// once. A single one is interpolated between levels, several are dithered.
  void (*add_filled)(const FilledTile& tile, Float8* rows);
  /// 1 / distance of what each ray meets first at the only tap, row by row; 0: nothing.
  void (*cast)(const TileRays& rays, const std::vector<PanelTrack>& panels, Float8* inverse);
  /// What a bounded pyramid may see of each of `count` groups of panels without those that another
  /// one hides.
  void (*see)(const ViewPyramid& pyramid, const Panels8* groups, size_t count, size_t ends,
              Sight8* sights);
};

/// The one that this processor can run. Where glibc has been told not to use AVX2
/// (GLIBC_TUNABLES), neither does it: so are the two compared.
const TileLight& FastestTileLight();

}  // namespace nightjar
