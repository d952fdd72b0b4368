// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "core/result.h"
#include "data/simulator/float4.h"

namespace nightjar {

/// The albedo of a surface: a square image that repeats itself, with its pyramid, sampled without
/// aliasing.
class Texture {
 public:
  /// `albedo`: 0 .. 1, row by row, `size` x `size`, a power of two of at least 2.
  Texture(int size, const std::vector<float>& albedo);

  /// Bilinear. (u, v) in texels of level 0, |.| up to 2^22; `level` >= 0: of the pyramid, for a
  /// sample that spans 2^level texels.
  float At(float u, float v, int level) const;
  /// Four places at once, of one level: the same values.
  Float4 At(Float4 u, Float4 v, int level) const;

  int size() const { return size_; }
  /// Over the whole texture.
  float Mean() const { return mean_; }

 private:
  struct Level {
    int mask;     // size of the level - 1
    int stride;   // size + 1: the first texel of a row once more at its end
    float scale;  // texels of this level per texel of level 0
    size_t offset;
  };
  const Level& LevelAt(int level) const;

  int size_;
  float mean_;
  std::vector<Level> levels_;
  std::vector<uint16_t> texels_;  // albedo * 65535, level after level
};

/// Discs of power-law size on top of each other: edges at every scale, and the 1/f^2 spectrum of
/// natural images. Lee, Mumford, Huang, "Occlusion models for natural images", IJCV 41 (2001), with
/// radii between 0.5 % and 25 % of the tile. Each disc has a fine grain. Albedo between `darkest`
/// and `brightest`.
Texture DeadLeaves(int size, float darkest, float brightest, uint64_t seed, uint32_t index);

/// Nearly one albedo: what painted walls are like. Bumps of a few thousandths.
Texture Plain(int size, float albedo, uint64_t seed, uint32_t index);

/// An image of the user's, 8 or 16 bits, its largest centred square resampled to a tile that is
/// mirrored where it meets itself. Its largest value becomes an albedo of 0.9.
Texture FromImage(const MonoImage& image);

}  // namespace nightjar
