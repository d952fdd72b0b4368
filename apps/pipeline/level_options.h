// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {

/// The levels of a camera's samples as the pyramid wants them.
inline LevelOptions SensorLevels(const RigCamera& camera) {
  LevelOptions levels;
  levels.black = camera.sensor.black_level;
  levels.white = camera.sensor.white_level;
  if (!levels.white) {
    switch (camera.sensor.pixel_format) {
      case PixelFormat::kMono8:
      case PixelFormat::kMono16:
      case PixelFormat::kRaw16: break;
      case PixelFormat::kRaw10: levels.white = 1023; break;
      case PixelFormat::kRaw12: levels.white = 4095; break;
      case PixelFormat::kRaw14: levels.white = 16383; break;
    }
  }
  return levels;
}

}  // namespace nightjar
