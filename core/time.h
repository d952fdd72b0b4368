// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

namespace nightjar {

/// The one clock of a sensor log: monotonic, nanoseconds, with an epoch that is the log's own
/// business. It has no now(): a recorded time is data, never the wall.
struct SensorClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SensorClock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = SensorClock::duration;
/// When a measurement was taken. A frame's time is the mid-exposure of its middle row.
using SensorTime = SensorClock::time_point;

constexpr SensorTime FromNanoseconds(int64_t t_ns) { return SensorTime(Duration(t_ns)); }
constexpr int64_t ToNanoseconds(SensorTime time) { return time.time_since_epoch().count(); }

constexpr double ToSeconds(Duration duration) {
  return 1e-9 * static_cast<double>(duration.count());
}
inline Duration FromSeconds(double seconds) { return Duration(std::llround(seconds * 1e9)); }

}  // namespace nightjar
