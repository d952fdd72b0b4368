// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "core/image.h"
#include "core/pinhole_view.h"
#include "core/time.h"

namespace nightjar {

/// How far the scene is, and how wrong that may be, for every pixel of a view without distortion.
/// Both images have the view's size.
struct DepthMap {
  SensorTime time;       // of the camera's frame
  int camera = 0;        // index into Rig::cameras
  PinholeView view;      // in the camera's frame, or in one that is turned against it
  Image<float> depth_m;  // along the view's z axis, not along the ray; +inf: not known
  Image<float> sigma_m;  // expected RMS error, bias included; +inf: not known
};

inline constexpr float kUnknownDepth = std::numeric_limits<float>::infinity();

/// A map of which nothing is known yet.
inline DepthMap UnknownDepthMap(SensorTime time, int camera, const PinholeView& view) {
  return {time, camera, view, FilledImage<float>(view.width, view.height, kUnknownDepth),
          FilledImage<float>(view.width, view.height, kUnknownDepth)};
}

}  // namespace nightjar
