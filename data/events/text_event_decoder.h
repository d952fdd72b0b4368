// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "data/events/event_decoder.h"

namespace nightjar {

/// Lines "t x y p", separated by blanks, tabs or commas. t with a decimal point is in seconds,
/// rounded to the next microsecond (half a one away from 0); without one it is in microseconds. p
/// is 1 for brighter, 0 or -1 for darker. A first line of two numbers is the sensor's width and
/// height; lines that begin with '#' are comments.
std::unique_ptr<EventDecoder> MakeTextEventDecoder(bool raw);

/// Whether a text begins like that: one of its first 16 lines is an event.
bool LooksLikeTextEvents(std::string_view begin);

}  // namespace nightjar
