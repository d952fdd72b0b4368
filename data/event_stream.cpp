// SPDX-License-Identifier: Apache-2.0
#include "data/event_stream.h"

#include <cmath>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "data/events/dsec_reader.h"

namespace nightjar {
namespace {

constexpr Duration kPacket = std::chrono::milliseconds(1);
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
  auto reader = OpenDsecFile(place / "events.h5", false);
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<EventStream> stream(new EventStream(*std::move(reader), camera, index));
  stream->counts_.stream = camera.name;
  return stream;
}

bool EventStream::Read(Event& event, SensorTime& time) {
  while (!ended_) {
    const EventSpan span = batch_.events();
    if (taken_ == span.events.size()) {
      taken_ = 0;
      const Result<bool> more = reader_->Next(batch_);
      ended_ = !more || !*more;
      if (!more) {
        damage_ = LogAnomaly{"events cannot be read on, the rest is not used",
                             FileName() + ": event " + std::to_string(counts_.listed), 1};
      }
      continue;
    }
    event = span.events[taken_++];
    ++counts_.listed;
    time = span.begin + std::chrono::microseconds(event.time_us) + offset_;
    if (time >= interval_.end) ended_ = true;
    if (time >= interval_.begin && !ended_) return true;
  }
  return false;
}

void EventStream::Fill() {
  next_.reset();
  Event event;
  SensorTime time;
  while (true) {
    if (held_) {
      std::tie(time, event) = *std::exchange(held_, std::nullopt);
    } else if (!Read(event, time)) {
      return;
    }
    const SensorTime begin = BeginOfPacket(time);
    if (!next_) next_ = EventRecord{begin, index_, {begin, {}}};
    if (begin != next_->time) {
      held_ = {time, event};
      return;
    }
    event.time_us = static_cast<uint32_t>((time - begin) / std::chrono::microseconds(1));
    next_->packet.events.push_back(event);
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
    all.push_back({"events: " + anomaly.kind,
                   FileName() + ": event " + std::to_string(anomaly.first), anomaly.count});
  }
  if (damage_) all.push_back(*damage_);
  return all;
}

}  // namespace nightjar
