// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt2_decoder.h"

#include <algorithm>
#include <bit>

#include "data/events/evt2_run.h"
#include "data/events/word_decoder.h"

namespace nightjar {
namespace {

constexpr int64_t kPeriod_us = int64_t{1} << 34;
constexpr uint32_t kTimeHigh = 0x8, kTrigger = 0xA, kPaddingType = 0x9, kOthers = 0xE;

EventAnomalyKind KindOf(uint32_t type) {
  return type >= kOthers        ? EventAnomalyKind::kVendor
         : type == kPaddingType ? EventAnomalyKind::kPadding
                                : EventAnomalyKind::kUnknown;
}

// What both versions have in common: the upper bits of the time, and all words but those of events.
template <typename Word>
class Evt2Words : public WordDecoder<Word> {
 protected:
  Evt2Words(const EventFileInfo& info, int64_t position, bool raw)
      : WordDecoder<Word>(info, position), events_(0, raw), triggers_(0, raw) {}

  bool time_known() const { return high_.started(); }
  /// The time of an event whose lower bits are 0.
  int64_t high_us() const { return high_.now_us(); }
  EventClock& event_clock() { return events_; }

  /// `head`: the upper 32 bits of the word.
  void DecodeOther(uint32_t head, size_t index, EventBatch& batch) {
    const uint32_t type = head >> 28;
    if (type == kTimeHigh) {
      high_.Read(int64_t{head & 0xFFFFFFF} << 6);
    } else if (type != kTrigger) {
      this->Count(KindOf(type), index);
    } else if (!time_known()) {
      this->Count(EventAnomalyKind::kNoTime, index);
    } else {
      if (!triggers_.Read(high_us() + ((head >> 22) & 0x3F)))
        this->Count(EventAnomalyKind::kStepBack, index);
      batch.triggers.push_back({FromNanoseconds(triggers_.now_us() * 1000),
                                static_cast<int>((head >> 8) & 0x1F), (head & 1) != 0});
      triggers_.Delivered(triggers_.now_us());
    }
  }

 private:
  EventClock high_{kPeriod_us, true};
  EventClock events_, triggers_;  // of 64 bits by now
};

class Evt2Decoder : public Evt2Words<uint32_t> {
 public:
  Evt2Decoder(const EventFileInfo& info, int64_t position, bool raw)
      : Evt2Words(info, position, raw) {}

 private:
  size_t Decode(const uint8_t* words, size_t count, EventBatch& batch) override {
    size_t i = 0;
    while (i < count) {
      i += DecodeRun(words + 4 * i, count - i, batch);
      if (i == count) break;
      const uint32_t word = Load(words + 4 * i);
      if ((word >> 28) > 1) {
        DecodeOther(word, i, batch);
      } else if (!DecodeEvent(word, i, batch)) {
        break;
      }
      ++i;
    }
    return i;
  }

  // Events up to the first word that is none, or whose time is not at or behind the one before it:
  // what DecodeEvent() does to all others, with nothing to decide but whether to go on.
  size_t DecodeRun(const uint8_t* words, size_t count, EventBatch& batch) {
    if (event_clock().raw() || batch.events().events.empty()) return 0;
    const int64_t high_us = high_us_in(batch);
    const int64_t latest_us = event_clock().now_us() - batch.begin_us();
    if (high_us < 0 || high_us > int64_t{0xFFFFFFFF} - 63 || latest_us > high_us + 63) return 0;
    const auto high = static_cast<uint32_t>(high_us);
    auto low = static_cast<uint32_t>(std::max<int64_t>(0, latest_us - high_us));
    const size_t done = DecodeEvt2Run(words, std::min(count, batch.room()), high, low, batch.end());
    if (done == 0) return 0;
    batch.SetEnd(batch.end() + done);
    event_clock().Read(this->high_us() + low);
    event_clock().Delivered(event_clock().own_us());
    return done;
  }

  int64_t high_us_in(const EventBatch& batch) const { return high_us() - batch.begin_us(); }

  bool DecodeEvent(uint32_t word, size_t index, EventBatch& batch) {
    if (!time_known()) {
      Count(EventAnomalyKind::kNoTime, index);
      return true;
    }
    const EventClock before = event_clock();
    const bool forward = event_clock().Read(high_us() + ((word >> 22) & 0x3F));
    if (!batch.Add(event_clock().now_us(), (word >> 11) & 0x7FF, word & 0x7FF, (word >> 28) != 0,
                   high_us())) {
      event_clock() = before;  // it will be read again
      return false;
    }
    event_clock().Delivered(event_clock().now_us());
    if (!forward) Count(EventAnomalyKind::kStepBack, index);
    return true;
  }
};

class Evt21Decoder : public Evt2Words<uint64_t> {
 public:
  Evt21Decoder(const EventFileInfo& info, int64_t position, bool legacy, bool raw)
      : Evt2Words(info, position, raw), legacy_(legacy) {}

 private:
  size_t Decode(const uint8_t* words, size_t count, EventBatch& batch) override {
    for (size_t i = 0; i < count; ++i) {
      const uint64_t word = std::rotl(Load(words + 8 * i), legacy_ ? 32 : 0);
      const auto head = static_cast<uint32_t>(word >> 32);
      if ((head >> 28) > 1) {
        DecodeOther(head, i, batch);
      } else if (!DecodeEvents(head, static_cast<uint32_t>(word), i, batch)) {
        return i;
      }
    }
    return count;
  }

  bool DecodeEvents(uint32_t head, uint32_t pixels, size_t index, EventBatch& batch) {
    if (!time_known()) {
      Count(EventAnomalyKind::kNoTime, index, std::popcount(pixels));
      return true;
    }
    if (batch.room() < 32) return false;
    const EventClock before = event_clock();
    const bool forward = event_clock().Read(high_us() + ((head >> 22) & 0x3F));
    if (!batch.Holds(event_clock().now_us(), high_us())) {
      event_clock() = before;
      return false;
    }
    event_clock().Delivered(event_clock().now_us());
    if (!forward) Count(EventAnomalyKind::kStepBack, index);
    for (; pixels != 0; pixels &= pixels - 1) {
      const uint32_t x = ((head >> 11) & 0x7FF) + static_cast<uint32_t>(std::countr_zero(pixels));
      if (x > 0x7FF) {
        Count(EventAnomalyKind::kBeyond, index, std::popcount(pixels));
        break;
      }
      batch.Add(event_clock().now_us(), static_cast<uint16_t>(x), head & 0x7FF, (head >> 28) != 0,
                high_us());
    }
    return true;
  }

  bool legacy_;
};

}  // namespace

std::unique_ptr<EventDecoder> MakeEvt2Decoder(const EventFileInfo& info, int64_t position,
                                              bool raw) {
  return std::make_unique<Evt2Decoder>(info, position, raw);
}

std::unique_ptr<EventDecoder> MakeEvt21Decoder(const EventFileInfo& info, int64_t position,
                                               bool legacy, bool raw) {
  return std::make_unique<Evt21Decoder>(info, position, legacy, raw);
}

}  // namespace nightjar
