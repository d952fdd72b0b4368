// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/event_packet.h"

namespace nightjar {

/// The loop that a decoder of EVT 3.0 spends its time in, and the state that it has meanwhile.
struct Evt3Run {
  uint32_t high = 0;       // us: the upper bits of the time, from the batch's begin on
  uint32_t high_word = 0;  // the word that says them again
  uint32_t time = 0;       // us from the batch's begin on
  uint32_t row = 0;
  uint32_t base = 0;  // x of the next vector
  bool has_base = false, base_on = false;
  Event* out = nullptr;  // where the next event goes

  /// Takes words up to one of another kind (a new TIME_HIGH, triggers, what is no event), one with
  /// which time would step back, a vector at the edge of the addresses, or one whose events might
  /// not fit before `end`. How many it took.
  size_t Decode(const uint8_t* words, size_t count, Event* begin, Event* end);
};

}  // namespace nightjar
