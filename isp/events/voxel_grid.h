// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"
#include "core/time.h"

namespace nightjar {

/// Adds events to a grid of B planes in the sensor's size, which stand for instants from `begin` to
/// `end`, evenly spaced, the ends among them: an event of polarity p = +1 or -1 at time t of
/// [begin, end) is shared by the two planes around it,
///
///     s = (B - 1) (t - begin) / (end - begin),   V[b] += p max(0, 1 - |b - s|).
///
/// Zhu, Yuan, Chaney, Daniilidis, "Unsupervised event-based learning of optical flow, depth, and
/// egomotion", CVPR 2019. With one plane all events count whole. Returns how many events lay
/// outside of the sensor or of the time. kUsage when the time is empty or longer than 71 min, there
/// is no plane, or pixels of a row are not adjacent.
Result<int64_t> AddToVoxelGrid(const EventSpan& packet, SensorTime begin, SensorTime end,
                               PlanarImage<float>& grid);

}  // namespace nightjar
