// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/pipeline/depth_options.h"

namespace nightjar {

/// Calls field(name, value) for every option of depth that `--config` may set.
template <typename Visitor>
void VisitFields(DepthOptions& o, Visitor& field) {
  field("source", o.source);
  field("factors", o.factors);
  field("denoise", o.denoise);
  field("nearest_m", o.rectification.nearest_m);
  field("most_disparities", o.rectification.most_disparities);
  field("widest_deg", o.rectification.widest_deg);
  field("most_relative_sigma", o.rectification.most_relative_sigma);
  field("paths", o.matching.aggregation.paths);
  field("small_step", o.matching.aggregation.small_step);
  field("large_step", o.matching.aggregation.large_step);
  field("large_step_at_edge", o.matching.aggregation.large_step_at_edge);
  field("edge_contrast", o.matching.aggregation.edge_contrast);
  field("most_left_right_difference", o.matching.most_left_right_difference);
  field("least_margin", o.matching.least_margin);
  field("smallest_piece", o.matching.smallest_piece);
  field("piece_step", o.matching.piece_step);
  field("gather_frames", o.gathering.frames);
  field("gather_least_noise", o.gathering.least_noise);
  field("sweep_nearest_m", o.sweep.nearest_m);
  field("sweep_most_levels", o.sweep.most_levels);
  field("sweep_support_px", o.sweep.support_px);
  field("sweep_match_sigma_px", o.sweep.match_sigma_px);
  field("sweep_most_roughness", o.sweep.most_roughness);
  field("sweep_least_margin", o.sweep.least_margin);
  field("sweep_least_parallax_px", o.sweep.least_parallax_px);
  field("sweep_most_relative_sigma", o.sweep.most_relative_sigma);
  field("neighbours", o.neighbours);
  field("agreement", o.fusion.agreement);
  field("agreeing_views", o.fusion.agreeing_views);
  field("sensor_correlation", o.correlation.sensor);
  field("stereo_correlation", o.correlation.stereo);
  field("motion_correlation", o.correlation.motion);
}

}  // namespace nightjar
