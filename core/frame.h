// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/feature_track.h"
#include "core/image.h"
#include "core/time.h"

namespace nightjar {

/// One exposure of one camera. It may be known only that it took place: a frame that the log lists
/// and whose image cannot be read has an image without data (HasImage). A log may have tracks of
/// features in place of images: then there is no image and `features` has a value.
struct Frame {
  SensorTime time;                          // mid-exposure of the middle row, on the IMU's clock
  int camera = 0;                           // index into Rig::cameras
  MonoImage image;                          // DN; of a colour sensor the mosaic as it is
  std::optional<int64_t> exposure_ns = {};  // of one row
  std::optional<double> gain = {};          // linear
  /// The camera's own stamp, on the IMU's clock: of cameras that share a trigger the same, however
  /// long each exposed. Nothing: the same as `time`.
  std::optional<SensorTime> stamp = {};
  /// Where features were seen, by their tracks; empty: none was.
  std::optional<std::vector<FeatureObservation>> features = {};
};

inline bool HasImage(const Frame& frame) {
  return std::visit([](const auto& pixels) { return pixels.data() != nullptr; }, frame.image);
}

}  // namespace nightjar
