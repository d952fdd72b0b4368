// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/result.h"
#include "data/events/event_decoder.h"

namespace nightjar {

/// So much of a file is enough to recognise its format.
inline constexpr size_t kFormatBytes = 65536;

/// The decoder for a file that begins so, whose `skip` first bytes are not to be fed to it: every
/// format but HDF5, which has to be read here and there. kUnusableInput for all others, by name
/// where they are known.
Result<std::unique_ptr<EventDecoder>> MakeEventDecoder(std::string_view begin, bool raw,
                                                       size_t& skip);

}  // namespace nightjar
