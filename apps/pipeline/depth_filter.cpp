// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_filter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/pipeline/keyframe_motion.h"
#include "isp/depth/depth_fusion.h"
#include "isp/depth/depth_warp.h"

namespace nightjar {
namespace {

constexpr size_t kReference = 0;

}  // namespace

DepthFilter::DepthFilter(const Session& session, const DepthOptions& options, const TakeDepth& take)
    : session_(session), options_(options), take_(take) {}

Status DepthFilter::Add(size_t keyframe, DepthMap map) {
  held_.push_back({keyframe, std::move(map)});
  while (next_ < held_.size() && held_.back().keyframe - held_[next_].keyframe >= Reach()) {
    if (Status given = Give(); !given) return given;
  }
  return {};
}

Status DepthFilter::Finish() {
  while (next_ < held_.size()) {
    if (Status given = Give(); !given) return given;
  }
  return {};
}

Status DepthFilter::Give() {
  const Held& now = held_[next_++];
  const Keyframe& keyframe = session_.keyframes[now.keyframe];
  const Se3& T_body_camera = session_.rig.cameras[kReference].T_body_camera;
  std::vector<DepthMap> others;
  for (const Held& other : held_) {
    const Keyframe& from = session_.keyframes[other.keyframe];
    const size_t apart =
        std::max(other.keyframe, now.keyframe) - std::min(other.keyframe, now.keyframe);
    if (apart == 0 || apart > Reach() || from.map != keyframe.map) continue;
    const Se3 T_now_other = (keyframe.state.T_world_body * T_body_camera).Inverse() *
                            from.state.T_world_body * T_body_camera;
    others.push_back(MoveDepth(other.map, T_now_other, now.map.view,
                               SigmaBetween(session_, now.keyframe, other.keyframe)));
  }
  if (Status taken = take_(FuseDepth(now.map, others, correlation_, options_.fusion)); !taken)
    return taken;
  while (next_ < held_.size() && held_[next_].keyframe - held_.front().keyframe > Reach()) {
    held_.pop_front();
    --next_;
  }
  return {};
}

}  // namespace nightjar
