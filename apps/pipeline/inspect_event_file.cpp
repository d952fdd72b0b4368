// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect_event_file.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <utility>

namespace nightjar {
namespace {

constexpr int64_t kWindow_us = 1000;
constexpr double kPercentile = 0.99;

// How many windows of time have how many events. What is kept grows with the number of different
// counts, not with time.
class WindowCounts {
 public:
  void Add(int64_t time_us) {
    if (!begun_) begin_us_ = time_us;
    begun_ = true;
    const int64_t window = (time_us - begin_us_) / kWindow_us;
    if (window != window_) {
      ++windows_[events_];
      if (window - window_ > 1) windows_[0] += window - window_ - 1;
      window_ = window;
      events_ = 0;
    }
    ++events_;
  }

  /// Of the windows that are over.
  std::optional<double> Percentile_hz() const {
    int64_t below = 0;
    for (const auto& [events, windows] : windows_) {
      below += windows;
      if (static_cast<double>(below) >= kPercentile * static_cast<double>(window_))
        return static_cast<double>(events) * 1e6 / static_cast<double>(kWindow_us);
    }
    return std::nullopt;
  }

 private:
  bool begun_ = false;
  int64_t begin_us_ = 0, window_ = 0, events_ = 0;
  std::map<int64_t, int64_t> windows_;
};

// One kind of what batches hold.
class StreamCounter {
 public:
  StreamCounter(std::string name, std::string kind) {
    stream_.name = std::move(name);
    stream_.kind = std::move(kind);
    stream_.first = SensorTime::max();
    stream_.last = SensorTime::min();
  }
  void Add(SensorTime time) {
    stream_.first = std::min(stream_.first, time);
    stream_.last = std::max(stream_.last, time);
    ++stream_.delivered;
  }
  const EventFileInspection::Stream& stream() const { return stream_; }

 private:
  EventFileInspection::Stream stream_;
};

// Counts what is off the sensor, once its size is known.
class OutsideCounter {
 public:
  void Add(const EventFileInfo& info, const Event& event, int64_t index) {
    if (info.width == 0 || (event.x < info.width && event.y < info.height)) return;
    if (count_ == 0) first_ = index;
    ++count_;
  }
  void List(std::vector<EventAnomaly>& list) const {
    if (count_ > 0) list.push_back({"events outside of the sensor", first_, count_, true});
  }

 private:
  int64_t first_ = 0, count_ = 0;
};

}  // namespace

Result<EventFileInspection> InspectEventFile(const std::filesystem::path& file,
                                             const std::function<void(int64_t events)>& progress) {
  Result<std::unique_ptr<EventReader>> reader = OpenEventFile(file);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  EventFileInspection found;
  StreamCounter events("events", "events"), frames("frames", "camera"), imu("imu", "imu"),
      triggers("triggers", "triggers");
  WindowCounts windows;
  OutsideCounter outside;
  EventBatch batch;
  while (true) {
    const Result<bool> more = (*reader)->Next(batch);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    const EventSpan span = batch.events();
    const int64_t begin_us = ToNanoseconds(span.begin) / 1000;
    for (const Event& event : span.events) {
      outside.Add((*reader)->info(), event, found.on + found.off);
      (event.on != 0 ? found.on : found.off) += 1;
      found.x_max = std::max(found.x_max, int{event.x});
      found.y_max = std::max(found.y_max, int{event.y});
      windows.Add(begin_us + event.time_us);
      events.Add(span.begin + std::chrono::microseconds(event.time_us));
    }
    for (const Frame& frame : batch.frames) frames.Add(frame.time);
    for (const ImuSample& sample : batch.imu_samples) imu.Add(sample.time);
    for (const EventTrigger& trigger : batch.triggers) triggers.Add(trigger.time);
    if (progress) progress(found.on + found.off);
  }
  found.info = (*reader)->info();
  found.anomalies = (*reader)->anomalies();
  outside.List(found.anomalies);
  SensorTime first = SensorTime::max(), last = SensorTime::min();
  for (const StreamCounter* counter : {&events, &frames, &imu, &triggers}) {
    if (counter->stream().delivered == 0) continue;
    found.streams.push_back(counter->stream());
    first = std::min(first, counter->stream().first);
    last = std::max(last, counter->stream().last);
  }
  if (!found.streams.empty()) found.duration_s = ToSeconds(last - first);
  if (events.stream().rate_hz() > 0) found.rate_mean_hz = events.stream().rate_hz();
  found.rate_p99_hz = windows.Percentile_hz();
  return found;
}

}  // namespace nightjar
