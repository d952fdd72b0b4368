// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_set.h"

#include <algorithm>
#include <utility>

namespace nightjar {

bool ExposedTogether(const Frame& a, const Frame& b) {
  const Duration apart = std::chrono::abs(a.time - b.time);
  const Duration stamps_apart =
      std::chrono::abs(a.stamp.value_or(a.time) - b.stamp.value_or(b.time));
  return apart <= kTogether || (stamps_apart <= kTogether && apart <= kLongestApart);
}

std::vector<FrameSet> FrameSetAssembler::Add(Frame frame) {
  std::vector<FrameSet> complete;
  const auto camera = static_cast<size_t>(frame.camera);
  if (!Joins(frame)) {
    if (auto set = Take()) complete.push_back(std::move(*set));
    waiting_.assign(static_cast<size_t>(cameras_), std::nullopt);
    first_ = frame.time;
    first_camera_ = frame.camera;
  }
  waiting_[camera] = std::move(frame);
  if (Complete()) {
    if (auto set = Take()) complete.push_back(std::move(*set));
  }
  return complete;
}

std::optional<FrameSet> FrameSetAssembler::TakeBefore(SensorTime time) {
  if (waiting_.empty() || time - first_ <= longest_apart_) return std::nullopt;
  return Take();
}

std::optional<SensorTime> FrameSetAssembler::reference_time() const {
  if (waiting_.empty() || !waiting_.front()) return std::nullopt;
  return waiting_.front()->time;
}

bool FrameSetAssembler::Joins(const Frame& frame) const {
  if (waiting_.empty() || waiting_[static_cast<size_t>(frame.camera)]) return false;
  const Frame& first = *waiting_[static_cast<size_t>(first_camera_)];
  return frame.time - first_ <= longest_apart_ && ExposedTogether(first, frame);
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
