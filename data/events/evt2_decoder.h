// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/events/event_decoder.h"

namespace nightjar {

/// Prophesee's EVT 2.0: words of 32 bits, the type in the top four
/// (docs.prophesee.ai/stable/data/encoding_formats/evt2.html):
///
///     0, 1  event off, on   27-22 lower 6 bits of the time, 21-11 x, 10-0 y
///     8     TIME_HIGH       27-0 upper bits of the time: 34 in all, a period of 4.8 h
///     A     EXT_TRIGGER     27-22 lower bits of the time, 12-8 channel, 0 edge
///     E, F  OTHERS, CONTINUED: vendors' words
///
/// `position`: of the first byte that is fed, in the file.
std::unique_ptr<EventDecoder> MakeEvt2Decoder(const EventFileInfo& info, int64_t position,
                                              bool raw);

/// EVT 2.1: the same with words of 64 bits that hold up to 32 events of a row
/// (docs.prophesee.ai/stable/data/encoding_formats/evt21.html):
///
///     0, 1  events off, on  59-54 lower bits of the time, 53-43 x of the first pixel, 42-32 y,
///                           31-0 which of the 32 pixels from there on
///     8     TIME_HIGH       59-32 upper bits of the time
///     A     EXT_TRIGGER     59-54 lower bits of the time, 44-40 channel, 32 edge
///     E, F  vendors' words
///
/// `legacy`: the upper half of a word comes first, as the IMX636 writes it ("endianness=legacy").
std::unique_ptr<EventDecoder> MakeEvt21Decoder(const EventFileInfo& info, int64_t position,
                                               bool legacy, bool raw);

}  // namespace nightjar
