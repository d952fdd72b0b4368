// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/work_progress.h"
#include "core/result.h"
#include "isp/depth/dense_stereo.h"

namespace nightjar {

/// `nightjar depth`: a rectified pair to disparities (docs/formats/depth.md).
struct DepthPairOptions {
  std::filesystem::path left, right;
  std::filesystem::path output;  // PFM, px; +inf where unknown
  std::filesystem::path sigma;   // PFM, px; empty: none
  std::filesystem::path view;    // PNG in colours; empty: none
  /// Its most_bytes is what `memory` says.
  DenseStereoOptions stereo;
  /// Most bytes of the sums, 1 MiB to 1 TiB; missing: 96 MiB, with which most pictures take no
  /// longer than with more, or the least that is enough where that is more.
  std::optional<uint64_t> memory;
  std::optional<NoiseProfile::Channel> noise;
  /// DN; missing: as the files say. Where they do not: 0, and without `noise` the largest code of
  /// 8, 10, 12, 14 or 16 bits; with it, `white` must be given.
  std::optional<double> black, white;
  bool fill = false;  // give what is unknown its background's disparity
  int threads = 2;    // 1 .. 256; more than two are of no use

  Status Validate() const;
};

struct DepthPairSummary {
  int width = 0, height = 0;  // px
  double black = 0, white = 0;
  double density = 0;              // share of pixels with a disparity of their own
  double median_disparity_px = 0;  // of those
  double median_sigma_px = 0;
  std::optional<double> row_offset_px;  // of the pair; missing where it could not be told
  std::vector<std::string> warnings;    // one line each
};

/// Matches and writes, no file before all are on the disk.
/// kUnusableInput for pictures of different sizes or levels, black or saturated ones, a pair that
/// is not rectified (says by how many rows) or swapped, one picture twice; kUsage for levels or
/// noise that cannot be or are missing and for outputs that cannot be (CheckOutputs); kNoAnswer
/// when nothing matches, and when `progress` (rows of the left picture) ends the work.
Result<DepthPairSummary> MatchPair(const DepthPairOptions& options,
                                   const WorkProgress& progress = {});

}  // namespace nightjar
