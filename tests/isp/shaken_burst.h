// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "tests/isp/noisy_scenes.h"

namespace nightjar {

inline constexpr int kBurstFrames = 8;

/// An ellipse with the middle of another scene on it, which crosses the image at `speed_px` a
/// frame, beside the shake of the camera.
struct MovingObject {
  Image<float> texture;
  double speed_px = 0;
};

struct ShakenBurst {
  /// What each frame sees, without noise; the first in the middle of the scene.
  Scenes views;
  /// Not 0 where the first frame sees the object; empty without one.
  Image<uint8_t> object;
  /// Of a scene in depth: not 0 where each frame sees what is before the wall.
  std::vector<Image<uint8_t>> near_things;
};

/// A camera in the hand: every frame is turned against the one before by 0.22 degrees (mean) and
/// shifted by 3 px (mean), at random. Sampled by Lanczos' kernel with eight taps in each direction
/// at 1/4096 px; the scene is mirrored at its edges.
ShakenBurst Shake(const Image<float>& scene, int width, int height, uint64_t seed,
                  const MovingObject* object = nullptr);

/// A hand that also walks past a scene in depth: before a wall stand two ellipses, at a half and a
/// quarter of its distance, which cover a third of the view and pass over the wall by 1.5 and 4.5
/// px from frame to frame.
ShakenBurst ShakeInDepth(const Image<float>& wall, const Image<float>& middle,
                         const Image<float>& near, int width, int height, uint64_t seed);

}  // namespace nightjar
