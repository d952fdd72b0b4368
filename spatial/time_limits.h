// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.h"

namespace nightjar {

/// The latest time that is read, and the earliest with the other sign: 146 years, so that the
/// difference of any two fits 64 bits.
inline constexpr int64_t kLatest_ns = (int64_t{1} << 62) - 1;

/// For times that somebody asks for: none of a session is there.
constexpr SensorTime WithinLimits(SensorTime time) {
  return FromNanoseconds(std::clamp(ToNanoseconds(time), -kLatest_ns, kLatest_ns));
}

}  // namespace nightjar
