// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/image.h"

namespace nightjar {

/// The whole pixels by which `other` is shifted against `reference` (pixel p lies at p + shift),
/// least in mean squared difference over what overlaps, up to a quarter of the size. Images of the
/// same size; a coarse level of a pyramid is meant, larger ones are searched coarse to fine.
Eigen::Vector2d CoarseShift(const Image<int16_t>& reference, const Image<int16_t>& other);

}  // namespace nightjar
