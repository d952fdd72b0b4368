// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/events/event_decoder.h"

namespace nightjar {

/// Prophesee's DAT, version 2, behind its header: records of 8 bytes
/// (docs.prophesee.ai/stable/data/file_formats/dat.html):
///
///     bytes 0-3  time in us, a counter of 32 bits
///     bytes 4-7  31-28 polarity (0 or 1), 27-14 y, 13-0 x
///
/// `position`: of the first byte that is fed, in the file.
std::unique_ptr<EventDecoder> MakeDatDecoder(const EventFileInfo& info, int64_t position, bool raw);

}  // namespace nightjar
