// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"

namespace nightjar {

/// The event camera that has the lens, mount and clock of a camera: for descriptions that know only
/// one kind of camera, and sensors that give frames and events (DAVIS).
inline RigEventCamera EventCameraOf(const RigCamera& camera) {
  return {camera.name,          camera.width,         camera.height,           camera.model,
          camera.T_body_camera, camera.time_offset_s, camera.parameter_sigmas, camera.mount_sigma};
}

}  // namespace nightjar
