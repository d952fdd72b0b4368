// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/image.h"
#include "core/result.h"
#include "data/simulator/float8.h"

namespace nightjar {

/// The albedo of a surface: a square image that repeats itself, with its pyramid, sampled without
/// aliasing.
class Texture {
 public:
  /// `albedo`: 0 .. 1, row by row, `size` x `size`, a power of two of at least 2.
  Texture(int size, const std::vector<float>& albedo);

  /// Bilinear. (u, v) in texels of level 0, |.| up to 2^22; `level` >= 0: of the pyramid, whose
  /// texels span 2^level of them.
  float At(float u, float v, int level) const { return At(All(u), All(v), level)[0]; }
  /// Eight places at once: the same values.
  Float8 At(Float8 u, Float8 v, int level) const;

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
  int size_;
  float mean_;
  std::vector<Level> levels_;
  // Level after level: albedo * 65535 in the low half, that of the texel below in the high half, so
  // that the four around a place are two neighbours in memory.
  std::vector<uint32_t> texels_;
};

NIGHTJAR_INLINE Float8 Texture::At(Float8 u, Float8 v, int level) const {
  static_assert(std::endian::native == std::endian::little, "the left neighbour is the low half");
  using Long4 = int64_t __attribute__((vector_size(32), aligned(32)));
  const Level& l = levels_[std::min(static_cast<size_t>(level), levels_.size() - 1)];
  const Float8 x = u * All(l.scale) - All(0.5F);
  const Float8 y = v * All(l.scale) - All(0.5F);
  const Int8 floor_x = Floor(x);
  const Int8 floor_y = Floor(y);
  const auto place = std::bit_cast<std::array<uint32_t, 8>>(
      Int8((floor_y & All(l.mask)) * All(l.stride) + (floor_x & All(l.mask))));
  const uint32_t* texels = texels_.data() + l.offset;
  const auto around = [&](size_t lane) {
    int64_t two;
    std::memcpy(&two, texels + place[lane], sizeof two);
    return two;
  };
  const auto first = std::bit_cast<Int8>(Long4{around(0), around(1), around(2), around(3)});
  const auto second = std::bit_cast<Int8>(Long4{around(4), around(5), around(6), around(7)});
  const Int8 left = __builtin_shufflevector(first, second, 0, 2, 4, 6, 8, 10, 12, 14);
  const Int8 right = __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15);
  const Int8 low = All(0xFFFF);
  const Float8 a = x - ToFloat(floor_x);
  const Float8 b = y - ToFloat(floor_y);
  const Float8 upper_left = ToFloat(left & low), upper_right = ToFloat(right & low);
  const Float8 on_left = upper_left + b * (ToFloat((left >> 16) & low) - upper_left);
  const Float8 on_right = upper_right + b * (ToFloat((right >> 16) & low) - upper_right);
  return (on_left + a * (on_right - on_left)) * All(1.0F / 65535);
}

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
