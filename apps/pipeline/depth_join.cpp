// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_join.h"

#include <algorithm>
#include <utility>

#include "apps/pipeline/frame_set.h"

namespace nightjar {

bool DepthJoin::Joins(SensorTime time) const {
  return depth_ && std::max(depth_->time, time) - std::min(depth_->time, time) <= kTogether;
}

void DepthJoin::PassBefore(SensorTime time, std::vector<Measurement>& measurements) {
  if (waiting_.empty()) return;
  if (time > std::get<FrameObservations>(waiting_.front()).time + kTogether) Finish(measurements);
}

void DepthJoin::Add(const DepthFrame& depth, std::vector<Measurement>& measurements) {
  if (depth.sensor != tracks_.sensor()) return;
  depth_ = depth;
  if (waiting_.empty()) return;
  auto& frame = std::get<FrameObservations>(waiting_.front());
  if (!Joins(frame.time)) return;
  tracks_.Observe(depth, frame);
  Finish(measurements);
}

void DepthJoin::Take(std::vector<Measurement> made, std::vector<Measurement>& measurements) {
  for (Measurement& measurement : made) {
    if (auto* frame = std::get_if<FrameObservations>(&measurement)) {
      Finish(measurements);  // of one frame at a time
      if (!Joins(frame->time)) {
        waiting_.push_back(std::move(measurement));
        continue;
      }
      tracks_.Observe(*depth_, *frame);
    }
    (waiting_.empty() ? measurements : waiting_).push_back(std::move(measurement));
  }
}

void DepthJoin::Finish(std::vector<Measurement>& measurements) {
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(measurements));
  waiting_.clear();
}

}  // namespace nightjar
