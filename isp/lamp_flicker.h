// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/pyramid.h"
#include "isp/frame_alignment.h"
#include "isp/motion_field.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

/// How much brighter than `other`, 1/4 .. 4, `reference` shows the same: lamps on the mains flicker
/// with 100 or 120 Hz, and what a frame gets of it depends on when it was exposed. One value for
/// each row of tiles of `motion`, which says where the pixels of `reference` lie in `other`, to
/// some px; what moved on its own or is covered must be less than half.
///
/// The median over tiles of the ratio of their means, of all rows; with `by_row`, as rolling
/// shutters need it, of each row of tiles. All 1 where the scatter between tiles explains the
/// difference.
std::vector<double> BrightnessOfRows(const TrackingPyramid& reference, const TrackingPyramid& other,
                                     const PyramidNoise& noise, const MotionField& motion,
                                     bool by_row);

/// Makes `other` as bright as the reference that `brightness` (BrightnessOfRows) is of; its shares
/// of noise then are again of one frame's noise.
void Brighten(const std::vector<double>& brightness, const MotionField& motion,
              const NoiseProfile::Channel& noise, FusedFrame& other);

}  // namespace nightjar
