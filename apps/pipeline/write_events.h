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
  /// s, rising; of the first one the camera knows the light already. Those before 0 are the run-in
  /// that brings the pixels into the state of a camera that has been on for a while: what they tell
  /// in it is not written. 0 is among them.
  std::vector<double> instants;
  /// Lux at instants[i]. Called by several threads at once.
  std::function<Image<float>(size_t i)> at;
};

struct EventCounts {
  int64_t on = 0, off = 0;
};

/// Lets the camera see the light and writes what it tells, by rising time, from `epoch` on, which
/// is the sensor time of its 0 s. The events do not depend on the number of threads, 1 or more.
/// `look` is told now and then how far it is; what it fails with ends the work.
Result<EventCounts> WriteEvents(const EventLight& light, SensorTime epoch, int threads,
                                const std::function<Status(double t_s)>& look, EventCamera& camera,
                                EventFileWriter& file);

}  // namespace nightjar
