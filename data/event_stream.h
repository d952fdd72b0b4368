// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calibration/rig.h"
#include "core/event_packet.h"
#include "core/result.h"
#include "data/events/event_batch.h"
#include "data/events/event_reader.h"
#include "data/record_stream.h"

namespace nightjar {

/// The events of a folder NAME/events.h5, DSEC's layout of HDF5 (data/events/dsec_reader.h), on the
/// IMU's clock: by the milliseconds of that clock, a packet for each that has any. Such a packet's
/// time is its millisecond's begin, so that before a frame comes every event that happened before
/// it, and up to a millisecond of later ones. Where a log is cut changes nothing before.
///
/// Times that step back by up to 0.1 s are taken for the latest one. Events whose time is further
/// back, or further ahead than that of others soon behind them, are counted and not used: one wrong
/// time must not move all that follow.
class EventStream final : public RecordStream {
 public:
  /// `folder`: the log's folder that has `camera.name` in it. `index`: among the event cameras that
  /// are read. kUnusableInput when the file cannot be opened, or the time offset is beyond reason.
  static Result<std::unique_ptr<EventStream>> Open(const std::filesystem::path& folder,
                                                   const RigEventCamera& camera, int index);

  /// Passes over the events before `interval.begin` and ends before `interval.end`. Before this is
  /// called nothing is read.
  Status Restrict(const FrameInterval& interval) override;
  std::optional<SensorTime> next_time() const override;
  /// A file that is damaged further on ends there, which is counted.
  Result<std::optional<Record>> Take() override;
  /// Of events the events are counted.
  StreamCounts counts() const override;
  std::vector<LogAnomaly> anomalies() const override;

 private:
  EventStream(std::unique_ptr<EventReader> reader, const RigEventCamera& camera, int index)
      : reader_(std::move(reader)),
        name_(camera.name),
        offset_(FromSeconds(camera.time_offset_s)),
        index_(index) {}
  /// Makes next_ the next packet; nothing at the end.
  void Fill();
  /// Appends to next_ what goes on in its millisecond by rising time, which is nearly everything:
  /// as Read() would, at a fraction of its time.
  void TakeRun();
  using Timed = std::pair<SensorTime, Event>;
  /// The next event of the file, by its own time; nothing at the end.
  std::optional<Timed> ReadFile();
  /// The next one whose time is to be believed; never before the last one.
  std::optional<Timed> ReadBelieved();
  /// Whether events soon behind one of `time` in the file are so much earlier that it is in error.
  bool IsAhead(SensorTime time);
  /// The next one that is in the interval; nothing at the end.
  std::optional<Timed> Read();
  std::string FileName() const { return name_ + "/events.h5"; }

  std::unique_ptr<EventReader> reader_;
  std::string name_;
  Duration offset_;
  int index_;
  FrameInterval interval_;
  EventBatch batch_;
  size_t taken_ = 0;  // of the batch
  bool file_ended_ = false, ended_ = false;
  std::deque<Timed> ahead_;  // read from the file to see how time goes on
  std::optional<SensorTime> latest_;
  std::optional<LogAnomaly> damage_, misdated_;
  std::optional<EventRecord> next_;
  std::optional<Timed> held_;  // the event behind those of next_
  StreamCounts counts_;
};

}  // namespace nightjar
