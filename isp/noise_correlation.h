// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>

#include "core/pyramid.h"

namespace nightjar {

inline constexpr int kNoiseReach = 3;  // px of the level

/// Correlation of white noise on a level of the tracking pyramid by distance along one axis, 0 .. 3
/// px of the level: on level 0 the binomial [1 2 1]'s [6 4 1] / 6, on each further one what [1 4 6
/// 4 1] at every second pixel makes of it, spread by linear interpolation at an evenly distributed
/// fraction (on average [1 4 1] / 6). Along both axes: the product.
inline constexpr std::array<float, kNoiseReach + 1> kNoiseCorrelations[kPyramidLevels] = {
    {1.0F, 0.71875F, 0.25F, 0.03125F},
    {1.0F, 0.6338F, 0.1622F, 0.0149F},
    {1.0F, 0.6127F, 0.1444F, 0.0114F},
    {1.0F, 0.6076F, 0.1402F, 0.0106F}};

/// Between these distances, by a straight line; nothing from 4 px on.
inline double NoiseCorrelation(int level, double distance) {
  const double length = std::abs(distance);
  if (!(length < kNoiseReach + 1)) return 0;
  const auto near = static_cast<size_t>(length);
  const auto at = [&](size_t i) {
    return i <= kNoiseReach ? static_cast<double>(kNoiseCorrelations[level][i]) : 0.0;
  };
  return at(near) + (length - static_cast<double>(near)) * (at(near + 1) - at(near));
}

}  // namespace nightjar
