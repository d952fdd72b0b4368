// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "data/events/event_batch.h"

namespace nightjar {

/// Readers of event files. One policy for every format:
///
/// - Every event that can be decoded is delivered, in the order of the file; x, y and polarity are
///   not touched, not even where they lie outside of the sensor.
/// - A step back of time by more than half of the counter's period is an overflow of the counter.
///   A smaller one is counted, and events behind it are delivered at the largest time of an event
///   before them, until time has caught up, so that times never fall; with `raw` they keep their
///   own. Nothing is sorted.
/// - What is no event of a known kind (vendors' words, padding, damaged packets) is skipped and
///   counted. So are events whose time or pixel was never said, because the file is cut in front of
///   it, or cannot be held.
///
/// Times are those of the file: of the camera's counter, in whole microseconds.
struct EventReaderOptions {
  bool raw = false;  // times may fall, from one event to the next and from batch to batch
  /// Bytes per read, from 1 on. The events do not depend on it.
  size_t block_bytes = size_t{1} << 18;
};

struct EventFileInfo {
  std::string format;  // "evt2", "evt2.1", "evt3", "dat", "aedat4", "dsec", "es", "text", "rosbag"
  int width = 0, height = 0;  // px of the sensor; 0: the file has not said it (yet)
};

/// Something that was got over.
struct EventAnomaly {
  std::string kind;
  int64_t first = 0;  // where it first happened: the byte of the file
  int64_t count = 0;
  bool first_is_event = false;  // `first` is the index of an event: HDF5
  bool first_is_line = false;   // `first` is a line, from 1 on: text
};

/// Where in its file: "byte 12", "event 3", "line 4".
inline std::string WhereOf(const EventAnomaly& anomaly) {
  const char* unit = anomaly.first_is_event ? "event " : anomaly.first_is_line ? "line " : "byte ";
  return unit + std::to_string(anomaly.first);
}

/// Reads one file from its begin to its end. Memory does not grow with the file: it is what a batch
/// takes, and the largest packet of a format that has packets.
class EventReader {
 public:
  virtual ~EventReader() = default;

  /// Fills `batch` with what comes next; false at the end, with an empty batch. kUnusableInput with
  /// the place when the file cannot be read on.
  virtual Result<bool> Next(EventBatch& batch) = 0;

  /// What the header says is there from the start, what packets say after they were read.
  virtual const EventFileInfo& info() const = 0;
  /// So far, by kind, in a fixed order; only kinds that happened.
  virtual std::vector<EventAnomaly> anomalies() const = 0;
};

/// Recognises the format by the file's content, whatever its name. kUnusableInput for a file that
/// cannot be opened or is of no known format; known ones that are not read are named.
Result<std::unique_ptr<EventReader>> OpenEventFile(const std::filesystem::path& file,
                                                   const EventReaderOptions& options = {});

}  // namespace nightjar
