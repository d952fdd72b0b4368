// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_filter_chain.h"

#include "isp/events/polarity_filter.h"

namespace nightjar {
namespace {

constexpr int kLargestWidth = 65536, kLargestHeight = 32768;  // what an Event can say

}  // namespace

Status EventFilterChainOptions::Validate(int width, int height) const {
  if (width < 1 || height < 1 || width > kLargestWidth || height > kLargestHeight)
    return Fail(ErrorKind::kUsage, "an event sensor must have 1 x 1 to 65536 x 32768 pixels");
  Status status;
  if (region) status = region->Validate(width, height);
  const auto check = [&status](const auto& options) {
    if (status && options) status = options->Validate();
  };
  check(hot_pixels);
  check(flicker);
  check(refractory);
  check(background);
  check(correlation);
  check(trail);
  check(rate);
  return status;
}

template <typename Filter, typename... Arguments>
void EventFilterChain::Add(const char* name, const Arguments&... arguments) {
  stages_.push_back({{name}, std::make_unique<Filter>(arguments...)});
}

Result<EventFilterChain> EventFilterChain::Create(const EventFilterChainOptions& options, int width,
                                                  int height) {
  if (Status status = options.Validate(width, height); !status)
    return tl::unexpected<Error>(status.error());
  EventFilterChain chain;
  chain.Add<RegionFilter>("sensor", RegionFilterOptions{0, 0, width, height});
  const auto& o = options;
  if (o.region) chain.Add<RegionFilter>("region", *o.region);
  if (o.hot_pixels) chain.Add<HotPixelFilter>("hot_pixels", *o.hot_pixels, width, height);
  if (o.flicker) chain.Add<FlickerFilter>("flicker", *o.flicker, width, height);
  if (o.refractory) chain.Add<RefractoryFilter>("refractory", *o.refractory, width, height);
  if (o.background) chain.Add<BackgroundFilter>("background", *o.background, width, height);
  if (o.correlation) chain.Add<CorrelationFilter>("correlation", *o.correlation, width, height);
  if (o.trail) chain.Add<TrailFilter>("trail", *o.trail, width, height);
  if (o.polarity) chain.Add<PolarityFilter>("polarity", *o.polarity);
  if (o.rate) chain.Add<RateFilter>("rate", *o.rate);
  return chain;
}

size_t EventFilterChain::Filter(std::span<Event> events, SensorTime begin) {
  for (Stage& stage : stages_) {
    stage.count.offered += static_cast<int64_t>(events.size());
    events = events.first(stage.filter->Filter(events, begin));
    stage.count.passed += static_cast<int64_t>(events.size());
  }
  return events.size();
}

std::vector<EventFilterCount> EventFilterChain::counts() const {
  std::vector<EventFilterCount> counts;
  for (const Stage& stage : stages_) counts.push_back(stage.count);
  return counts;
}

}  // namespace nightjar
