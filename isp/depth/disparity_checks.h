// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/image.h"

namespace nightjar {

/// The median of each pixel's 3 x 3 neighbourhood; borders repeat. Needs a value everywhere.
Image<float> MedianOfNine(const Image<float>& image);
Image<int16_t> MedianOfNine(const Image<int16_t>& image);

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
