// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/event_packet.h"
#include "core/frame.h"
#include "core/imu_sample.h"

namespace nightjar {

/// An edge on an input pin of an event camera.
struct EventTrigger {
  SensorTime time;
  int channel = 0;
  bool rising = false;
};

/// What an event camera tells in some time: each kind in the order of the file. Used again and
/// again, its memory stays the same.
class EventBatch {
 public:
  /// 256 KiB of events: what is decoded is still in the cache when it is used.
  static constexpr size_t kCapacity = size_t{1} << 15;

  EventBatch() : events_(std::make_unique<std::array<Event, kCapacity>>()) {}

  /// By rising time, unless the reader was told to be `raw`.
  EventSpan events() const { return {FromNanoseconds(begin_us_ * 1000), {events_->data(), size_}}; }
  std::vector<EventTrigger> triggers;
  std::vector<ImuSample> imu_samples;  // axes as the camera has them
  std::vector<Frame> frames;

  bool empty() const {
    return size_ == 0 && triggers.empty() && imu_samples.empty() && frames.empty();
  }
  void Clear() {
    size_ = 0;
    triggers.clear();
    imu_samples.clear();
    frames.clear();
  }

  // For decoders.

  size_t room() const { return kCapacity - size_; }
  /// Whether an event of this time can stand in the batch, as far as time goes: after its begin and
  /// within what 32 bits hold. In an empty one it can, which then begins at `begin_us`, not behind
  /// it, or with the event where that is further back than 32 bits reach.
  bool Holds(int64_t time_us, int64_t begin_us) {
    constexpr int64_t kReach_us = 0xFFFFFFFF;
    if (size_ == 0) begin_us_ = time_us - begin_us <= kReach_us ? begin_us : time_us;
    return time_us >= begin_us_ && time_us - begin_us_ <= kReach_us;
  }
  int64_t begin_us() const { return begin_us_; }
  Event* end() { return events_->data() + size_; }
  /// `end` - end() events were written there.
  void SetEnd(const Event* end) { size_ = static_cast<size_t>(end - events_->data()); }

  /// False when the batch cannot take it: it is full, or too long.
  bool Add(int64_t time_us, uint16_t x, uint16_t y, bool on) {
    return Add(time_us, x, y, on, time_us);
  }
  bool Add(int64_t time_us, uint16_t x, uint16_t y, bool on, int64_t begin_us) {
    if (room() == 0 || !Holds(time_us, begin_us)) return false;
    Event& event = (*events_)[size_++];
    event.time_us = static_cast<uint32_t>(time_us - begin_us_);
    event.x = x;
    event.y = y & 0x7FFF;
    event.on = on;
    return true;
  }

 private:
  std::unique_ptr<std::array<Event, kCapacity>> events_;
  size_t size_ = 0;
  int64_t begin_us_ = 0;
};

}  // namespace nightjar
