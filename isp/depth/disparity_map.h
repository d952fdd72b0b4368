// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>

#include "core/image.h"

namespace nightjar {

/// What is written where nothing is known: of the value and of its sigma.
inline constexpr float kNoDisparity = std::numeric_limits<float>::infinity();

/// Disparity of every pixel of the left picture of a rectified pair: the left picture's (x, y)
/// shows what the right one shows at (x - disparity, y). Both images have the left picture's size.
struct DisparityMap {
  Image<float> disparity_px;  // >= 0; +inf where it is not known
  /// Expected RMS error of the disparity, px, above 0; +inf where the disparity is not known, and
  /// nowhere else.
  Image<float> sigma_px;
  /// Share of the pixels whose best disparity was within 1 px of the largest that was looked for,
  /// or beyond: they are nearer than the range, or at its end, and unknown.
  double share_at_end = 0;
};

inline bool IsKnown(float value) { return std::isfinite(value); }

}  // namespace nightjar
