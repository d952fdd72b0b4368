// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "core/result.h"
#include "isp/depth/dense_stereo.h"

namespace nightjar {

/// `nightjar depth`: a rectified pair to disparities (docs/formats/depth.md).
struct DepthPairOptions {
  std::filesystem::path left, right;
  std::filesystem::path output;  // PFM, px; +inf where unknown
  std::filesystem::path sigma;   // PFM, px; empty: none
  std::filesystem::path view;    // PNG in colours; empty: none
  DenseStereoOptions stereo;
  std::optional<NoiseProfile::Channel> noise;
  std::optional<double> black, white;  // DN; missing: as the file says, else 0 and the largest code
  bool fill = false;                   // give what is unknown its background's disparity
  int threads = 2;                     // 1 .. 256; more than two are of no use

  Status Validate() const;
};

struct DepthPairSummary {
  int width = 0, height = 0;  // px
  double black = 0, white = 0;
  double density = 0;              // share of pixels with a disparity of their own
  double median_disparity_px = 0;  // of those
  double median_sigma_px = 0;
  double row_offset_px = 0;  // of the pair; 0 where it could not be told
};

/// Matches and writes, each file whole or not at all, after everything else has gone well.
/// kUnusableInput for pictures of different sizes, black or saturated ones, a pair that is not
/// rectified (says by how many rows) or swapped; kUsage for levels or noise that cannot be;
/// kNoAnswer when nothing matches.
Result<DepthPairSummary> MatchPair(const DepthPairOptions& options);

}  // namespace nightjar
