// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/result.h"
#include "isp/events/background_filter.h"
#include "isp/events/correlation_filter.h"
#include "isp/events/event_filter.h"
#include "isp/events/flicker_filter.h"
#include "isp/events/hot_pixel_filter.h"
#include "isp/events/rate_filter.h"
#include "isp/events/refractory_filter.h"
#include "isp/events/region_filter.h"
#include "isp/events/trail_filter.h"

namespace nightjar {

/// The filters that are asked for. They run in the order of the fields:
///
/// - `region` first: what is not wanted costs nothing;
/// - `hot_pixels` and `flicker` before what looks at neighbours: steady sources would vouch for
///   noise beside them, and both have to see a pixel's events as the sensor made them;
/// - `refractory` before `background` and `correlation`, which one event of a volley is enough for;
/// - `trail` and `polarity` after them: what they drop is evidence for neighbours;
/// - `rate` last: it counts what is left.
struct EventFilterChainOptions {
  std::optional<RegionFilterOptions> region;
  std::optional<HotPixelFilterOptions> hot_pixels;
  std::optional<FlickerFilterOptions> flicker;
  std::optional<RefractoryFilterOptions> refractory;
  std::optional<BackgroundFilterOptions> background;
  std::optional<CorrelationFilterOptions> correlation;
  std::optional<TrailFilterOptions> trail;
  std::optional<bool> polarity;  // true: only on-events, false: only off-events
  std::optional<RateFilterOptions> rate;
  /// kUsage with the first field that is wrong, for a sensor of this size.
  Status Validate(int width, int height) const;
};

/// How many events one filter of a chain was offered and passed, over all calls.
struct EventFilterCount {
  const char* filter;  // the name of its field; "sensor" for the first one
  int64_t offered = 0;
  int64_t passed = 0;
};

/// Runs filters one after the other, without a copy of the events, after dropping events outside of
/// the sensor. Packets of some 10^4 events are in the cache from the first filter to the last.
class EventFilterChain : public EventFilter {
 public:
  /// A sensor of `width` x `height` px, up to 65536 x 32768. kUsage when options or size are wrong.
  static Result<EventFilterChain> Create(const EventFilterChainOptions& options, int width,
                                         int height);
  size_t Filter(std::span<Event> events, SensorTime begin) override;

  /// In the order in which they run. The first one, "sensor", has what lay outside of the sensor.
  std::vector<EventFilterCount> counts() const;

 private:
  struct Stage {
    EventFilterCount count;
    std::unique_ptr<EventFilter> filter;
  };
  EventFilterChain() = default;
  template <typename Filter, typename... Arguments>
  void Add(const char* name, const Arguments&... arguments);

  std::vector<Stage> stages_;
};

}  // namespace nightjar
