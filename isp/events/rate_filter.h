// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "core/result.h"
#include "isp/events/event_filter.h"

namespace nightjar {

struct RateFilterOptions {
  double most_hz = 20e6;    // events in a second of all pixels together, 1 .. 1e9
  double window_s = 1e-3;   // that the rate holds over, 1e-6 .. 10 s; most_hz * window_s >= 1
  Status Validate() const;  // kUsage
};

/// Passes at most most_hz * window_s events in each window, so that what comes behind can keep up.
///
/// When the last window had more, this one's are thinned evenly, by the share that would have been
/// right for the last one, so that what passes is spread over time and over the sensor. Windows
/// start with the first event. Sizes do not matter to it: events outside of the sensor pass.
class RateFilter : public EventFilter {
 public:
  /// `options` are valid.
  explicit RateFilter(const RateFilterOptions& options);
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  void Begin(int64_t now_us);

  int64_t window_us_;
  int64_t most_;                                                 // events in a window
  int64_t window_end_us_ = std::numeric_limits<int64_t>::min();  // of sensor time
  int64_t offered_ = 0, passed_ = 0;                             // in this window
  int64_t last_offered_ = 0;
  int64_t credit_ = 0;  // of what the events would like to pass: most_ for each
};

}  // namespace nightjar
