// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/result.h"
#include "data/anomaly_counter.h"
#include "data/camera_stream.h"
#include "data/csv_reader.h"
#include "data/record_stream.h"
#include "data/track_rows.h"

namespace nightjar {

/// Whether a camera of a log has tracks in place of images: a tracks.csv and no data.csv.
bool HasTracksOnly(const std::filesystem::path& folder, const std::string& camera);

/// The frames of a tracks.csv, one at a time, times strictly rising. Rows that cannot be used are
/// counted in the AnomalyCounter and passed over: those that the parser refuses, one that repeats a
/// track of its frame, one of another time between two of a frame (a damaged stamp must not cost
/// the rest), those beyond kMostFeatures of a frame, and frames out of order as in StampedRows.
class TrackFrames {
 public:
  static constexpr size_t kMostFeatures = 10'000;  // in a frame: memory has a bound

  struct Item {
    SensorTime time;
    SensorTime stamp;
    std::vector<FeatureObservation> features;  // by track
    int64_t line = 0;                          // of the first row
  };

  /// Starts before the first frame. `anomalies` outlives this.
  TrackFrames(CsvReader reader, const RigCamera& camera, int index, AnomalyCounter* anomalies)
      : reader_(std::move(reader)), parser_(camera), index_(index), anomalies_(anomalies) {}

  /// The frame at which the reading stands; nothing before the first Advance() and behind the last.
  const std::optional<Item>& head() const { return head_; }
  Status Advance();

  /// Why the first refused row was refused, with FILE:LINE; empty fields when none was.
  const Error& first_refusal() const { return first_refusal_; }

 private:
  struct NumberedRow {
    TrackRow row;
    int64_t line = 0;
  };
  Status NextRow();
  Status ReadRow(std::optional<NumberedRow>& row);
  Status FillFrame(std::optional<Item>& frame);
  void Add(const NumberedRow& row, Item& frame);
  const char* Objection() const;

  CsvReader reader_;
  TrackRowParser parser_;
  int index_;
  AnomalyCounter* anomalies_;
  std::optional<NumberedRow> row_;    // that belongs to no frame yet
  std::optional<NumberedRow> after_;  // the one behind it
  std::optional<Item> head_;
  std::optional<Item> current_;    // the next candidate
  std::optional<Item> following_;  // the one behind it
  std::optional<SensorTime> last_time_;
  Error first_refusal_;
  bool first_line_ = true;
};

/// The frames of a camera that a log has tracks of in place of images, in time order. They come
/// without an image and with features, perhaps none.
class TrackStream final : public RecordStream {
 public:
  /// `folder`: the log's folder that has `camera.name` in it. `index`: of the camera in
  /// Rig::cameras. Fails with kUnusableInput when tracks.csv cannot be read or has no usable row,
  /// or the camera's readout or time offset is beyond reason.
  static Result<std::unique_ptr<TrackStream>> Open(const std::filesystem::path& folder,
                                                   const RigCamera& camera, int index);

  /// As CameraStream::List.
  static Result<FrameListing> List(const std::filesystem::path& folder, const RigCamera& camera,
                                   const FrameInterval& interval);

  Status Restrict(const FrameInterval& interval) override;
  std::optional<SensorTime> next_time() const override;
  Result<std::optional<Record>> Take() override;
  StreamCounts counts() const override;
  std::vector<LogAnomaly> anomalies() const override { return anomalies_.List(); }

 private:
  TrackStream(CsvReader reader, const RigCamera& camera, int index);

  std::string name_;
  int index_;
  AnomalyCounter anomalies_;
  TrackFrames frames_;
  FrameInterval interval_;
  int64_t taken_ = 0;
  std::optional<SensorTime> first_;
  std::optional<SensorTime> last_;
};

}  // namespace nightjar
