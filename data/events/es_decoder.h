// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/events/event_decoder.h"

namespace nightjar {

/// Event Stream, version 2, of the kinds DVS and ATIS
/// (github.com/neuromorphic-paris/event_stream): 12 bytes "Event Stream", three of the version, one
/// of the kind (1 DVS, 2 ATIS), width and height as u16; then per event a byte with the time since
/// the last one and the polarity, and x and y as u16.
///
/// DVS: FF lets 127 us pass, FE nothing; otherwise 7-1 us, 0 on. ATIS: FC + n lets 63 n us pass;
/// otherwise 7-2 us, 1 on, 0 whether it is a measurement of exposure: those are counted, not read.
std::unique_ptr<EventDecoder> MakeEsDecoder();

}  // namespace nightjar
