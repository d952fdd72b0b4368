// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/frame.h"
#include "core/time.h"

namespace nightjar {

/// The frames that the cameras of a rig exposed together. Any of them may be without an image.
struct FrameSet {
  SensorTime time;  // of the reference camera's frame
  std::vector<std::optional<Frame>>
      frames;  // by camera; the reference camera's (0) is always there
};

/// Puts frames that arrive in time order together: those within half a millisecond of the first. A
/// set is complete when every camera is in it, or when something later arrives.
class FrameSetAssembler {
 public:
  explicit FrameSetAssembler(int cameras) : cameras_(cameras) {}

  /// The sets that are complete now that `frame` has come: none, one or two.
  std::vector<FrameSet> Add(Frame frame);

  /// The set that is waiting, if it began before `time`: nothing can join it any more.
  std::optional<FrameSet> TakeBefore(SensorTime time);

  /// The time of the reference camera's frame in the set that is waiting; nothing when that frame
  /// has not come.
  std::optional<SensorTime> reference_time() const;

  /// Images that had no partner from the reference camera and were not used.
  int64_t unpaired() const { return unpaired_; }

 private:
  std::optional<FrameSet> Take();
  bool Complete() const;

  int cameras_;
  std::vector<std::optional<Frame>> waiting_;
  SensorTime first_;  // of the frames waiting
  int64_t unpaired_ = 0;
};

}  // namespace nightjar
