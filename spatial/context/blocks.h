// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spatial/context/moment.h"
#include "spatial/context/rounded_text.h"
#include "spatial/query/ego_frame.h"
#include "spatial/text_format.h"

namespace nightjar {

/// One form of a part of a context: lines of text, each with its line feed, and the same as JSON.
struct ContextForm {
  std::string text;
  Json json;
  std::string json_text = {};  // on one line
};

/// A part of a context in forms that tell more and more; the last one tells all. Without forms
/// where nothing is known of it.
struct ContextBlock {
  const char* name;
  std::vector<ContextForm> forms;
};

// What is here and now.

/// When and where: the first form is the shortest that means something.
ContextBlock PoseBlock(const ContextMoment& moment);
ContextBlock MotionBlock(const ContextMoment& moment);
/// The nearest obstacle that is known, what is nearer and lower than the band in which clearance is
/// measured, and at which hours nothing is known as far as that.
ContextBlock NearestBlock(const ContextMoment& moment);
ContextBlock FrameBlock(const ContextMoment& moment);
/// How far it is free by the hours of a clock.
ContextBlock ClearanceBlock(const ContextMoment& moment);
/// Where the beginning is, how far the way was and whether the straight way back is free.
ContextBlock WayBackBlock(const ContextMoment& moment);
ContextBlock QualityBlock(const ContextMoment& moment);

// The surroundings.

ContextBlock RoomBlock(const ContextMoment& moment);
/// Walls in SpatialLM's syntax, nearest first.
ContextBlock WallsBlock(const ContextMoment& moment);
/// Floor, ceiling, tables and other planes, nearest first.
ContextBlock SurfacesBlock(const ContextMoment& moment);
ContextBlock MapBlock(const ContextMoment& moment);

/// A surface into which the body's lower half would run.
struct LowObstacle {
  const Surface* surface = nullptr;
  double distance_m = 0;  // level, to its outline
  RoundedText digits;
  double clockwise_rad = 0;
};

/// The nearest one that begins above a step over the floor and ends below the band of clearance;
/// where no floor is known, nothing.
std::optional<LowObstacle> NearestLow(const ContextMoment& moment);

// The past.

ContextBlock PathBlock(const ContextMoment& moment);
/// What the body did, the latest last.
ContextBlock SegmentsBlock(const ContextMoment& moment);
ContextBlock RevisitsBlock(const ContextMoment& moment);
/// Keyframes with what each sees that is new.
ContextBlock KeyframesBlock(const ContextMoment& moment);

/// "3 o'clock (90 deg right)" of a direction clockwise from ahead, rounded to its 1 sigma.
std::string BearingText(double clockwise_rad, double sigma_rad);

/// A number of JSON with no digit finer than its sigma leaves; null when not finite.
Json RoundedJson(double value, const RoundedText& digits);
/// The sigma of those digits; null where it is not known.
Json SigmaJson(const RoundedText& digits);

}  // namespace nightjar
