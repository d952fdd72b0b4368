// SPDX-License-Identifier: Apache-2.0
#include "data/event_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "data/events/dsec_reader.h"

namespace nightjar {
namespace {

constexpr Duration kPacket = std::chrono::milliseconds(1);
// Time that a sensor may be silent for, or that packets of a link may be late by.
constexpr Duration kStep = std::chrono::milliseconds(100);
constexpr size_t kLookAhead = 64;   // events
constexpr double kMaxOffset = 1e9;  // s

// Rounded down, also before 0.
SensorTime BeginOfPacket(SensorTime time) {
  const Duration since = time.time_since_epoch() % kPacket;
  return time - since - (since < Duration(0) ? kPacket : Duration(0));
}

}  // namespace

Result<std::unique_ptr<EventStream>> EventStream::Open(const std::filesystem::path& folder,
                                                       const RigEventCamera& camera, int index) {
  const std::filesystem::path place = folder / camera.name;
  if (!(std::abs(camera.time_offset_s) <= kMaxOffset)) {
    return Fail(ErrorKind::kUnusableInput, "time_offset_s is beyond reason",
                (place / "sensor.yaml").string(), "give seconds");
  }
  auto reader = OpenDsecFile(place / "events.h5", true);
  if (!reader) {
    Error error = std::move(reader.error());
    error.remedy += ", or leave the events out (process --no-events)";
    return tl::unexpected(std::move(error));
  }
  std::unique_ptr<EventStream> stream(new EventStream(*std::move(reader), camera, index));
  stream->counts_.stream = camera.name;
  return stream;
}

std::optional<EventStream::Timed> EventStream::ReadFile() {
  while (!file_ended_) {
    const EventSpan span = batch_.events();
    if (taken_ < span.events.size()) {
      const Event& event = span.events[taken_++];
      return Timed{span.begin + std::chrono::microseconds(event.time_us) + offset_, event};
    }
    taken_ = 0;
    const Result<bool> more = reader_->Next(batch_);
    file_ended_ = !more || !*more;
    if (!more) {
      damage_ = LogAnomaly{"events cannot be read on, the rest is not used",
                           FileName() + ": event " + std::to_string(counts_.listed), 1};
    }
  }
  return std::nullopt;
}

bool EventStream::IsAhead(SensorTime time) {
  while (ahead_.size() < kLookAhead) {
    const auto next = ReadFile();
    if (!next) break;
    ahead_.push_back(*next);
  }
  return std::any_of(ahead_.begin(), ahead_.end(),
                     [time](const Timed& later) { return later.first < time - kStep; });
}

std::optional<EventStream::Timed> EventStream::ReadBelieved() {
  while (true) {
    std::optional<Timed> next;
    if (ahead_.empty()) {
      next = ReadFile();
    } else {
      next = ahead_.front();
      ahead_.pop_front();
    }
    if (!next) return std::nullopt;
    ++counts_.listed;
    SensorTime& time = next->first;
    const bool behind = latest_ && time < *latest_ - kStep;
    const bool leaps = !latest_ || time > *latest_ + kStep;
    if (behind || (leaps && IsAhead(time))) {
      if (!misdated_) {
        misdated_ = LogAnomaly{"events whose time is in error, not used",
                               FileName() + ": event " + std::to_string(counts_.listed - 1), 0};
      }
      ++misdated_->count;
      continue;
    }
    if (latest_) time = std::max(time, *latest_);
    latest_ = time;
    return next;
  }
}

std::optional<EventStream::Timed> EventStream::Read() {
  while (!ended_) {
    const auto next = ReadBelieved();
    ended_ = !next || next->first >= interval_.end;
    if (!ended_ && next->first >= interval_.begin) return next;
  }
  return std::nullopt;
}

void EventStream::TakeRun() {
  if (!ahead_.empty()) return;
  const SensorTime begin = next_->time;
  const int64_t end_ns = std::min(kPacket, interval_.end - begin).count();
  const EventSpan span = batch_.events();
  const int64_t span_ns = (span.begin + offset_ - begin).count();
  int64_t latest_ns = (*latest_ - begin).count();
  const size_t first = taken_;
  for (; taken_ < span.events.size(); ++taken_) {
    Event event = span.events[taken_];
    const int64_t time_ns = span_ns + int64_t{1000} * event.time_us;
    if (time_ns < latest_ns || time_ns >= end_ns) break;
    latest_ns = time_ns;
    event.time_us = static_cast<uint32_t>(time_ns / 1000);
    next_->packet.events.push_back(event);
  }
  counts_.listed += static_cast<int64_t>(taken_ - first);
  latest_ = begin + Duration(latest_ns);
}

void EventStream::Fill() {
  next_.reset();
  while (auto timed = held_ ? std::exchange(held_, std::nullopt) : Read()) {
    auto& [time, event] = *timed;
    const SensorTime begin = BeginOfPacket(time);
    if (!next_) next_ = EventRecord{begin, index_, {begin, {}}};
    if (begin != next_->time) {
      held_ = timed;
      return;
    }
    event.time_us = static_cast<uint32_t>((time - begin) / std::chrono::microseconds(1));
    next_->packet.events.push_back(event);
    TakeRun();
  }
}

Status EventStream::Restrict(const FrameInterval& interval) {
  interval_ = interval;
  Fill();
  return {};
}

std::optional<SensorTime> EventStream::next_time() const {
  return next_ ? std::optional(next_->time) : std::nullopt;
}

Result<std::optional<Record>> EventStream::Take() {
  NIGHTJAR_CHECK(next_.has_value(), "a packet is taken only where next_time() has shown one");
  Record record = *std::exchange(next_, std::nullopt);
  const EventPacket& packet = std::get<EventRecord>(record).packet;
  counts_.delivered += static_cast<int64_t>(packet.events.size());
  const auto at = [&](const Event& event) {
    return packet.begin + std::chrono::microseconds(event.time_us);
  };
  if (!counts_.first) counts_.first = at(packet.events.front());
  counts_.last = at(packet.events.back());
  Fill();
  return record;
}

StreamCounts EventStream::counts() const { return counts_; }

std::vector<LogAnomaly> EventStream::anomalies() const {
  std::vector<LogAnomaly> all;
  for (const EventAnomaly& anomaly : reader_->anomalies()) {
    all.push_back({"events: " + anomaly.kind, FileName() + ": " + WhereOf(anomaly), anomaly.count});
  }
  for (const auto& anomaly : {misdated_, damage_})
    if (anomaly) all.push_back(*anomaly);
  return all;
}

}  // namespace nightjar
