// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/imu_sample.h"
#include "core/result.h"
#include "data/anomaly_counter.h"
#include "data/record_stream.h"
#include "data/saturation_detector.h"
#include "data/stamped_rows.h"

namespace nightjar {

/// The inertial samples of imuN/data.csv, in time order. Columns, exactly 7: t [ns], angular
/// velocity x y z [rad/s], specific force x y z [m/s^2]. Samples at the end of a sensor's range are
/// marked and counted, and those of a sensor that is stuck there are passed over.
class ImuStream final : public RecordStream {
 public:
  /// Beyond these no inertial sensor measures: such a value is damage, not motion.
  static constexpr double kMaxAngularVelocity = 200;  // rad/s per axis
  static constexpr double kMaxSpecificForce = 2000;   // m/s^2 per axis

  /// The end of a range is not below what a sensor at rest may show, its bias included; a hand or a
  /// drone does not leap so from one sample to the next.
  static constexpr SaturationDetector::Limits kAngularVelocityLimits = {0.2, 2};  // rad/s
  static constexpr SaturationDetector::Limits kSpecificForceLimits = {10.3, 15};  // m/s^2

  /// What anomalies() says of a value at the end of the range, or beyond every range.
  static constexpr const char* kBeyond =
      "row with a value that no IMU measures (rad/s and m/s^2 expected), skipped";
  static constexpr const char* kTurnStuck =
      "row with an angular velocity stuck at the end of the range, skipped";
  static constexpr const char* kForceStuck =
      "row with a specific force stuck at the end of the range, skipped";
  static constexpr const char* kTurnClipped =
      "angular velocity clipped at the end of the range, used";
  static constexpr const char* kForceClipped =
      "specific force clipped at the end of the range, used";

  /// `folder`: the log's folder that has `name` in it. Fails with kUnusableInput when data.csv is
  /// missing or has no usable row.
  static Result<std::unique_ptr<ImuStream>> Open(const std::filesystem::path& folder,
                                                 const std::string& name);
  /// The same from one file; `name`: what counts and anomalies call it.
  static Result<std::unique_ptr<ImuStream>> OpenFile(const std::filesystem::path& file,
                                                     const std::string& name);

  /// Ends behind the first sample at or behind `interval.end`: that one closes the last frame's
  /// interval, and more would only cost time. Samples before the begin are kept.
  Status Restrict(const FrameInterval& interval) override;
  std::optional<SensorTime> next_time() const override;
  Result<std::optional<Record>> Take() override;
  StreamCounts counts() const override;
  std::vector<LogAnomaly> anomalies() const override { return anomalies_.List(); }

 private:
  using Parser = tl::expected<ImuSample, const char*> (*)(const std::vector<std::string_view>&);
  ImuStream(CsvReader reader, const std::string& name, const std::string& where);
  static Result<std::unique_ptr<ImuStream>> Begin(const std::filesystem::path& file,
                                                  const std::string& name,
                                                  const std::string& where);
  Status Advance();
  bool IsStuck(const ImuSample& sample, int64_t line);

  std::string name_;
  AnomalyCounter anomalies_;
  StampedRows<ImuSample, Parser> rows_;
  std::array<SaturationDetector, 3> angular_velocity_;
  std::array<SaturationDetector, 3> specific_force_;
  ClippedAxes clipped_;  // of the sample at the head
  int64_t stuck_ = 0;
  SensorTime end_ = SensorTime::max();
  bool ended_ = false;  // a sample at or behind the end has been handed out
  int64_t delivered_ = 0;
  std::optional<SensorTime> first_;
  std::optional<SensorTime> last_;
};

}  // namespace nightjar
