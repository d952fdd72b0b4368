// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isp/depth/disparity_map.h"
#include "isp/depth/run_tasks.h"

namespace nightjar {

/// What the disparities around one tell of it. Where a wall is bare the matcher refuses most pixels
/// and finds some surface for the rest: what is known among unknown pixels is mostly wrong,
/// whatever its own costs say (docs/maths/depth-maps.md).

/// px to each side: the square that is looked at. What is outside of the picture does not count.
inline constexpr int kSupportReach = 10;

/// Share of the square, of what is in the picture, that may be unknown.
inline constexpr double kMostUnknown = 0.2;

struct DisparitySupport {
  double unknown = 0;  // share of the square, 0 .. 1
  /// px: RMS difference of the square's known disparities from the one in its middle, to 1/8 px.
  double spread_px = 0;
};

/// The expected RMS error, px, of a disparity whose own law (isp/depth/disparity_sigma.h) says
/// `sigma_px`, above 0, with that support: a power of sigma, one of the spread, an exponential of
/// the share. Sigmas above 8 px are taken for that, spreads above 32 px.
double SupportedSigma(double sigma_px, const DisparitySupport& support);

/// Leaves out the disparities with more unknown pixels around them than kMostUnknown, and puts
/// SupportedSigma in place of the others' sigma. Both are told from the map as it was given.
/// Deterministic: the same bytes on every machine and however `run` runs tasks.
void JudgeBySupport(const RunTasks& run, DisparityMap& map);

}  // namespace nightjar
