// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "core/time.h"

namespace nightjar {

/// One measurement of a log. RAW frames, event packets, depth and audio join as further
/// alternatives.
using Record = std::variant<ImuSample, Frame>;

SensorTime TimeOf(const Record& record);

/// Something in a log that was not as it should be and was got over, and how often. The record that
/// carries it was skipped, or used as `what` says.
struct LogAnomaly {
  std::string what;         // one phrase: "row without 7 columns, skipped"
  std::string first_where;  // FILE:LINE of the first one
  int64_t count = 0;
};

/// What a stream delivered so far.
struct StreamCounts {
  std::string stream;     // "imu0", "cam0"
  int64_t listed = 0;     // rows of its data.csv that were reached
  int64_t delivered = 0;  // of them, samples handed out and frames handed out with an image
  std::optional<SensorTime> first = {};  // of those delivered
  std::optional<SensorTime> last = {};
};

struct SensorLogOptions {
  /// Cameras to read, by stream name, in this order; empty: all that the log has.
  std::vector<std::string> cameras = {};
  /// Only frames in [begin, end), in seconds from the log's first frame; IMU samples before `begin`
  /// are still handed out. No value: unbounded.
  std::optional<double> begin_s = std::nullopt;
  std::optional<double> end_s = std::nullopt;
};

/// A recorded sensor log as a stream of typed records in time order. At equal times an IMU sample
/// comes before a frame, and frames come in the order of their cameras. Memory does not grow with
/// the log. Not thread-safe.
class SensorLog {
 public:
  virtual ~SensorLog() = default;

  virtual const Rig& rig() const = 0;

  /// Frame times listed for the reference camera (index 0) inside the asked interval: progress and
  /// coverage.
  virtual int64_t reference_frames() const = 0;

  /// The next record; nothing at the end of the log. What can be skipped is skipped and counted in
  /// anomalies(). A frame whose image cannot be read is counted too and comes without an image:
  /// when there was something to see is known, and belongs to the coverage. At the end
  /// kUnusableInput when no frame at all had an image.
  virtual Result<std::optional<Record>> Next() = 0;

  virtual std::vector<LogAnomaly> anomalies() const = 0;
  virtual std::vector<StreamCounts> counts() const = 0;

  /// 16 hex digits over what identifies the input (stream listings and calibration, not pixels):
  /// the same log gives the same identity on every machine and in every folder.
  virtual std::string identity() const = 0;

  /// Where the log's own truth lies, if it has one.
  virtual std::optional<std::filesystem::path> truth() const = 0;
};

/// Opens a log folder (docs/formats/sensor-log.md): today an ASL/EuRoC folder, with or without its
/// mav0 level.
Result<std::unique_ptr<SensorLog>> OpenSensorLog(const std::filesystem::path& folder,
                                                 const SensorLogOptions& options = {});

}  // namespace nightjar
