// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_set.h"

#include <algorithm>
#include <utility>

namespace nightjar {
namespace {

// Cameras that share a trigger have equal stamps, or differ by their clocks' rounding.
constexpr Duration kTogether = std::chrono::microseconds(500);

}  // namespace

std::vector<FrameSet> FrameSetAssembler::Add(Frame frame) {
  std::vector<FrameSet> complete;
  const auto camera = static_cast<size_t>(frame.camera);
  const bool joins = !waiting_.empty() && frame.time - first_ <= kTogether && !waiting_[camera];
  if (!joins) {
    if (auto set = Take()) complete.push_back(std::move(*set));
    waiting_.assign(static_cast<size_t>(cameras_), std::nullopt);
    first_ = frame.time;
  }
  waiting_[camera] = std::move(frame);
  if (Complete()) {
    if (auto set = Take()) complete.push_back(std::move(*set));
  }
  return complete;
}

std::optional<FrameSet> FrameSetAssembler::TakeBefore(SensorTime time) {
  if (waiting_.empty() || time - first_ <= kTogether) return std::nullopt;
  return Take();
}

std::optional<SensorTime> FrameSetAssembler::reference_time() const {
  if (waiting_.empty() || !waiting_.front()) return std::nullopt;
  return waiting_.front()->time;
}

bool FrameSetAssembler::Complete() const {
  return std::all_of(waiting_.begin(), waiting_.end(), [](const auto& f) { return f.has_value(); });
}

std::optional<FrameSet> FrameSetAssembler::Take() {
  if (waiting_.empty()) return std::nullopt;
  FrameSet set{SensorTime(), std::exchange(waiting_, {})};
  if (!set.frames.front()) {
    unpaired_ += std::count_if(set.frames.begin(), set.frames.end(),
                               [](const auto& f) { return f && HasImage(*f); });
    return std::nullopt;
  }
  set.time = set.frames.front()->time;
  return set;
}

}  // namespace nightjar
