// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

/// A rectified pair that was made up, of which every disparity is known.
struct SimulatedPair {
  /// 0 .. 1, without noise.
  Image<float> left, right;
  Image<float> truth_px;    // of the left picture's pixels
  Image<uint8_t> both_see;  // 1: the right picture shows it too
};

struct SimulatedPairOptions {
  int width = 320, height = 240;  // px
  int disparities = 64;           // all are below this
  uint64_t seed = 1;
  double contrast = 1;  // of textures, 0 .. 1
};

/// Some twelve surfaces before a wall: planes, slanted to both sides, and bulges, as discs, boxes
/// and bars, down to 3 px wide. Textures are sums of octaves of noise whose strength falls off at
/// rates that differ, some with patches of one light and sharp edges, some almost bare; each pixel
/// is a mean over 3 x 3 places.
SimulatedPair SimulatePair(const SimulatedPairOptions& options);

/// What a camera of `electrons` at white and 3 electrons of read noise sees of it, linear
/// (isp/linear_frame.h), and the noise of that.
struct NoisyPair {
  Image<uint16_t> left, right;
  PictureNoise noise;
};
NoisyPair Expose(const Image<float>& left, const Image<float>& right, double electrons,
                 uint64_t seed);

}  // namespace nightjar
