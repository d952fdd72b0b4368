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

/// The frames that the cameras of a rig exposed together. Any of them may be without an image.
struct FrameSet {
  /// Mid-exposure of the reference camera's frame. What another camera saw is of its own frame's
  /// time, up to kLongestApart before or after.
  SensorTime time;
  std::vector<std::optional<Frame>>
      frames;  // by camera; the reference camera's (0) is always there
};

/// Puts frames that arrive in time order together: those of different cameras that one trigger
/// made, or (where stamps tell nothing of it) that were exposed at the same time.
///
/// Auto-exposure gives the cameras of one trigger exposures of different lengths. Where the stamp
/// is that of their start or end it is the same, and the mid-exposures, which are the frames'
/// times, are half of the difference apart. So stamps decide; times are a bound.
///
/// A set is complete when every camera is in it, or when nothing can join it any more: something
/// arrives that is later than its first frame by more than `longest_apart`, or the next frame of a
/// camera that is in it. What merely falls between the frames of a set, from a camera that runs
/// free, begins a set of its own. Of those that wait at most one has the reference camera's frame,
/// so that sets come in the order of their times.
class FrameSetAssembler {
 public:
  /// `longest_apart`: between times of frames that belong together. kTogether is enough where every
  /// camera's stamps are those of mid-exposure, kLongestApart always.
  explicit FrameSetAssembler(int cameras, Duration longest_apart = kTogether)
      : cameras_(cameras), longest_apart_(longest_apart) {}

  /// The sets that are complete now that `frame` has come: none, one or two.
  std::vector<FrameSet> Add(Frame frame);

  /// The set with a frame of the reference camera that `time` is too late for any frame to join.
  std::optional<FrameSet> TakeBefore(SensorTime time);

  /// The time of the reference camera's frame that waits for others; nothing when none does.
  std::optional<SensorTime> reference_time() const;

  /// Images that had no partner from the reference camera and were not used.
  int64_t unpaired() const { return unpaired_; }

 private:
  struct Waiting {
    SensorTime first;
    std::vector<std::optional<Frame>> frames;  // by camera
  };
  /// Takes every set that `is_over`; returns the one of them that has the reference camera's frame.
  template <typename IsOver>
  std::optional<FrameSet> TakeIf(const IsOver& is_over);
  static bool Joins(const Frame& frame, const Waiting& set);

  int cameras_;
  Duration longest_apart_;
  std::vector<Waiting> waiting_;  // in the order in which they began
  int64_t unpaired_ = 0;
};

}  // namespace nightjar
