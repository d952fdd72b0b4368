// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// The rigs that `nightjar simulate --rig` knows (docs/formats/simulate.md). Body: x forward, y
/// left, z up; all have an IMU of 200 Hz with the noise of a good MEMS sensor.
///
///  - "stereo-mono": two monochrome cameras, 752 x 480 px, 460 px focal length (radial-tangential),
///    20 Hz, 11 cm apart
///  - "mono": the left one of them
///  - "stereo-bayer": the same two with a Bayer filter (rggb)
///  - "glasses": two monochrome fisheyes of 640 x 480 px and 120 degrees (equidistant), 14 cm apart
///    and turned outwards by 15 degrees, and between them a colour camera (rggb, double sphere)
///
/// Sensors are not described yet (RigCamera::sensor): see DescribeSensor. kUsage names the rigs for
/// an unknown name.
Result<Rig> SimulatedRig(std::string_view name);

/// An event camera of 346 x 260 px beside the left camera, facing as it does.
RigEventCamera SimulatedEventCamera();

std::vector<std::string> SimulatedRigNames();

}  // namespace nightjar
