// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "apps/pipeline/depth_source.h"
#include "core/depth_map.h"
#include "core/frame.h"
#include "core/result.h"
#include "isp/depth/depth_warp.h"
#include "isp/depth/plane_sweep.h"
#include "isp/view_map.h"
#include "spatial/session.h"

namespace nightjar {

/// Depth of keyframes of the reference camera from its own motion: each is swept with the keyframes
/// around it that were taken from elsewhere, at half of the picture's resolution. What moves by
/// itself is wrong; a camera that only turns sees nothing.
class MotionDepth {
 public:
  /// Takes the depth of a keyframe.
  using Give = std::function<Status(size_t keyframe, DepthMap map)>;

  /// `session` and `run` outlive it.
  MotionDepth(const Session& session, const PlaneSweepOptions& options,
              const MatchDevelopment& development, const RunTasks& run);

  /// The next keyframe's frame; gives the depth of those whose neighbours are all there.
  Status Add(size_t keyframe, const Frame& frame, const Give& give);
  Status Finish(const Give& give);

 private:
  struct Held {
    size_t keyframe;
    Image<uint8_t> texture;
  };
  Status GiveNext(const Give& give);
  std::vector<SweepView> ViewsAround(const Held& now) const;

  const Session& session_;
  PlaneSweepOptions options_;
  const RunTasks& run_;
  Se3 T_body_camera_;
  MatchDeveloper developer_;
  ViewMap full_;      // the undistorted picture
  PinholeView half_;  // of half as many pixels a side
  std::deque<Held> held_;
  size_t next_ = 0;  // of held_, to be given next
};

}  // namespace nightjar
