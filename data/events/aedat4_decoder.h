// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/events/event_decoder.h"

namespace nightjar {

/// AEDAT4 of iniVation's DV: a header, then packets, each packed by itself (LZ4 frame, zstd or not)
/// and a FlatBuffer (data/events/aedat4.fbs) of events, one frame, inertial samples or triggers.
///
/// Events of the first stream that has any; grey frames of 8 bits, whose time is the middle of
/// their exposure; inertial samples in rad/s and m/s^2, axes as the camera has them; triggers with
/// the format's source (1 and 2: rising and falling edge of a signal, 6 to 9: begin and end of a
/// frame and of its exposure, ..) as channel. Packets that are damaged, and those of another kind,
/// are skipped and counted.
std::unique_ptr<EventDecoder> MakeAedat4Decoder(bool raw);

}  // namespace nightjar
