// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/depth_map.h"
#include "core/result.h"

namespace nightjar {

struct CoherentDepthOptions {
  /// 0 .. 0.2 of the depth: by how much neighbouring pixels of one surface differ at most, or by
  /// their sigma where that is more.
  double step = 0.03;
  /// px: fewer that hang together are no surface.
  int least_pixels = 150;
  /// 0 .. 1: of the pixels around, within `reach_px` to each side, how many are known.
  double least_known = 0.6;
  int reach_px = 7;
};

/// The map without what is no surface: pixels that hang together (4 neighbours, steps as above)
/// with few others only, or lie among ones that are not known. Where stereo finds nothing it leaves
/// scattered patches of a few pixels at any depth whose sigma does not tell them from good ones
/// (speckles; Hirschmueller, "Stereo processing by semiglobal matching and mutual information",
/// IEEE TPAMI 30, 2008, removes them alike). Not positive, not finite and unsigned by a sigma is
/// unknown.
DepthMap CoherentDepth(const DepthMap& map, const CoherentDepthOptions& options);

}  // namespace nightjar
