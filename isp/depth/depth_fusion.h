// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/depth_map.h"
#include "core/result.h"

namespace nightjar {

struct DepthFusionOptions {
  /// sigma, 1 .. 10: how far two depths of one place may lie apart, in the sigma of their
  /// difference.
  double agreement = 3;
  /// 1 .. 16: how many views have to agree where the map itself knows nothing.
  int agreeing_views = 2;

  Status Validate() const;
};

/// A depth map filtered with what `others`, of the same view (MoveDepth), say of the same pixels:
/// means, of inverse depths and weighted by their variances, of all that agree with it. What more
/// views contradict than confirm is unknown, unless they agree among themselves on something else:
/// then it is that; so where the map knows nothing. `options` must be valid.
///
/// `correlation`, 0 .. 1: of the errors of two views of one place. Independent errors average out;
/// those of one texture that was seen from nearly the same place do not, or little.
DepthMap FuseDepth(const DepthMap& map, const std::vector<DepthMap>& others, double correlation,
                   const DepthFusionOptions& options);

}  // namespace nightjar
