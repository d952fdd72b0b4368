// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/result.h"
#include "data/anomaly_counter.h"
#include "data/sensor_log.h"
#include "data/stamped_rows.h"

namespace nightjar {

/// A row of a camera's data.csv: t [ns], the name of a file in data/, and perhaps exposure [ns] and
/// gain, which are not used yet.
struct FrameRow {
  SensorTime time;
  std::string filename;
};

/// Intervals of frame times, [begin, end).
struct FrameInterval {
  SensorTime begin = SensorTime::min();
  SensorTime end = SensorTime::max();
};

/// What one pass over a camera's data.csv finds.
struct FrameListing {
  SensorTime first;
  SensorTime last;
  int64_t in_interval = 0;
};

/// The frames of camN, in time order, each decoded when it is taken.
class CameraStream {
 public:
  /// `folder`: the log's folder that has `camera.name` in it. `index`: into Rig::cameras. Fails
  /// with kUnusableInput when data.csv or data/ is missing or there is no usable row.
  static Result<std::unique_ptr<CameraStream>> Open(const std::filesystem::path& folder,
                                                    const RigCamera& camera, int index);

  /// Counts the usable rows without opening an image; for the interval of those frames which will
  /// be asked for.
  static Result<FrameListing> List(const std::filesystem::path& folder, const std::string& name,
                                   const FrameInterval& interval);

  /// Passes over the frames before `interval.begin` and ends before `interval.end`.
  Status Restrict(const FrameInterval& interval);

  /// The time of the next row; nothing at the end.
  std::optional<SensorTime> next_time() const;
  /// The next frame, without an image where its file cannot be used, which is counted. There must
  /// be a next row.
  Result<Frame> Take();

  StreamCounts counts() const;
  std::vector<LogAnomaly> anomalies() const { return anomalies_.List(); }

 private:
  CameraStream(CsvReader reader, const std::filesystem::path& folder, const RigCamera& camera,
               int index);

  RigCamera camera_;
  int index_;
  std::filesystem::path images_;
  AnomalyCounter anomalies_;
  StampedRows<FrameRow> rows_;
  FrameInterval interval_;
  size_t depth_ = std::variant_npos;  // of the images, as an index into MonoImage; none yet
  int64_t taken_ = 0;
  int64_t delivered_ = 0;            // with an image
  std::optional<SensorTime> first_;  // idem
  std::optional<SensorTime> last_;
};

}  // namespace nightjar
