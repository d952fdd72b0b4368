// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What the words of EVT 3.0 are: data/events/evt3_decoder.h says what they mean.
namespace nightjar::evt3 {

/// The top four bits.
enum Type : uint32_t {
  kAddrY = 0x0,
  kAddrX = 0x2,
  kVectBaseX = 0x3,
  kVect12 = 0x4,
  kVect8 = 0x5,
  kTimeLow = 0x6,
  kContinued4 = 0x7,
  kTimeHigh = 0x8,
  kPadding = 0x9,
  kExtTrigger = 0xA,
  kOthers = 0xE,
  kContinued12 = 0xF,
};

inline constexpr uint32_t kLargestX = 0x7FF;

}  // namespace nightjar::evt3
