// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_options.h"

namespace nightjar {

Status DepthCorrelation::Validate() const {
  for (const double value : {sensor, stereo, motion}) {
    if (!(value >= 0 && value <= 1))
      return Fail(ErrorKind::kUsage, "correlations of depth must be 0 .. 1");
  }
  return {};
}

Status GatheringOptions::Validate() const {
  if (frames < 0 || frames > 4) return Fail(ErrorKind::kUsage, "gather_frames must be 0 .. 4");
  if (!(least_noise >= 0 && least_noise <= 100))
    return Fail(ErrorKind::kUsage, "gather_least_noise must be 0 .. 100");
  return {};
}

Status DepthOptions::Validate() const {
  if (neighbours < 0 || neighbours > 8) return Fail(ErrorKind::kUsage, "neighbours must be 0 .. 8");
  for (const Status& status : {rectification.Validate(), matching.Validate(), gathering.Validate(),
                               sweep.Validate(), fusion.Validate(), correlation.Validate()}) {
    if (!status) return status;
  }
  return {};
}

}  // namespace nightjar
