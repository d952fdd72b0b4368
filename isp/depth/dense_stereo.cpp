// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/dense_stereo.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "isp/depth/disparity_checks.h"
#include "isp/depth/disparity_sigma.h"
#include "isp/depth/smoothed_costs.h"
#include "isp/depth/stereo_costs.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

Status DenseStereoOptions::Validate() const {
  if (disparities < 8 || disparities > kMostLevels)
    return Fail(ErrorKind::kUsage, "disparities of stereo must be 8 to 256");
  if (most_left_right_difference < 0 || most_left_right_difference > 255)
    return Fail(ErrorKind::kUsage, "most_left_right_difference of stereo must be 0 to 255");
  if (smallest_piece < 0 || smallest_piece > 100000)
    return Fail(ErrorKind::kUsage, "smallest_piece of stereo must be 0 to 100000");
  if (!(piece_step > 0 && piece_step <= 10))
    return Fail(ErrorKind::kUsage, "piece_step of stereo must be above 0, to 10");
  return aggregation.Validate();
}

Result<DenseStereo> DenseStereo::Create(const DenseStereoOptions& options) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  return DenseStereo(options);
}

Result<DisparityMap> DenseStereo::Match(const MonoImage& left, const MonoImage& right,
                                        const std::optional<PictureNoise>& noise,
                                        const RunTasks& run) const {
  auto pair = PrepareStereoPair(left, right, noise, run);
  if (!pair) return tl::unexpected(pair.error());
  const StereoCosts pixels(pair->left, pair->right, options_.disparities, pair->dead_zone);
  const SmoothedCosts costs(pixels, pair->smoothing_radius);
  auto levels = AggregateSemiGlobally(costs, pair->left.light, options_.aggregation, true, run);
  if (!levels) return tl::unexpected(levels.error());
  DisparityMap map;
  map.disparity_px = MedianOfNine(levels->level);
  KeepWhatBothSee(MedianOfNine(levels->other_level), options_.most_left_right_difference,
                  map.disparity_px);
  if (options_.smallest_piece > 0)
    DropSmallPieces(options_.smallest_piece, options_.piece_step, map.disparity_px);
  map.sigma_px = FindDisparitySigma(map.disparity_px, *levels);
  return map;
}

}  // namespace nightjar
