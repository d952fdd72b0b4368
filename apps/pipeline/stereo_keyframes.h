// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>

#include "apps/pipeline/depth_options.h"
#include "apps/pipeline/depth_source.h"
#include "apps/pipeline/frame_set.h"
#include "core/depth_map.h"
#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// Depth of keyframes from two cameras, in the order of their times. In light a keyframe's pair is
/// matched as it is. In the dark it is matched twice: once as it is, then with the light of the
/// frames around it, which the first depth brings over it (GatherPair); it waits for the frames
/// behind it. Holds the frames of 2 n + 1 sets, n GatheringOptions::frames.
class StereoKeyframes {
 public:
  /// Takes the depth of a keyframe.
  using Give = std::function<Status(size_t keyframe, DepthMap map)>;

  /// `session` and `run` outlive it.
  StereoKeyframes(const Session& session, StereoDepth stereo, const GatheringOptions& options,
                  const MatchDevelopment& development, const RunTasks& run);

  const StereoDepth& stereo() const { return stereo_; }
  /// Of the keyframes so far: mean of DisparityMap::share_at_end.
  double ShareAtEnd() const { return given_ > 0 ? sum_at_end_ / given_ : 0; }

  /// The next frames, of a keyframe or not; gives the depth of the keyframes that can be measured
  /// now.
  Status Add(const FrameSet& set, std::optional<size_t> keyframe, const Give& give);
  /// Of the keyframes that still wait, with what there is.
  Status Finish(const Give& give);
  /// Whether a keyframe waits for the frames behind it.
  bool Waits() const { return next_ < held_.size(); }

 private:
  struct Held {
    FrameSet set;
    std::optional<size_t> keyframe;
    bool is_developed = false;
    std::optional<MatchedPair> pair = {};  // nothing where the set has none
  };
  size_t Reach() const { return static_cast<size_t>(options_.frames); }
  Status Develop(Held& held);
  /// Whether to gather around it; `held` is developed.
  bool IsDark(const Held& held) const;
  /// Gives the keyframes whose turn it is, as far as none has to wait.
  Status GiveReady(bool is_last, const Give& give);
  Result<StereoDepth::Measured> Measure(size_t at);
  Result<MatchedPair> Gathered(size_t at, const DepthMap& depth);

  const Session& session_;
  StereoDepth stereo_;
  GatheringOptions options_;
  const RunTasks& run_;
  MatchDeveloper developer_;
  std::deque<Held> held_;
  size_t next_ = 0;  // of held_, whose turn it is
  int given_ = 0;    // keyframes
  double sum_at_end_ = 0;
};

}  // namespace nightjar
