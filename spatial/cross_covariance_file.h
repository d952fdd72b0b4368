// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/keyframe_pair.h"
#include "core/result.h"

namespace nightjar {

/// trajectory_cross_covariance.npz (docs/formats/session.md): `pairs`, int64 (M, 2), and
/// `covariance`, float64 (M, 6, 6), of pair m row by row E[e_first e_second'].
std::string CrossCovarianceNpz(std::span<const KeyframePair> pairs);

/// Its way back, bit for bit. kUnusableInput, with `where`, for a file that is cut or wrong, and
/// for pairs that are not first < second < `keyframes`, rising.
Result<std::vector<KeyframePair>> ParseCrossCovarianceNpz(std::string_view file,
                                                          const std::string& where,
                                                          size_t keyframes);

}  // namespace nightjar
