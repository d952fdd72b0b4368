// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt2_run.h"

#include <cstring>

namespace nightjar {
namespace {

// What g++ and clang make of these is SSE2 on every x86-64 and NEON on every arm64.
using Four = uint32_t __attribute__((vector_size(16)));
using Two = uint64_t __attribute__((vector_size(16)));

// The bits of Event behind its time: see core/event_packet.h.
template <typename Words>
Words Pixels(Words words) {
  return ((words >> 11) & 0x7FF) | ((words & 0x7FF) << 16) | ((words << 3) & 0x80000000U);
}

}  // namespace

size_t DecodeEvt2Run(const uint8_t* words, size_t count, uint32_t high, uint32_t& low, Event* out) {
  size_t i = 0;
  Four before = {low, low, low, low};
  for (; i + 4 <= count; i += 4) {
    Four word;
    std::memcpy(&word, words + 4 * i, sizeof word);
    const Four word_low = (word >> 22) & 0x3F;
    const Four previous = __builtin_shufflevector(before, word_low, 3, 4, 5, 6);
    const auto stop = reinterpret_cast<Two>((word & 0xE0000000U) | Four(word_low < previous));
    if ((stop[0] | stop[1]) != 0) break;
    before = word_low;
    const Four time = word_low + high, pixel = Pixels(word);
    const Four first = __builtin_shufflevector(time, pixel, 0, 4, 1, 5);
    const Four second = __builtin_shufflevector(time, pixel, 2, 6, 3, 7);
    std::memcpy(static_cast<void*>(out + i), &first, sizeof first);
    std::memcpy(static_cast<void*>(out + i + 2), &second, sizeof second);
  }
  low = before[3];
  for (; i < count; ++i) {
    uint32_t word = 0;
    std::memcpy(&word, words + 4 * i, sizeof word);
    const uint32_t word_low = (word >> 22) & 0x3F;
    if ((word >> 29) != 0 || word_low < low) break;
    low = word_low;
    const uint32_t event[2] = {high + word_low, Pixels(word)};
    std::memcpy(static_cast<void*>(out + i), event, sizeof event);
  }
  return i;
}

}  // namespace nightjar
