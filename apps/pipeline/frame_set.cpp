// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_set.h"

#include <algorithm>
#include <utility>

namespace nightjar {
namespace {

bool ExposedTogether(const Frame& a, const Frame& b) {
  const Duration apart = std::chrono::abs(a.time - b.time);
  const Duration stamps_apart =
      std::chrono::abs(a.stamp.value_or(a.time) - b.stamp.value_or(b.time));
  return apart <= kTogether || (stamps_apart <= kTogether && apart <= kLongestApart);
}

}  // namespace

std::vector<FrameSet> FrameSetAssembler::Add(Frame frame) {
  std::vector<FrameSet> complete;
  const auto take = [&complete](std::optional<FrameSet> set) {
    if (set) complete.push_back(*std::move(set));
  };
  const auto camera = static_cast<size_t>(frame.camera);
  take(TakeBefore(frame.time));
  take(TakeIf([camera](const Waiting& set) { return set.frames[camera].has_value(); }));
  auto set = std::find_if(waiting_.begin(), waiting_.end(),
                          [&](const Waiting& waiting) { return Joins(frame, waiting); });
  if (set == waiting_.end()) {
    const auto cameras = static_cast<size_t>(cameras_);
    set = waiting_.insert(set, {frame.time, std::vector<std::optional<Frame>>(cameras)});
  }
  set->frames[camera] = std::move(frame);
  take(TakeIf([](const Waiting& waiting) {
    return std::all_of(waiting.frames.begin(), waiting.frames.end(),
                       [](const auto& f) { return f.has_value(); });
  }));
  return complete;
}

std::optional<FrameSet> FrameSetAssembler::TakeBefore(SensorTime time) {
  return TakeIf([&](const Waiting& set) { return time - set.first > longest_apart_; });
}

std::optional<SensorTime> FrameSetAssembler::reference_time() const {
  for (const Waiting& set : waiting_) {
    if (set.frames.front()) return set.frames.front()->time;
  }
  return std::nullopt;
}

// Together with any of the set: a camera that runs free may have come first by chance.
bool FrameSetAssembler::Joins(const Frame& frame, const Waiting& set) {
  return std::any_of(set.frames.begin(), set.frames.end(),
                     [&frame](const auto& f) { return f && ExposedTogether(*f, frame); });
}

template <typename IsOver>
std::optional<FrameSet> FrameSetAssembler::TakeIf(const IsOver& is_over) {
  std::optional<FrameSet> taken;
  for (auto set = waiting_.begin(); set != waiting_.end();) {
    if (!is_over(*set)) {
      ++set;
      continue;
    }
    if (set->frames.front()) {
      const SensorTime time = set->frames.front()->time;
      taken = FrameSet{time, std::move(set->frames)};
    } else {
      unpaired_ += std::count_if(set->frames.begin(), set->frames.end(),
                                 [](const auto& f) { return f && HasImage(*f); });
    }
    set = waiting_.erase(set);
  }
  return taken;
}

}  // namespace nightjar
