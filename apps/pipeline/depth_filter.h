// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include "apps/pipeline/depth_options.h"
#include "core/depth_map.h"
#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// Takes one depth map of the reference camera's undistorted view (UndistortedView) at a time, in
/// the order of the keyframes.
using TakeDepth = std::function<Status(const DepthMap&)>;

/// Filters maps of the reference camera that come in the order of the keyframes, each with those of
/// its neighbours (FuseDepth) through the session's final poses. Holds 2 neighbours + 1 of them.
class DepthFilter {
 public:
  /// All outlive it.
  DepthFilter(const Session& session, const DepthOptions& options, const TakeDepth& take);

  /// Of the errors of two keyframes' maps (DepthCorrelation): before the first map.
  void SetCorrelation(double correlation) { correlation_ = correlation; }

  /// `map` of keyframe `keyframe`; gives those whose neighbours are all there.
  Status Add(size_t keyframe, DepthMap map);
  Status Finish();

 private:
  struct Held {
    size_t keyframe;
    DepthMap map;
  };
  size_t Reach() const { return static_cast<size_t>(options_.neighbours); }
  Status Give();

  const Session& session_;
  const DepthOptions& options_;
  const TakeDepth& take_;
  double correlation_ = 1;
  std::deque<Held> held_;
  size_t next_ = 0;  // of held_, to be given next
};

}  // namespace nightjar
