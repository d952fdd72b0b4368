// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "tests/data/events/event_file_tools.h"

namespace nightjar {

// Encoders and decoders of Prophesee's encodings for tests, written from the published tables word
// by word, without anything of the product's.

inline void PutBytes(uint64_t value, int bytes, std::vector<uint8_t>& out) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

inline std::vector<uint8_t> EncodeEvt2(const std::vector<TimedEvent>& events) {
  std::vector<uint8_t> out;
  int64_t high = -1;
  for (const TimedEvent& e : events) {
    if (e.time_us / 64 != high) {
      high = e.time_us / 64;
      PutBytes(0x80000000ULL + static_cast<uint64_t>(high % (1 << 28)), 4, out);
    }
    PutBytes((e.on ? 0x10000000ULL : 0) + static_cast<uint64_t>(e.time_us % 64) * 0x400000ULL +
                 static_cast<uint64_t>(e.x) * 0x800ULL + static_cast<uint64_t>(e.y),
             4, out);
  }
  return out;
}

/// `legacy`: halves of each word exchanged. Neighbours of one time, row and polarity, with rising
/// x, share a word.
inline std::vector<uint8_t> EncodeEvt21(const std::vector<TimedEvent>& events, bool legacy) {
  std::vector<uint8_t> out;
  const auto put = [&](uint64_t upper, uint64_t lower) {
    PutBytes(legacy ? upper : lower, 4, out);
    PutBytes(legacy ? lower : upper, 4, out);
  };
  int64_t high = -1;
  for (size_t i = 0; i < events.size();) {
    const TimedEvent& first = events[i];
    if (first.time_us / 64 != high) {
      high = first.time_us / 64;
      put(0x80000000ULL + static_cast<uint64_t>(high % (1 << 28)), 0);
    }
    uint64_t pixels = 0;
    int last = -1;
    while (i < events.size() && events[i].time_us == first.time_us && events[i].y == first.y &&
           events[i].on == first.on && events[i].x - first.x > last && events[i].x - first.x < 32) {
      last = events[i].x - first.x;
      pixels |= uint64_t{1} << last;
      ++i;
    }
    put((first.on ? 0x10000000ULL : 0) + static_cast<uint64_t>(first.time_us % 64) * 0x400000ULL +
            static_cast<uint64_t>(first.x) * 0x800ULL + static_cast<uint64_t>(first.y),
        pixels);
  }
  return out;
}

/// The times as the file has them: what a counter of 34 bits shows, the period added per overflow.
inline std::vector<TimedEvent> DecodeEvt2Plainly(const std::vector<uint8_t>& bytes, size_t begin) {
  std::vector<TimedEvent> events;
  uint32_t high = 0;
  for (size_t i = begin; i + 4 <= bytes.size(); i += 4) {
    const uint32_t word =
        static_cast<uint32_t>(bytes[i]) | static_cast<uint32_t>(bytes[i + 1]) << 8 |
        static_cast<uint32_t>(bytes[i + 2]) << 16 | static_cast<uint32_t>(bytes[i + 3]) << 24;
    if (word / 0x10000000 == 8) high = word % 0x10000000;
    if (word / 0x10000000 > 1) continue;
    events.push_back({int64_t{high} * 64 + (word / 0x400000) % 64,
                      static_cast<int>((word / 0x800) % 2048), static_cast<int>(word % 2048),
                      word / 0x10000000 == 1});
  }
  return events;
}

/// The same of EVT 3.0, times not mended: a word after the other.
inline std::vector<TimedEvent> DecodeEvt3Plainly(const std::vector<uint8_t>& bytes, size_t begin) {
  std::vector<TimedEvent> events;
  int high = -1, low = 0, y = 0, x = 0, overflows = 0;
  bool on = false;
  for (size_t i = begin; i + 2 <= bytes.size(); i += 2) {
    const int word = bytes[i] + 256 * bytes[i + 1];
    const int value = word % 4096;
    const int64_t time = (int64_t{overflows} << 24) + (int64_t{high} << 12) + low;
    switch (word / 4096) {
      case 0: y = value % 2048; break;
      case 2: events.push_back({time, value % 2048, y, value >= 2048}); break;
      case 3:
        x = value % 2048;
        on = value >= 2048;
        break;
      case 4:
      case 5:
        for (int k = 0; k < (word / 4096 == 4 ? 12 : 8); ++k, ++x) {
          if ((value >> k) % 2 == 1) events.push_back({time, x, y, on});
        }
        break;
      case 6: low = value; break;
      case 8:
        if (high >= 0 && high - value > 2048) ++overflows;
        if (value != high) low = 0;
        high = value;
        break;
      default: break;
    }
  }
  return events;
}

/// What the policy makes of times that step back: the largest one so far. How often they do.
inline int MendTimes(std::vector<TimedEvent>& events) {
  int64_t largest = INT64_MIN, before = INT64_MIN;
  int steps = 0;
  for (TimedEvent& e : events) {
    steps += e.time_us < before ? 1 : 0;
    before = e.time_us;
    largest = std::max(largest, e.time_us);
    e.time_us = largest;
  }
  return steps;
}

}  // namespace nightjar
