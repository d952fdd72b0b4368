// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "calibration/estimate/photon_transfer.h"

namespace nightjar {

/// Which levels are points of a channel's noise line. By what was measured alone:
/// - kNotStatic: more than 1 % of the pixels changed by more than noise between the frames;
/// - kSaturated: more than 1e-4 of the samples are at the ceiling (white, the largest code, or
/// where
///   the levels with no variance left stand), or the variance is less than 0.8 of what the fainter
///   levels let expect;
/// - kBlackClipped: more than 1e-4 of the samples are 0;
/// - kBelowQuantisation: less than kLeastVarianceDn2.
std::vector<LevelUse> SelectLevels(std::span<const PhotonTransferLevel> levels, size_t channel,
                                   const PhotonTransferOptions& options);

/// The mean of the brightest level all of whose samples stand at one place; nothing without one.
/// Its sigma is that of a number rounded to whole DN.
std::optional<Measured> MeasureSaturation(std::span<const PhotonTransferLevel> levels,
                                          size_t channel, std::span<const LevelUse> uses);

/// A level as a point of the noise line.
NoisePoint PointOf(const PhotonTransferLevel& level, size_t channel, double black_dn);

}  // namespace nightjar
