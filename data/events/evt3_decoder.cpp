// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt3_decoder.h"

#include <algorithm>
#include <bit>

#include "data/events/evt3_run.h"
#include "data/events/evt3_words.h"
#include "data/events/word_decoder.h"

namespace nightjar {
namespace {

constexpr int64_t kPeriod_us = int64_t{1} << 24;
constexpr size_t kVector = 12;  // the most events of a word

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

  // Words up to the first one that is not common, or with which time steps back: what DecodeWord()
  // does to them, with the state in registers.
  size_t DecodeRun(const uint8_t* words, size_t count, EventBatch& batch) {
    if (clock_.raw() || !clock_.started() || !has_y_ || batch.events().events.empty()) return 0;
    const int64_t high = high_us() - batch.begin_us();
    if (clock_.own_us() != clock_.now_us() || high < 0 || high > int64_t{0xFFFFFFFF} - 0xFFF)
      return 0;
    Evt3Run run;
    run.high = static_cast<uint32_t>(high);
    run.high_word = evt3::kTimeHigh << 12 | static_cast<uint32_t>(high_us_ >> 12);
    run.time = static_cast<uint32_t>(clock_.own_us() - batch.begin_us());
    run.row = y_;
    run.has_base = has_base_;
    run.base = base_x_;
    run.base_on = base_on_;
    Event* const begin = batch.end();
    const size_t done = run.Decode(words, count, begin, begin + batch.room());
    batch.SetEnd(run.out);
    y_ = static_cast<uint16_t>(run.row);
    has_base_ = run.has_base;
    base_x_ = run.base;
    base_on_ = run.base_on;
    clock_.Read(static_cast<int64_t>(run.time) + batch.begin_us() - clock_.epoch_us());
    if (run.out != begin) clock_.Delivered(batch.begin_us() + (run.out - 1)->time_us);
    return done;
  }

  // The upper bits of the time, overflows counted in. Batches begin with them: so DecodeRun() adds
  // to nothing below 0.
  int64_t high_us() const { return clock_.epoch_us() + high_us_; }

  bool DecodeWord(uint32_t word, size_t index, EventBatch& batch) {
    switch (word >> 12) {
      case evt3::kAddrY:
        y_ = word & 0x7FF;
        has_y_ = true;
        return true;
      case evt3::kAddrX: return DecodeEvent(word, index, batch);
      case evt3::kVectBaseX:
        base_x_ = word & 0x7FF;
        base_on_ = (word & 0x800) != 0;
        has_base_ = true;
        return true;
      case evt3::kVect12: return DecodeVector(word & 0xFFF, 12, index, batch);
      case evt3::kVect8: return DecodeVector(word & 0xFF, 8, index, batch);
      case evt3::kTimeLow:
        if (clock_.started()) {
          ReadClock(high_us_ | (word & 0xFFF), index);
        }
        return true;
      case evt3::kTimeHigh: {
        const int64_t high_us = int64_t{word & 0xFFF} << 12;
        if (!clock_.started() || high_us != high_us_) ReadClock(high_us, index);
        high_us_ = high_us;
        return true;
      }
      case evt3::kExtTrigger:
        if (!clock_.started()) {
          Count(EventAnomalyKind::kNoTime, index);
        } else {
          triggers_.Read(clock_.own_us());
          batch.triggers.push_back({FromNanoseconds(triggers_.now_us() * 1000),
                                    static_cast<int>((word >> 8) & 0xF), (word & 1) != 0});
          triggers_.Delivered(triggers_.now_us());
        }
        return true;
      case evt3::kPadding: Count(EventAnomalyKind::kPadding, index); return true;
      case evt3::kContinued4:
      case evt3::kOthers:
      case evt3::kContinued12: Count(EventAnomalyKind::kVendor, index); return true;
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
    if (!batch.Add(clock_.now_us(), word & 0x7FF, y_, (word & 0x800) != 0, high_us())) return false;
    clock_.Delivered(clock_.now_us());
    return true;
  }

  bool DecodeVector(uint32_t pixels, uint32_t width, size_t index, EventBatch& batch) {
    if (pixels != 0 && KnowsWhereAndWhen(has_y_ && has_base_, std::popcount(pixels), index)) {
      if (batch.room() < kVector || !batch.Holds(clock_.now_us(), high_us())) return false;
      for (; pixels != 0; pixels &= pixels - 1) {
        const uint32_t x = base_x_ + static_cast<uint32_t>(std::countr_zero(pixels));
        if (x > evt3::kLargestX) {
          Count(EventAnomalyKind::kBeyond, index, std::popcount(pixels));
          break;
        }
        batch.Add(clock_.now_us(), static_cast<uint16_t>(x), y_, base_on_, high_us());
      }
      clock_.Delivered(clock_.now_us());
    }
    base_x_ = std::min(base_x_ + width, evt3::kLargestX + 1);
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
