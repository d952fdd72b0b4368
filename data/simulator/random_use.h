// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nightjar {

/// What the simulator draws random numbers for: the `stream` of RandomStream, so that no two uses
/// share any. A stream with one number for several things leaves room behind it.
enum class RandomUse : uint32_t {
  kTexture = 1,
  kFurniture,
  kMotion,
  kMovingObject,
  kImu,
  kImuBias,
  kHotPixel = 7,          // + camera
  kLandmark = 0x40,       // index: panel
  kTrackLoss,             // index: landmark << 32 | frame
  kImuMatrix = 0x80,      // scale and misalignment
  kPixelPattern = 0x100,  // + camera
  kRowPattern = 0x200,    // + camera
  kPixelNoise = 0x300,    // + camera; index: frame * rows + row; 2 words per pixel
  kTrackNoise = 0x400,    // + camera; index: landmark << 32 | frame
  kDepthNoise = 0x500,    // + camera; index: frame * rows + row
  kEventPixel = 0x600,
  kEventShot,            // index: pixel and, from bit 32 on, number
  kReadNoise = 0x700,    // + camera; index: frame * rows + row; a word per pixel
  kBrightNoise = 0x800,  // idem; 2 words per pixel
};

inline uint32_t StreamOf(RandomUse use, int which = 0) {
  return static_cast<uint32_t>(use) + static_cast<uint32_t>(which);
}

}  // namespace nightjar
