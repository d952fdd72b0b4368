// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stereo_keyframes.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "apps/pipeline/gathered_pair.h"
#include "apps/pipeline/keyframe_motion.h"

namespace nightjar {
namespace {

// The developer writes over what it gave.
void KeepPixels(MatchedFrame& frame) {
  if (auto* samples = std::get_if<Image<uint16_t>>(&frame.image)) *samples = samples->copy();
}

}  // namespace

StereoKeyframes::StereoKeyframes(const Session& session, StereoDepth stereo,
                                 const GatheringOptions& options,
                                 const MatchDevelopment& development, const RunTasks& run)
    : session_(session),
      stereo_(std::move(stereo)),
      options_(options),
      run_(run),
      developer_(session.rig, development) {}

Status StereoKeyframes::Add(const FrameSet& set, std::optional<size_t> keyframe, const Give& give) {
  held_.push_back({set, keyframe});
  return GiveReady(false, give);
}

Status StereoKeyframes::Finish(const Give& give) { return GiveReady(true, give); }

Status StereoKeyframes::Develop(Held& held) {
  if (held.is_developed) return {};
  auto pair = stereo_.Develop(held.set, developer_);
  if (!pair) return tl::unexpected(pair.error());
  held.is_developed = true;
  held.pair = *std::move(pair);
  if (!held.pair) return {};
  KeepPixels(held.pair->left);
  KeepPixels(held.pair->right);
  return {};
}

bool StereoKeyframes::IsDark(const Held& held) const {
  return Reach() > 0 && held.pair &&
         std::max(NoiseShare(held.pair->left), NoiseShare(held.pair->right)) >=
             options_.least_noise;
}

Status StereoKeyframes::GiveReady(bool is_last, const Give& give) {
  for (; next_ < held_.size(); ++next_) {
    Held& held = held_[next_];
    if (held.keyframe) {
      if (Status developed = Develop(held); !developed) return developed;
      const bool all_there = is_last || next_ + Reach() < held_.size();
      if (!all_there && IsDark(held)) break;
      if (held.pair) {
        auto measured = Measure(next_);
        if (!measured) return tl::unexpected(measured.error());
        ++given_;
        sum_at_end_ += measured->share_at_end;
        if (Status given = give(*held.keyframe, std::move(measured->map)); !given) return given;
      }
    }
  }
  for (; next_ > Reach(); --next_) held_.pop_front();
  return {};
}

Result<StereoDepth::Measured> StereoKeyframes::Measure(size_t at) {
  auto alone = stereo_.Measure(*held_[at].pair, run_);
  if (!alone || !IsDark(held_[at])) return alone;
  const auto gathered = Gathered(at, alone->map);
  if (!gathered) return tl::unexpected(gathered.error());
  return stereo_.Measure(*gathered, run_);
}

Result<MatchedPair> StereoKeyframes::Gathered(size_t at, const DepthMap& depth) {
  std::vector<const MatchedPair*> others;
  for (size_t away = 1; away <= Reach(); ++away) {
    // Before the first one this is far behind the last one.
    for (const size_t other : {at - away, at + away}) {
      if (other >= held_.size()) continue;
      if (Status developed = Develop(held_[other]); !developed)
        return tl::unexpected(developed.error());
      if (held_[other].pair) others.push_back(&*held_[other].pair);
    }
  }
  return GatherPair(session_.rig, stereo_.partner(), *held_[at].pair, others, depth,
                    [this](SensorTime from, SensorTime to) {
                      return WayBetween(session_.closed_loop, from, to);
                    });
}

}  // namespace nightjar
