// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/imu_sample.h"
#include "core/time.h"

namespace nightjar {

/// Two samples of a 20 Hz IMU; what integrates over more is a guess.
inline constexpr Duration kImuGap = std::chrono::milliseconds(100);

/// A number for each axis of the two sensors: angular velocity x y z, specific force x y z.
using PerAxis = Eigen::Matrix<double, 6, 1>;

/// For each step between two samples and each axis, s: how long the run of steps is in which that
/// axis is clipped at either end and to which this step belongs; 0 where it is not.
std::vector<PerAxis> ClippedRuns(std::span<const ImuSample> samples);

/// Inertial samples over an interval, made for integration.
struct ImuSignal {
  std::vector<ImuSample> samples;  // in time order, the ends of the interval included
  /// For each step between two samples: how far apart the real measurements around it are, s.
  /// Larger than the step where its ends are interpolated or held.
  std::vector<double> spacing_s;
  /// For each step: ClippedRuns of all samples that have come, so that a run is as long as it is
  /// and not as this interval cuts it.
  std::vector<PerAxis> clipped_s;
};

/// The inertial samples of a log so far, in time order.
class ImuBuffer {
 public:
  /// Samples that do not advance the time are ignored (readers count them).
  void Add(const ImuSample& sample);

  bool empty() const { return samples_.empty(); }
  const ImuSample& oldest() const { return samples_.front(); }
  const ImuSample& newest() const { return samples_.back(); }

  /// The signal over [begin, end] as samples at `begin`, at every measurement between, and at
  /// `end`. The ends are interpolated between their neighbours; beyond the first and the newest
  /// sample that one is held, so that an estimate at `end` needs no sample from its future. Empty
  /// when the buffer is. A clipped run that has not ended is as long as it is known to be: what is
  /// made again later may weigh less.
  ImuSignal Between(SensorTime begin, SensorTime end) const;

  /// The signal at one time; the buffer must not be empty.
  ImuSample At(SensorTime time) const;

  /// The first time from `begin` on from which samples reach up to `time` without a gap longer than
  /// `longest`: a sample's, or `begin`. `time` itself when it is in such a gap.
  SensorTime UnbrokenSince(SensorTime begin, SensorTime time, Duration longest) const;

  /// Whether a sample from `begin` to `end`, or one that the signal there is interpolated from or
  /// held at, is clipped on any axis.
  bool AnyClipped(SensorTime begin, SensorTime end) const;

  /// The longest time without a sample that touches [begin, end]: measured from the sample at or
  /// before `begin` (from `begin` when there is none), up to `end`.
  Duration LongestGap(SensorTime begin, SensorTime end) const;

 private:
  double SpacingAround(SensorTime begin, SensorTime end) const;
  std::vector<PerAxis> ClippedRunsThrough(std::span<const ImuSample> cut) const;

  std::vector<ImuSample> samples_;
};

}  // namespace nightjar
