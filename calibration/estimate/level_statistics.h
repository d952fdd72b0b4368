// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/image.h"

namespace nightjar {

/// Which samples of a frame belong to one colour channel: all, or one place of the 2x2 tile each,
/// row by row.
enum class ChannelLayout { kOne, kTile };
inline size_t ChannelCount(ChannelLayout layout) { return layout == ChannelLayout::kOne ? 1 : 4; }

/// What the frames of one level say about one channel, defective pixels left out.
struct ChannelStatistics {
  int64_t pixels = 0;
  double mean_dn = 0;       // of the samples that `variance_dn2` is the noise of
  double variance_dn2 = 0;  // over time, mean over the pixels
  double fixed_dn2 = 0;     // variance of the pixels' means over the image: pattern and light
  int largest_dn = 0;
  int smallest_dn = 0;
  double share_at_largest = 0;   // of the samples
  double share_at_smallest = 0;  // likewise
};

/// A pixel that is not like the others of its level.
struct OutlyingPixel {
  enum class Kind { kPattern, kUnstable };  // its mean differs from its neighbours'; its noise
  int x = 0;
  int y = 0;
  Kind kind = Kind::kPattern;
};

/// What is kept of the frames of one level of light.
struct LevelStatistics {
  int frames = 0;
  std::vector<ChannelStatistics> channels;
  std::vector<OutlyingPixel> outliers;  // row by row
  double unstable_share = 0;            // of the pixels
  double brightness_change = 0;         // largest of a frame to the first one, relative to signal
};

/// Gathers the frames of one level: a static scene (best: an evenly lit surface) under constant
/// light, two frames or more. Memory: 14 bytes a pixel, whatever the number of frames.
///
/// The temporal variance of a pixel is the mean of all pairs (a - b)^2 / 2 of its samples, which is
/// the sample variance over the frames: nothing in it but differences of frames, no fixed pattern.
/// A change of the light from frame to frame is taken out of each channel: its mean and, where the
/// black level is known, the scale of its pattern.
///
/// Left out are pixels whose mean differs from the median of their neighbours', or whose noise from
/// the channel's, by more than 6 sigma of what the others do (the noise also by more than 3 times).
class LevelGatherer {
 public:
  /// `black_dn`: one per channel, or empty where it is not known and for dark frames.
  LevelGatherer(int width, int height, ChannelLayout layout, std::vector<double> black_dn);

  /// `frame` has the size given.
  void Add(const Image<uint16_t>& frame);

  /// After two frames or more.
  LevelStatistics Finish() const;

  int frames() const { return frames_; }

 private:
  struct Pixel {
    float change = 0;          // sum of its differences to the first frame, DN
    float squared_change = 0;  // sum of their squares
    uint16_t first = 0;
    uint16_t largest = 0;
    uint16_t smallest = 65535;
  };

  size_t ChannelOf(int x, int y) const;
  const Pixel& At(int x, int y) const;
  std::array<double, 4> ChannelMeans(const Image<uint16_t>& frame) const;
  double Scale(size_t channel, double mean_dn) const;
  double Variance(const Pixel& pixel) const;
  double PatternAt(int x, int y) const;
  double NeighboursPattern(int x, int y) const;
  // Flags of all pixels, row by row: 0 good, else 1 + OutlyingPixel::Kind.
  std::vector<uint8_t> FindOutliers() const;
  void FlagPattern(size_t channel, std::vector<uint8_t>& flags) const;
  void FlagUnstable(size_t channel, std::vector<uint8_t>& flags) const;
  template <typename Visit>
  void ForEachPixel(size_t channel, const Visit& visit) const;
  ChannelStatistics Summarise(size_t channel, const std::vector<uint8_t>& flags) const;

  int width_, height_;
  ChannelLayout layout_;
  std::vector<double> black_dn_;
  int frames_ = 0;
  std::vector<Pixel> pixels_;                 // row by row
  std::array<double, 4> first_mean_dn_ = {};  // by channel
  std::array<double, 4> weighted_mean_ = {};  // sum over the frames, above black, see Add
  double brightness_change_ = 0;
};

}  // namespace nightjar
