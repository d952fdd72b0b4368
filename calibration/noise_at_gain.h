// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "calibration/rig.h"

namespace nightjar {

/// The noise of a camera's samples at `gain` > 0, from its profiles: between two of them scale is
/// interpolated linearly in the gain and offset in its square, as gain amplifies electrons and read
/// noise; below the first and above the last they go on in proportion. Nothing when the camera has
/// no profile.
std::optional<NoiseProfile> NoiseAtGain(const CameraSensor& sensor, double gain);

}  // namespace nightjar
