// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/event_packet.h"

namespace nightjar {

/// The loop that a decoder of EVT 2.0 spends its time in. Takes events from the front of `words`
/// (32 bits each, little-endian) while their lower bits of time do not fall below those of the one
/// before, at first `low`; writes them to `out`, times counted from `high` on; leaves the last
/// one's lower bits in `low`. How many it took, `count` at most.
///
/// Four words at a time where there are four: what comes out does not depend on it.
size_t DecodeEvt2Run(const uint8_t* words, size_t count, uint32_t high, uint32_t& low, Event* out);

}  // namespace nightjar
