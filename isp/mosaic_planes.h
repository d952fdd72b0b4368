// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/image.h"

namespace nightjar {

/// The pixels of the four places of a 2 x 2 tile, row by row, each an image of its own: of odd
/// sizes the first ones are larger by one.
inline std::vector<Image<uint16_t>> PlanesOf(const Image<uint16_t>& mosaic) {
  std::vector<Image<uint16_t>> planes;
  for (int place = 0; place < 4; ++place) {
    const int left = place % 2, top = place / 2;
    Image<uint16_t> plane((mosaic.width() + 1 - left) / 2, (mosaic.height() + 1 - top) / 2);
    for (int y = 0; y < plane.height(); ++y) {
      const uint16_t* from = &mosaic(left, 2 * y + top);
      uint16_t* to = &plane(0, y);
      for (int x = 0; x < plane.width(); ++x) to[x] = from[2 * x];
    }
    planes.push_back(plane);
  }
  return planes;
}

/// Puts the pixels of a place back.
template <typename T>
void Interleave(const Image<T>& plane, size_t place, Image<T>& mosaic) {
  const int left = static_cast<int>(place % 2), top = static_cast<int>(place / 2);
  for (int y = 0; y < plane.height(); ++y) {
    const T* from = &plane(0, y);
    T* to = &mosaic(left, 2 * y + top);
    for (int x = 0; x < plane.width(); ++x) to[2 * x] = from[x];
  }
}

}  // namespace nightjar
