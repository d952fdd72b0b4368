// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "core/image.h"
#include "core/result.h"
#include "isp/depth/disparity_map.h"
#include "isp/depth/semi_global_aggregation.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

struct StereoMemory;

struct DenseStereoOptions {
  /// px, 8 .. 256: disparities 0 .. disparities - 1 are looked for. Time and memory grow with it.
  int disparities = 128;
  SemiGlobalOptions aggregation;
  /// px, 0 .. 255: how far the two pictures' disparities of one point may differ; what differs more
  /// is seen by one of them only.
  int most_left_right_difference = 1;
  /// Units of a cost, 0 .. 64: a disparity must be better by this than any other further away than
  /// 1 px; where two are as good none is known.
  double least_margin = 1;
  /// px, 0 .. 100000: a connected piece smaller than this is an error (0: keep all); in noise
  /// also what is smaller than three squares of what costs are means over, where
  int smallest_piece = 60;
  /// px, above 0 .. 10: neighbours belong together within this.
  double piece_step = 1.5;

  Status Validate() const;
};

/// Disparity of a rectified pair: rows are epipolar lines, and the left picture's things are at the
/// same x or further left in the right one. Costs: isp/depth/stereo_costs.h; sums:
/// isp/depth/semi_global_aggregation.h. Deterministic: the same bytes on every machine and any
/// number of threads. Keeps the memory of one call for the next one (a copy shares it). Safe to use
/// from several threads.
class DenseStereo {
 public:
  /// kUsage when an option is out of range.
  static Result<DenseStereo> Create(const DenseStereoOptions& options);

  /// Pictures of 8 or 16 bits, linear or gamma-coded. Where they are exposed differently the right
  /// one's light is brought to the left one's first. `noise` is that of both, as recorded,
  /// undenoised (the stage denoises where matching gains by it); without, they are taken for clean.
  /// kUnusableInput when sizes differ or a side is shorter than 16 px, kUsage when the noise or
  /// its levels cannot be, kTryAgain when there is not enough memory.
  Result<DisparityMap> Match(const MonoImage& left, const MonoImage& right,
                             const std::optional<PictureNoise>& noise = {},
                             const RunTasks& run = RunInTurn) const;

  /// The same of a pair that has been prepared (PrepareStereoPair), whose right light is brought to
  /// the left one's.
  Result<DisparityMap> Match(StereoPair& pair, const RunTasks& run = RunInTurn) const;

  const DenseStereoOptions& options() const { return options_; }

 private:
  class Kept;
  explicit DenseStereo(const DenseStereoOptions& options);
  Result<DisparityMap> MatchIn(StereoMemory& memory, StereoPair& pair, const RunTasks& run) const;

  DenseStereoOptions options_;
  std::shared_ptr<Kept> kept_;
};

}  // namespace nightjar
