// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "spatial/context/moment.h"

namespace nightjar {

/// A picture that is handed on.
struct ChosenPicture {
  size_t keyframe = 0;  // index into Session::keyframes
  const KeyframeImage* image = nullptr;
  /// Share of all places of the scene that are in it and in none before it; nothing where it is not
  /// known what pictures see.
  std::optional<double> new_share;
};

/// Up to `count` pictures of the past that a moment tells, in its map, that together see the most:
/// a greedy cover of the scene's places (KeyframeSight::Cover of these keyframes alone), best
/// first. Where it is not known what pictures see, or those that see anything are fewer: those
/// whose pose is farthest from the poses of all chosen before, a radian counting as a metre; the
/// first one is the latest.
std::vector<ChosenPicture> ChoosePictures(const ContextMoment& moment, size_t count);

}  // namespace nightjar
