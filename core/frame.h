// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"
#include "core/time.h"

namespace nightjar {

/// One exposure of one camera.
struct Frame {
  SensorTime time;  // mid-exposure of the middle row
  int camera = 0;   // index into Rig::cameras
  MonoImage image;  // DN
};

}  // namespace nightjar
