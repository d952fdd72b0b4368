// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/image.h"
#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

/// Rows first .. end - 1 of a disparity map from the levels of both pictures: medians of 3 x 3 px,
/// borders repeating, of which is kept what both see (KeepWhatBothSee) and whose level won by
/// `least_margin` at least. `source`: from which pixel each level was taken (SourceOf). Both images
/// have the levels' size.
void SmoothAndCheck(const LevelMap& levels, int most_px, double least_margin, int first, int end,
                    Image<uint8_t>& source, Image<float>& disparity_px);

struct PixelPlace {
  int x, y;
};

/// What `source` at (x, y) stands for: 3 (y' - y + 1) + x' - x + 1.
inline PixelPlace SourceOf(const Image<uint8_t>& source, int x, int y) {
  const int place = source(x, y);
  return {std::clamp(x + place % 3 - 1, 0, source.width() - 1),
          std::clamp(y + place / 3 - 1, 0, source.height() - 1)};
}

/// Left-right check: a disparity d of the left picture's (x, y) becomes unknown (+inf) where the
/// right picture's disparity at (x - d, y) differs by more than `most_px`, or is out of view.
void KeepWhatBothSee(const Image<int16_t>& right_disparity, int most_px,
                     Image<float>& disparity_px);

/// Makes connected pieces of fewer than `smallest` pixels unknown (+inf). Neighbours in rows and
/// columns are connected where they differ by at most `step_px`.
void DropSmallPieces(int smallest, double step_px, Image<float>& disparity_px);

/// Row by row, gives what is unknown the smaller one of its nearest known neighbours' disparities:
/// what one camera does not see lies behind. A row of which nothing is known stays unknown. Nothing
/// was measured there: its sigma is +inf still.
void FillFromBackground(Image<float>& disparity_px);

}  // namespace nightjar
