// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/frame.h"
#include "core/time.h"

namespace nightjar {

/// Cameras that share a trigger have equal stamps, or differ by their clocks' rounding.
inline constexpr Duration kTogether = std::chrono::microseconds(500);

/// Frames of one trigger belong together when their mid-exposures are at most this far apart: the
/// exposures, of global shutters, differ by 20 ms. How the image moved in between is told from how
/// it moved since the frame before (FeatureTracker), which is no guess over such times only.
inline constexpr Duration kLongestApart = std::chrono::milliseconds(10);

/// Whether two frames of different cameras were exposed together: by one trigger, or (where stamps
/// tell nothing of it) at the same time.
///
/// Auto-exposure gives the cameras of one trigger exposures of different lengths. Where the stamp
/// is that of their start or end it is the same, and the mid-exposures, which are the frames'
/// times, are half of the difference apart. So stamps decide; times are a bound.
bool ExposedTogether(const Frame& a, const Frame& b);

/// The frames that the cameras of a rig exposed together. Any of them may be without an image.
struct FrameSet {
  /// Mid-exposure of the reference camera's frame. What another camera saw is of its own frame's
  /// time, up to kLongestApart before or after.
  SensorTime time;
  std::vector<std::optional<Frame>>
      frames;  // by camera; the reference camera's (0) is always there
};

/// Puts frames that arrive in time order together: those exposed together with the first. A set is
/// complete when every camera is in it, or when something arrives behind which nothing can belong
/// to it: a frame that does not, or what is later than the first by more than `longest_apart`.
class FrameSetAssembler {
 public:
  /// `longest_apart`: between times of frames that belong together. kTogether is enough where every
  /// camera's stamps are those of mid-exposure, kLongestApart always.
  explicit FrameSetAssembler(int cameras, Duration longest_apart = kTogether)
      : cameras_(cameras), longest_apart_(longest_apart) {}

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
  bool Joins(const Frame& frame) const;

  int cameras_;
  Duration longest_apart_;
  std::vector<std::optional<Frame>> waiting_;
  SensorTime first_;  // of the frames waiting
  int first_camera_ = 0;
  int64_t unpaired_ = 0;
};

}  // namespace nightjar
