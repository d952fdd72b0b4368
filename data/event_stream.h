// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
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
  /// The next event of the file that is in the interval, and its time; false at the end.
  bool Read(Event& event, SensorTime& time);
  std::string FileName() const { return name_ + "/events.h5"; }

  std::unique_ptr<EventReader> reader_;
  std::string name_;
  Duration offset_;
  int index_;
  FrameInterval interval_;
  EventBatch batch_;
  size_t taken_ = 0;  // of the batch
  bool ended_ = false;
  std::optional<LogAnomaly> damage_;
  std::optional<EventRecord> next_;
  /// The event behind those of next_, with its time.
  std::optional<std::pair<SensorTime, Event>> held_;
  StreamCounts counts_;
};

}  // namespace nightjar
