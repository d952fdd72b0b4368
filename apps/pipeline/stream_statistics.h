// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"

namespace nightjar {

/// Values of a stream of any length in bounded memory: all of them up to kMost, then every second,
/// every fourth, ... in the order in which they came.
class BoundedSample {
 public:
  static constexpr size_t kMost = 16384;
  void Add(double value);
  bool empty() const { return values_.empty(); }
  /// The value below which `share` (0 .. 1) of them lie; 0 without values.
  double Quantile(double share) const;
  const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
  int64_t seen_ = 0;
  int64_t stride_ = 1;
};

struct StreamGap {
  SensorTime begin;       // of the sample before it
  double duration_s = 0;  // to the sample after it
};

/// The times of one stream's samples.
struct StreamTiming {
  int64_t count = 0;
  SensorTime first, last;
  double interval_s = 0;    // median
  double jitter_p50_s = 0;  // of |interval - median interval|, gaps left out
  double jitter_p99_s = 0;
  int64_t gap_count = 0;
  std::vector<StreamGap> gaps;  // the longest, at most kMostGaps, in the order of time

  double duration_s() const { return count > 0 ? ToSeconds(last - first) : 0; }
  double rate_hz() const {
    return count > 1 && last > first ? static_cast<double>(count - 1) / duration_s() : 0;
  }
};

/// Takes the times of a stream, strictly rising, one by one. Memory does not grow with the stream.
class StreamTimer {
 public:
  static constexpr size_t kMostGaps = 16;
  /// A gap is an interval this many times as long as the usual one: at least one sample is missing.
  static constexpr double kGapFactor = 1.7;

  void Add(SensorTime time);
  StreamTiming Timing() const;

 private:
  void Judge(const StreamGap& interval);

  static constexpr size_t kFirst = 64;  // intervals whose median says what is usual
  int64_t count_ = 0;
  SensorTime first_, last_;
  std::vector<StreamGap> first_intervals_;
  double usual_s_ = 0;  // 0: not known yet
  BoundedSample intervals_;
  int64_t gap_count_ = 0;
  std::vector<StreamGap> gaps_;
};

}  // namespace nightjar
