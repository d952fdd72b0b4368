// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/events/event_decoder.h"

namespace nightjar {

/// Prophesee's EVT 3.0: words of 16 bits, the type in the top four, each changing a part of a state
/// (docs.prophesee.ai/stable/data/encoding_formats/evt3.html):
///
///     0     EVT_ADDR_Y   10-0 y; bit 11 tells master from slave and is not looked at
///     2     EVT_ADDR_X   an event: 11 on, 10-0 x
///     3     VECT_BASE_X  11 on, 10-0 x of the next vector
///     4, 5  VECT_12, _8  events on the pixels of the 12 or 8 that are set; x moves on behind them
///     6, 8  TIME_LOW, TIME_HIGH  lower and upper 12 bits of the time: a period of 16.8 s
///     A     EXT_TRIGGER  11-8 channel, 0 edge
///     7, E, F  CONTINUED_4, OTHERS, CONTINUED_12: vendors' words
///
/// A new TIME_HIGH sets the lower bits to 0, the same one again leaves them. `position`: of the
/// first byte that is fed, in the file.
std::unique_ptr<EventDecoder> MakeEvt3Decoder(const EventFileInfo& info, int64_t position,
                                              bool raw);

}  // namespace nightjar
