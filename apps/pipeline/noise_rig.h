// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "calibration/estimate/photon_transfer.h"
#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// A rig, and which of its cameras is meant.
struct NamedCamera {
  Rig rig;
  size_t index = 0;

  RigCamera& camera() { return rig.cameras[index]; }
};

/// `name` may be empty when the rig has one camera. kUsage: there is no such camera.
Result<NamedCamera> FindCamera(Rig rig, const std::string& name);

/// Puts what was measured into a camera: black and white level, the colour filter, and the noise
/// profile in place of one of the same gain. A pixel format that cannot hold the white level is
/// replaced where it is mono8, which is also what is read where none is given; else kUnusableInput,
/// as are levels that contradict those of profiles at other gains.
Status SetNoise(const NoiseCalibration& calibration, ColourFilter filter, RigCamera& camera);

/// Lists the hot and the unstable pixels that were found beside those that are listed: what other
/// gains have shown. One whose response differs may be the scene's doing.
void AddDefects(const NoiseCalibration& calibration, CameraSensor& sensor);

/// The lines of a camera in rig.yaml and sensor.yaml that these set.
std::string NoiseKeysText(const NoiseCalibration& calibration, ColourFilter filter);
/// Whether a file is one of these, of which nothing is lost when another takes its place.
bool IsNoiseKeys(const std::filesystem::path& file);

}  // namespace nightjar
