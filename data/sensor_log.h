// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "calibration/depth_noise.h"
#include "calibration/rig.h"
#include "core/audio_block.h"
#include "core/depth_frame.h"
#include "core/event_packet.h"
#include "core/frame.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "core/time.h"

namespace nightjar {

/// What an event camera told in a millisecond.
struct EventRecord {
  SensorTime time;  // the millisecond's begin, on the IMU's clock, as the packet's
  int camera = 0;   // index into LogContents::event_cameras
  EventPacket packet;
};

/// One measurement of a log.
using Record = std::variant<ImuSample, Frame, DepthFrame, AudioBlock, EventRecord>;

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
  int64_t listed = 0;     // rows of its data.csv that were reached; of audio and events:
                          // instants and events, likewise
  int64_t delivered = 0;  // of them, samples handed out and frames handed out with an image
  std::optional<SensorTime> first = {};  // of those delivered
  std::optional<SensorTime> last = {};
};

/// What log.yaml says of the log as a whole.
struct LogDescription {
  std::string clock = "unknown";      // what the stamps count: see kLogClocks in data/log_yaml.h
  std::string device_frame = "imu0";  // the sensor whose frame the body's is
  std::string source;                 // what made the log; empty: not said
  std::string command;                // that makes it again; empty: not said
};

/// An audio stream: PCM of 16 bits.
struct AudioStreamInfo {
  std::string name;      // "audio0"
  SensorTime start;      // of its first instant, on the IMU's clock
  int64_t rate_hz = 0;   // instants per second
  int channels = 0;      // samples per instant
  int64_t instants = 0;  // that the file holds

  double DurationSeconds() const {
    return static_cast<double>(instants) / static_cast<double>(rate_hz);
  }
};

/// What a log holds besides its rig, its samples and its frames.
struct LogContents {
  LogDescription description;
  /// Those that are read, in the order asked for.
  std::vector<RigCamera> depth_sensors;
  std::vector<DepthNoise> depth_noise;  // of each of them
  std::vector<AudioStreamInfo> audio;
  /// Those that are read, as the rig describes them.
  std::vector<RigEventCamera> event_cameras;
  /// What a person should know of how the log is read, one line each: streams that are there and
  /// not used, where the rig comes from.
  std::vector<std::string> notes;
};

struct SensorLogOptions {
  /// Cameras to read, by stream name, in this order; empty: all that the log has.
  std::vector<std::string> cameras = {};
  /// Only frames in [begin, end), in seconds from the log's first frame; IMU samples before `begin`
  /// are still handed out. No value: unbounded.
  std::optional<double> begin_s = std::nullopt;
  std::optional<double> end_s = std::nullopt;
  /// Depth sensors and audio streams to read as well, by stream name ("depth0", "audio0"): nothing
  /// of others is opened.
  std::vector<std::string> further_streams = {};
  /// Whether all depth sensors of the log are read besides.
  bool depth = false;
  /// A rig in any form that ReadRig knows, which wins over the log's own.
  std::optional<std::filesystem::path> rig_file = std::nullopt;
  /// Whether the events of the first event camera are read as well, where there is one of which
  /// rig or sensor.yaml know the calibration.
  bool events = false;
};

/// A recorded sensor log as a stream of typed records in time order. At equal times an IMU sample
/// comes before a frame, frames come in the order of their cameras, then depth, audio, events.
/// Memory does not grow with the log. Not thread-safe.
class SensorLog {
 public:
  virtual ~SensorLog() = default;

  virtual const Rig& rig() const = 0;
  virtual const LogContents& contents() const = 0;

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

/// Opens a log folder (docs/formats/sensor-log.md), with or without the mav0 level of EuRoC.
Result<std::unique_ptr<SensorLog>> OpenSensorLog(const std::filesystem::path& folder,
                                                 const SensorLogOptions& options = {});

}  // namespace nightjar
