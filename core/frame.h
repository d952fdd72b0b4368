// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "core/image.h"
#include "core/time.h"

namespace nightjar {

/// One exposure of one camera. It may be known only that it took place: a frame that the log lists
/// and whose image cannot be read has an image without data (HasImage).
struct Frame {
  SensorTime time;  // mid-exposure of the middle row
  int camera = 0;   // index into Rig::cameras
  MonoImage image;  // DN
};

inline bool HasImage(const Frame& frame) {
  return std::visit([](const auto& pixels) { return pixels.data() != nullptr; }, frame.image);
}

}  // namespace nightjar
