// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/camera_inspection.h"
#include "apps/pipeline/inspect_event_file.h"
#include "apps/pipeline/stream_statistics.h"
#include "core/result.h"
#include "data/sensor_log.h"

namespace nightjar {

struct InspectOptions {
  std::filesystem::path log;
  int threads = 2;  // 1 .. 256; the answer does not depend on it
  /// Frames of the reference camera done, and listed; may be empty.
  std::function<void(int64_t done, int64_t total)> progress;
  /// Events of one event camera so far; may be empty.
  std::function<void(int64_t events)> event_progress;
};

/// What there is of one stream.
struct InspectedStream {
  std::string name;       // "imu0", "cam0"
  std::string kind;       // "imu", "camera"
  int64_t listed = 0;     // rows of its data.csv
  int64_t delivered = 0;  // samples, or frames with an image
  StreamTiming timing;
  double nominal_rate_hz = 0;                   // of the calibration; 0: not said
  double overlap_s = 0;                         // of its span with that of all streams
  std::optional<BrightnessSummary> brightness;  // cameras
  std::optional<double> tracks_median;          // cameras: features followed from frame to frame
};

/// One question that was asked of the log, and its answer.
struct InspectCheck {
  enum class Answer { kOk, kWarning, kError, kUnknown };
  std::string name;   // snake_case: "gyro_scale"
  std::string where;  // the stream it is about; empty: the log
  Answer status = Answer::kUnknown;
  std::optional<double> value;  // in the unit that `name` or docs/formats/inspect.md gives
  std::optional<double> sigma;  // 1 sigma of the value
  std::optional<double> expected;
  std::string what;    // one sentence; of an unknown: why it is
  std::string remedy;  // what to do; empty when ok
};

/// The events of one event camera; their times are of the file's own clock.
struct InspectedEvents {
  std::string name;  // "events0"
  EventFileInspection found;
};

struct Inspection {
  std::string format = "asl";
  LogDescription description;
  double duration_s = 0;  // from the first sample of any stream but events to the last
  std::vector<InspectedStream> streams;
  std::vector<InspectedEvents> events;  // those whose file can be read
  std::vector<std::string> notes;       // of the log: streams that are there and not read
  std::vector<LogAnomaly> anomalies;
  std::vector<InspectCheck> checks;  // in a fixed order
  double wall_s = 0;
};

/// Reads a log once, to its end, and says what is in it and what is wrong with it. Memory does not
/// grow with the log. Deterministic. What is found is not an error: that is only a log that cannot
/// be read at all, with the errors of OpenSensorLog and SensorLog::Next.
Result<Inspection> Inspect(const InspectOptions& options);

}  // namespace nightjar
