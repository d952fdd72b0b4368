// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/result.h"
#include "data/sensor_log.h"

namespace nightjar {

/// Times of the frames that are asked for, [begin, end).
struct FrameInterval {
  SensorTime begin = SensorTime::min();
  SensorTime end = SensorTime::max();
};

/// One stream of a log, as the merging of all of them by time sees it.
class RecordStream {
 public:
  virtual ~RecordStream() = default;

  /// Leaves out what nobody needs for the frames of `interval`. Once, before the first Take().
  virtual Status Restrict(const FrameInterval& interval) = 0;

  /// The time of the next record; nothing at the end.
  virtual std::optional<SensorTime> next_time() const = 0;

  /// The next record; nothing where what stands there cannot be used, which is counted. There must
  /// be a next_time().
  virtual Result<std::optional<Record>> Take() = 0;

  virtual StreamCounts counts() const = 0;
  virtual std::vector<LogAnomaly> anomalies() const = 0;
};

}  // namespace nightjar
