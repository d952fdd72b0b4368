// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/image.h"
#include "core/result.h"
#include "core/time.h"
#include "data/event_file_writer.h"
#include "data/simulator/event_camera.h"

namespace nightjar {

/// The light of an event camera's pixels over some time.
struct EventLight {
  std::vector<double> instants;  // s, rising; of the first one the camera knows the light already
  /// Lux at instants[i]. Called by several threads at once.
  std::function<Image<float>(size_t i)> at;
};

struct EventCounts {
  int64_t on = 0, off = 0;
};

/// Lets the camera see the light and writes what it tells, by rising time, from `epoch` on, which
/// is the sensor time of its 0 s. The events do not depend on the number of threads, 1 or more.
/// `cancelled`, asked now and then, may be empty; true is kNoAnswer.
Result<EventCounts> WriteEvents(const EventLight& light, SensorTime epoch, int threads,
                                const std::function<bool()>& cancelled, EventCamera& camera,
                                EventFileWriter& file);

}  // namespace nightjar
