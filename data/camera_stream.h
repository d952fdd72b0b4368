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
#include "data/frame_row.h"
#include "data/record_stream.h"
#include "data/stamped_rows.h"

namespace nightjar {

/// What one pass over a camera's data.csv finds.
struct FrameListing {
  SensorTime first;
  SensorTime last;
  int64_t in_interval = 0;
};

/// The frames of a folder NAME/{data.csv,data/*.png}, in time order, each decoded when it is taken.
/// Of a depth sensor they are depth frames, and its images have 16 bits.
class CameraStream final : public RecordStream {
 public:
  enum class Kind { kCamera, kDepthSensor };

  /// `folder`: the log's folder that has `camera.name` in it. `index`: of the camera in
  /// Rig::cameras, or of the depth sensor among those that are read. Fails with kUnusableInput when
  /// data.csv or data/ is missing, there is no usable row, or the camera's readout or time offset
  /// is beyond reason.
  static Result<std::unique_ptr<CameraStream>> Open(const std::filesystem::path& folder,
                                                    const RigCamera& camera, int index,
                                                    Kind kind = Kind::kCamera);

  /// Counts the usable rows without opening an image; for the interval of those frames which will
  /// be asked for.
  static Result<FrameListing> List(const std::filesystem::path& folder, const RigCamera& camera,
                                   const FrameInterval& interval);

  /// Passes over the frames before `interval.begin` and ends before `interval.end`.
  Status Restrict(const FrameInterval& interval) override;
  std::optional<SensorTime> next_time() const override;
  /// A frame whose file cannot be used is counted. Of a camera it comes without an image: its time
  /// is known. Of a depth sensor it is left out.
  Result<std::optional<Record>> Take() override;
  StreamCounts counts() const override;
  std::vector<LogAnomaly> anomalies() const override { return anomalies_.List(); }

 private:
  CameraStream(CsvReader reader, const std::filesystem::path& folder, const RigCamera& camera,
               int index, Kind kind);
  void JudgeRow(const FrameRow& row, int64_t line);
  std::optional<MonoImage> ReadImage(const FrameRow& row, int64_t line);

  RigCamera camera_;
  int index_;
  Kind kind_;
  std::filesystem::path images_;
  AnomalyCounter anomalies_;
  StampedRows<FrameRow, FrameRowParser> rows_;
  FrameInterval interval_;
  size_t sample_type_ = std::variant_npos;  // of the images: index into MonoImage; none yet
  int64_t taken_ = 0;
  int64_t delivered_ = 0;            // with an image
  std::optional<SensorTime> first_;  // idem
  std::optional<SensorTime> last_;
};

}  // namespace nightjar
