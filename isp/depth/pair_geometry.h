// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"

namespace nightjar {

/// How two pictures lie to each other, from patches that look alike.
struct PairGeometry {
  int patches = 0;          // that were found again: below some ten the rest tells nothing
  double row_offset = 0;    // px, median: a thing of row y of the left picture is in row y + this
  double row_error = 0;     // px, median of the absolute value
  double share_behind = 0;  // of the patches that are further right in the right picture, which no
                            // point in front of two parallel cameras is; 1: swapped
};

/// Looks for some two hundred well-textured patches of the left picture in the right one, up to
/// `reach_px` to either side and a quarter of the height up and down, by normalised correlation: in
/// pictures of at most 240 px first, then in finer and finer ones around what was found. What is
/// not found, or in two places, does not count. Noisy pictures are to be given denoised
/// (StereoPicture::fine). Pictures of the same size, 64 px a side at least; else there is no patch.
PairGeometry ExaminePair(const Image<uint16_t>& left, const Image<uint16_t>& right, int reach_px);

}  // namespace nightjar
