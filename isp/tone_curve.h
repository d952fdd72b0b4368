// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// Entries of a tone curve: of x = i / 16383.
inline constexpr int kToneCodes = 16384;

/// What an 8-bit sRGB picture shows for linear light x = 0 .. 1: x times `exposure`, highlights
/// rolled off so that x = 1 stays white (Reinhard et al., "Photographic tone reproduction for
/// digital images", SIGGRAPH 2002, equation 4; nothing is changed at an exposure of 1), in sRGB's
/// transfer function (IEC 61966-2-1). Rises everywhere; the same bytes on every machine.
/// `exposure`: 1 .. 1000; otherwise kUsage.
Result<std::vector<uint8_t>> MakeToneCurve(double exposure);

}  // namespace nightjar
