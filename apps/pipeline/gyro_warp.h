// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "core/time.h"
#include "isp/events/event_slicer.h"
#include "isp/events/event_warp.h"
#include "isp/undistortion.h"

namespace nightjar {

/// The camera of a rig that saw the events of a file: the one that is named, among the event
/// cameras and then among the others, whose lens a sensor with frames shares (DAVIS); without a
/// name the rig's only event camera, or its only camera. kUsage when there is no such one, or
/// several are meant. Errors of reading as ReadRig()'s.
Result<RigEventCamera> ReadEventCamera(const std::filesystem::path& rig, const std::string& name);

/// Slices of events as the camera would have seen them in the middle of each, its rotation taken
/// from a gyro: isp/events/event_warp.h, with times and axes of a rig. Where the gyro says nothing
/// within 20 ms of some instant of a slice, the slice is counted as it is.
class GyroWarp {
 public:
  /// `samples`: of the rig's IMU, in its axes and on its clock, by rising time. kUnusableInput
  /// without any, or when their times fall; the errors of EventWarp::Create().
  static Result<GyroWarp> Create(const RigEventCamera& camera, std::vector<ImuSample> samples);

  /// A pinhole of the camera's size, as large as the camera on its axis.
  const PinholeView& view() const { return warp_.view(); }

  /// In place of the slice before it. A slice lasts up to 10 s.
  Status Warp(const EventSlice& slice);
  /// Events per pixel of the last slice.
  void Counts(Image<float>& counts) const { warp_.Counts(counts); }

  int64_t samples() const { return static_cast<int64_t>(samples_.size()); }
  int64_t slices() const { return slices_; }
  int64_t slices_without_gyro() const { return slices_without_gyro_; }
  /// The time of the gyro, on the events' clock.
  SensorTime first() const { return samples_.front().time; }
  SensorTime last() const { return samples_.back().time; }

 private:
  GyroWarp(EventWarp warp, const RigEventCamera& camera, std::vector<ImuSample> samples);
  /// Those that say how the camera turned in [begin, end]; empty where some of it is not known.
  std::span<const ImuSample> SamplesOf(SensorTime begin, SensorTime end) const;

  EventWarp warp_;
  Eigen::Quaterniond R_body_camera_;
  std::vector<ImuSample> samples_;  // times on the events' clock
  int64_t slices_ = 0, slices_without_gyro_ = 0;
};

}  // namespace nightjar
