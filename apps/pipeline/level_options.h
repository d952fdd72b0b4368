// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {

/// The levels of a camera's samples. A white level that a plain log does not give is that of the
/// bits of its images.
inline LevelOptions SensorLevels(const RigCamera& camera) {
  const CameraSensor& sensor = camera.sensor;
  LevelOptions levels{sensor.black_level, sensor.white_level};
  if (!levels.white && sensor.pixel_format != PixelFormat::kMono8)
    levels.white = LargestDn(sensor.pixel_format);
  return levels;
}

}  // namespace nightjar
