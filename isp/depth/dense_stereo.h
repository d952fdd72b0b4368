// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/image.h"
#include "core/result.h"
#include "isp/depth/disparity_map.h"
#include "isp/depth/semi_global_aggregation.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

struct DenseStereoOptions {
  /// px, 8 .. 256: disparities 0 .. disparities - 1 are looked for. Time and memory grow with it.
  int disparities = 128;
  SemiGlobalOptions aggregation;
  /// px, 0 .. 255: how far the two pictures' disparities of one point may differ; what differs more
  /// is seen by one of them only.
  int most_left_right_difference = 1;
  /// px, 0 .. 100000: a connected piece smaller than this is an error (0: keep all), where
  int smallest_piece = 60;
  /// px, above 0 .. 10: neighbours belong together within this.
  double piece_step = 1.5;

  Status Validate() const;
};

/// Disparity of a rectified pair: rows are epipolar lines, and the left picture's things are at the
/// same x or further left in the right one. Costs: isp/depth/stereo_costs.h; sums:
/// isp/depth/semi_global_aggregation.h. Deterministic: the same bytes on every machine and any
/// number of threads. Safe to use from several threads.
class DenseStereo {
 public:
  /// kUsage when an option is out of range.
  static Result<DenseStereo> Create(const DenseStereoOptions& options);

  /// Pictures of 8 or 16 bits, linear or gamma-coded: differences of exposure do no harm. `noise`
  /// is that of both, as recorded, undenoised (the stage denoises as much as matching gains by it);
  /// without, they are taken for clean. kUnusableInput when sizes differ or a side is shorter than
  /// 16 px.
  Result<DisparityMap> Match(const MonoImage& left, const MonoImage& right,
                             const std::optional<PictureNoise>& noise = {},
                             const RunTasks& run = RunInTurn) const;

  const DenseStereoOptions& options() const { return options_; }

 private:
  explicit DenseStereo(const DenseStereoOptions& options) : options_(options) {}
  DenseStereoOptions options_;
};

}  // namespace nightjar
