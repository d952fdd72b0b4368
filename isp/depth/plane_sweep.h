// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/depth_map.h"
#include "core/image.h"
#include "core/pinhole_view.h"
#include "core/result.h"
#include "core/se3.h"
#include "isp/depth/cost_rows.h"
#include "isp/depth/depth_warp.h"
#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

struct PlaneSweepOptions {
  /// m, 0.01 .. 1000: nothing nearer is looked for.
  double nearest_m = 0.5;
  /// 8 .. 256: planes, evenly spaced in inverse depth from infinity on. Fewer are taken where they
  /// are closer than half a pixel in the view that moves most.
  int most_levels = 128;
  /// px, 0 .. 8: costs are means over squares of 2 n + 1 pixels. More is for the dark.
  int support_px = 2;
  /// px, above 0 .. 10: 1 sigma of a usual match (RelativeMatchSigma).
  double match_sigma_px = 0.29;
  /// Levels, above 0 .. 4: where they differ by more than this from those around (LevelRoughness),
  /// every second one is wrong, and none is known.
  double most_roughness = 1.5;
  /// 0 .. 127: of LevelMap; pixels with less are unknown: there are two answers.
  double least_margin = 5;
  /// px, 0 .. 10: pixels that the step from infinity to the nearest level moves by less than this
  /// in the views that count see no depth: they are where the camera moves to.
  double least_parallax_px = 3;
  /// 0.01 .. 10: a depth whose sigma is more than this share of it is not known.
  double most_relative_sigma = 0.2;

  Status Validate() const;
};

/// A picture in which only texture counts: (value - mean) / (deviation + floor) over 9 x 9 pixels,
/// times 40, from 128. So light that changes from view to view does no harm. `floor`: what of the
/// deviation is taken for noise, in the unit of the values, > 0.
Image<uint8_t> NormalisedTexture(const Image<uint16_t>& picture, double floor);

/// One picture of a scene that stands still, in the reference's pinhole view.
struct SweepView {
  Image<uint8_t> texture;  // NormalisedTexture
  Se3 T_view_reference;    // m, between the cameras' frames
  MoveSigma wrong;         // what that is wrong by
};

/// How many of them a sweep takes.
inline constexpr size_t kMostSweepViews = 8;

/// Depth of one view from pictures that were taken elsewhere: for planes of constant depth the
/// other pictures are brought into the view (Collins, "A space-sweep approach to true multi-image
/// matching", CVPR 1996), differences are summed over a support, of several views the better half
/// counts (things are hidden on one side), and levels are chosen semi-globally. Sigma: of a match,
/// by the parallax that a pixel has in the views that counted and by how sharply the costs tell,
/// and that of those views' poses, turns included. Unknown without any view that moved. `options`
/// are valid; sizes are those of `view`.
Result<DepthMap> SweepPlanes(const Image<uint8_t>& reference, const PinholeView& view,
                             const std::vector<SweepView>& views, SensorTime time, int camera,
                             const PlaneSweepOptions& options, const RunTasks& run = RunInTurn);

}  // namespace nightjar
