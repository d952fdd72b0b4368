// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt3_run.h"

#include <bit>
#include <cstring>

#include "data/events/evt3_words.h"

namespace nightjar {
namespace {

constexpr uint32_t kWidest = 12;  // pixels of a vector
constexpr uint32_t kGroup = 32;   // of the three vectors that cameras write behind a base
constexpr size_t kSlack = 36;     // events that a step of the loop may write or touch

// Whether a base is followed by vectors of 12, 12 and 8, as one number.
constexpr uint64_t kTypes = 0xF000F000F000F000, kGroupTypes = 0x5000400040003000;

uint32_t Load(const uint8_t* word) {
  uint16_t value = 0;
  std::memcpy(&value, word, sizeof value);
  return value;
}

// An Event as one number: see core/event_packet.h. `pixel`: x, y << 16, on << 31.
void Write(uint32_t time, uint32_t pixel, Event* out) {
  const uint64_t event = time | uint64_t{pixel} << 32;
  std::memcpy(static_cast<void*>(out), &event, sizeof event);
}

// The events of vectors whose first pixel is `pixel`: four at a time, written whether there are so
// many or not. How often it goes round is guessed right far more often than how many there are.
Event* WriteVector(uint32_t time, uint32_t pixel, uint32_t set, Event* out) {
  do {
    for (int k = 0; k < 4; ++k) {
      const auto place = static_cast<uint32_t>(std::countr_zero(set | 0x80000000));
      Write(time, pixel + place, out);
      out += set != 0 ? 1 : 0;
      set &= set - 1;
    }
  } while (set != 0);
  return out;
}

}  // namespace

size_t Evt3Run::Decode(const uint8_t* words, size_t count, Event* begin, Event* end) {
  // Single events, rows and lower bits of the time come in any order: a branch on which of them it
  // is would be guessed wrong every few words.
  constexpr uint32_t kSimple = 1U << evt3::kAddrY | 1U << evt3::kAddrX | 1U << evt3::kTimeLow;
  out = begin;
  if (end - begin < static_cast<std::ptrdiff_t>(kSlack)) return 0;
  Event* const last = end - kSlack;
  // Kept apart from the members: for all that the compiler knows, events are written over those.
  const uint32_t high_us = high;
  uint32_t now = time, row_bits = row << 16;
  Event* to = begin;
  size_t i = 0;
  for (; i < count && to <= last; ++i) {
    const uint32_t word = Load(words + 2 * i);
    const uint32_t type = word >> 12;
    if (((kSimple >> type) & 1) != 0) [[likely]] {
      const uint32_t next = type == evt3::kTimeLow ? high_us + (word & 0xFFF) : now;
      if (next < now) break;
      now = next;
      row_bits = type == evt3::kAddrY ? (word & 0x7FF) << 16 : row_bits;
      Write(now, (word & 0x7FF) | row_bits | ((word & 0x800) << 20), to);
      to += type == evt3::kAddrX ? 1 : 0;
    } else if (type == evt3::kVect12 || type == evt3::kVect8) {
      if (!has_base || base > evt3::kLargestX + 1 - kWidest) break;
      const uint32_t width = type == evt3::kVect12 ? 12 : 8;
      to = WriteVector(now, base | row_bits | uint32_t{base_on} << 31, word & ((1U << width) - 1),
                       to);
      base += width;
    } else if (type == evt3::kVectBaseX) {
      base = word & 0x7FF;
      base_on = (word & 0x800) != 0;
      has_base = true;
      uint64_t group = 0;
      if (i + 4 <= count) std::memcpy(&group, words + 2 * i, sizeof group);
      if ((group & kTypes) == kGroupTypes && base <= evt3::kLargestX + 1 - kGroup) {
        const uint64_t set =
            (group >> 16 & 0xFFF) | (group >> 20 & 0xFFF000) | (group >> 24 & 0xFF000000);
        to = WriteVector(now, base | row_bits | uint32_t{base_on} << 31, static_cast<uint32_t>(set),
                         to);
        base += kGroup;
        i += 3;
      }
    } else if (word != high_word) {
      break;
    }
  }
  time = now;
  row = row_bits >> 16;
  out = to;
  return i;
}

}  // namespace nightjar
