// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt3_decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "data/events/word_decoder.h"

namespace nightjar {
namespace {

constexpr int64_t kPeriod_us = int64_t{1} << 24;
constexpr size_t kVector = 12;  // the most events of a word
constexpr uint32_t kLargestX = 0x7FF;

enum Type : uint32_t {
  kAddrY = 0x0,
  kAddrX = 0x2,
  kVectBaseX = 0x3,
  kVect12 = 0x4,
  kVect8 = 0x5,
  kTimeLow = 0x6,
  kContinued4 = 0x7,
  kTimeHigh = 0x8,
  kPadding = 0x9,
  kExtTrigger = 0xA,
  kOthers = 0xE,
  kContinued12 = 0xF,
};

class Evt3Decoder : public WordDecoder<uint16_t> {
 public:
  Evt3Decoder(const EventFileInfo& info, int64_t position, bool raw)
      : WordDecoder(info, position), clock_(kPeriod_us, raw), triggers_(0, raw) {}

 private:
  size_t Decode(const uint8_t* words, size_t count, EventBatch& batch) override {
    size_t i = 0;
    while (i < count) {
      i += DecodeRun(words + 2 * i, count - i, batch);
      if (i == count) break;
      if (!DecodeWord(Load(words + 2 * i), i, batch)) break;
      ++i;
    }
    return i;
  }

  // Words of single events, rows and lower bits of the time that do not step back: what
  // DecodeWord() does to them, without a branch that depends on their types, which processors guess
  // wrong every few words.
  size_t DecodeRun(const uint8_t* words, size_t count, EventBatch& batch) {
    if (clock_.raw() || !clock_.started() || !has_y_ || batch.events().events.empty()) return 0;
    const int64_t high_us = clock_.epoch_us() + high_us_ - batch.begin_us();
    const int64_t now_us = clock_.own_us() - batch.begin_us();
    if (clock_.own_us() != clock_.now_us() || high_us < 0 ||
        high_us > int64_t{0xFFFFFFFF} - 0xFFF) {
      return 0;
    }
    constexpr uint32_t kSimple = 1U << kAddrY | 1U << kAddrX | 1U << kTimeLow;
    const auto high = static_cast<uint32_t>(high_us);
    auto time = static_cast<uint32_t>(now_us);
    uint32_t row = static_cast<uint32_t>(y_) << 16;
    count = std::min(count, batch.room());
    Event* const begin = batch.end();
    Event* out = begin;
    size_t i = 0;
    for (; i < count; ++i) {
      const uint32_t word = Load(words + 2 * i);
      const uint32_t type = word >> 12;
      const uint32_t next = type == kTimeLow ? high + (word & 0xFFF) : time;
      if (((kSimple >> type) & 1) == 0 || next < time) break;
      time = next;
      row = type == kAddrY ? (word & 0x7FF) << 16 : row;
      // An Event as one number (core/event_packet.h), and whether it stays.
      const uint32_t pixel = (word & 0x7FF) | row | ((word & 0x800) << 20);
      const uint64_t event = time | uint64_t{pixel} << 32;
      std::memcpy(static_cast<void*>(out), &event, sizeof event);
      out += type == kAddrX ? 1 : 0;
    }
    batch.SetEnd(out);
    y_ = static_cast<uint16_t>(row >> 16);
    clock_.Read(static_cast<int64_t>(time) + batch.begin_us() - clock_.epoch_us());
    if (out != begin) clock_.Delivered(batch.begin_us() + (out - 1)->time_us);
    return i;
  }

  bool DecodeWord(uint32_t word, size_t index, EventBatch& batch) {
    switch (word >> 12) {
      case kAddrY:
        y_ = word & 0x7FF;
        has_y_ = true;
        return true;
      case kAddrX: return DecodeEvent(word, index, batch);
      case kVectBaseX:
        base_x_ = word & 0x7FF;
        base_on_ = (word & 0x800) != 0;
        has_base_ = true;
        return true;
      case kVect12: return DecodeVector(word & 0xFFF, 12, index, batch);
      case kVect8: return DecodeVector(word & 0xFF, 8, index, batch);
      case kTimeLow:
        if (clock_.started()) {
          ReadClock(high_us_ | (word & 0xFFF), index);
        }
        return true;
      case kTimeHigh: {
        const int64_t high_us = int64_t{word & 0xFFF} << 12;
        if (!clock_.started() || high_us != high_us_) ReadClock(high_us, index);
        high_us_ = high_us;
        return true;
      }
      case kExtTrigger:
        if (!clock_.started()) {
          Count(EventAnomalyKind::kNoTime, index);
        } else {
          triggers_.Read(clock_.own_us());
          batch.triggers.push_back({FromNanoseconds(triggers_.now_us() * 1000),
                                    static_cast<int>((word >> 8) & 0xF), (word & 1) != 0});
          triggers_.Delivered(triggers_.now_us());
        }
        return true;
      case kPadding: Count(EventAnomalyKind::kPadding, index); return true;
      case kContinued4:
      case kOthers:
      case kContinued12: Count(EventAnomalyKind::kVendor, index); return true;
      default: Count(EventAnomalyKind::kUnknown, index); return true;
    }
  }

  void ReadClock(int64_t counter_us, size_t index) {
    if (!clock_.Read(counter_us)) Count(EventAnomalyKind::kStepBack, index);
  }

  // Whether events can be told at all; if not, these are counted.
  bool KnowsWhereAndWhen(bool has_pixel, int64_t events, size_t index) {
    if (!clock_.started()) {
      Count(EventAnomalyKind::kNoTime, index, events);
    } else if (!has_pixel) {
      Count(EventAnomalyKind::kNoPixel, index, events);
    } else {
      return true;
    }
    return false;
  }

  bool DecodeEvent(uint32_t word, size_t index, EventBatch& batch) {
    if (!KnowsWhereAndWhen(has_y_, 1, index)) return true;
    if (!batch.Add(clock_.now_us(), word & 0x7FF, y_, (word & 0x800) != 0)) return false;
    clock_.Delivered(clock_.now_us());
    return true;
  }

  bool DecodeVector(uint32_t pixels, uint32_t width, size_t index, EventBatch& batch) {
    if (pixels != 0 && KnowsWhereAndWhen(has_y_ && has_base_, std::popcount(pixels), index)) {
      if (batch.room() < kVector || !batch.Holds(clock_.now_us())) return false;
      for (; pixels != 0; pixels &= pixels - 1) {
        const uint32_t x = base_x_ + static_cast<uint32_t>(std::countr_zero(pixels));
        if (x > kLargestX) {
          Count(EventAnomalyKind::kBeyond, index, std::popcount(pixels));
          break;
        }
        batch.Add(clock_.now_us(), static_cast<uint16_t>(x), y_, base_on_);
      }
      clock_.Delivered(clock_.now_us());
    }
    base_x_ = std::min(base_x_ + width, kLargestX + 1);
    return true;
  }

  EventClock clock_, triggers_;
  int64_t high_us_ = 0;
  uint32_t base_x_ = 0;
  uint16_t y_ = 0;
  bool base_on_ = false, has_y_ = false, has_base_ = false;
};

}  // namespace

std::unique_ptr<EventDecoder> MakeEvt3Decoder(const EventFileInfo& info, int64_t position,
                                              bool raw) {
  return std::make_unique<Evt3Decoder>(info, position, raw);
}

}  // namespace nightjar
