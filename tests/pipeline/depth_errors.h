// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// One pixel of a session's depth beside the truth.
struct DepthError {
  double truth_m, depth_m, sigma_m;
};

struct DepthErrors {
  std::vector<DepthError> known;  // pixels that have both
  int64_t with_truth = 0;         // pixels that could have depth
  int64_t maps = 0;
  double focal_px = 0;  // of the maps

  double Density() const {
    return with_truth > 0 ? static_cast<double>(known.size()) / static_cast<double>(with_truth) : 0;
  }
};

/// Compares depth/cam0 of `session` with the exact depth of the simulated log that it was made of
/// (its truth/depth0, or depth0 where that is the exact one), every third pixel of every third row.
Result<DepthErrors> CompareDepth(const std::filesystem::path& session,
                                 const std::filesystem::path& log);

/// Of the pixels whose true depth is in [least, most): median of |error|, m, and of |error| /
/// truth.
struct DepthMedians {
  double error_m = 0, relative = 0;
  int64_t count = 0;
};
DepthMedians MediansBetween(const DepthErrors& errors, double least_m, double most_m);

}  // namespace nightjar
