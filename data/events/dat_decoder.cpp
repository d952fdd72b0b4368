// SPDX-License-Identifier: Apache-2.0
#include "data/events/dat_decoder.h"

#include "data/events/word_decoder.h"

namespace nightjar {
namespace {

class DatDecoder : public WordDecoder<uint64_t> {
 public:
  DatDecoder(const EventFileInfo& info, int64_t position, bool raw)
      : WordDecoder(info, position), clock_(int64_t{1} << 32, raw) {}

 private:
  size_t Decode(const uint8_t* words, size_t count, EventBatch& batch) override {
    for (size_t i = 0; i < count; ++i) {
      const uint64_t word = Load(words + 8 * i);
      const auto pixel = static_cast<uint32_t>(word >> 32);
      if ((pixel >> 28) > 1) {
        Count(EventAnomalyKind::kUnreadable, i);
        continue;
      }
      const EventClock before = clock_;
      const bool forward = clock_.Read(static_cast<int64_t>(word & 0xFFFFFFFF));
      if (!batch.Add(clock_.now_us(), pixel & 0x3FFF, (pixel >> 14) & 0x3FFF, (pixel >> 28) != 0)) {
        clock_ = before;  // it will be read again
        return i;
      }
      clock_.Delivered(clock_.now_us());
      if (!forward) Count(EventAnomalyKind::kStepBack, i);
    }
    return count;
  }

  EventClock clock_;
};

}  // namespace

std::unique_ptr<EventDecoder> MakeDatDecoder(const EventFileInfo& info, int64_t position,
                                             bool raw) {
  return std::make_unique<DatDecoder>(info, position, raw);
}

}  // namespace nightjar
