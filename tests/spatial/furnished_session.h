// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spatial/session.h"

namespace nightjar {

/// SyntheticSession() with a calibrated camera, a picture and a depth map of every keyframe (their
/// names: there are no files), and a room of 7 m by 5 m that stands askew by 0.2 rad, its floor at
/// z = -0.3: floor, four walls, a table, and planes as many as asked for; occupancy, clearance and
/// semi-dense points.
Session FurnishedSession(int frames = 200, int more_planes = 0);

}  // namespace nightjar
