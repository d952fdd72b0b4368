// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/camera_model.h"
#include "core/image.h"
#include "core/pinhole_view.h"
#include "isp/picture_finisher.h"
#include "isp/view_map.h"

namespace nightjar {

/// A camera without its lens: as many pixels as the camera has, as large on the axis as there, the
/// axis in the middle. A wide lens is cut.
PinholeView UndistortedView(const CameraModel& model, int width, int height);

/// Takes the lens out of 8-bit pictures, bilinear. What the camera does not see is black.
/// Deterministic, the same bytes on every machine that has `model`'s.
class Undistortion {
 public:
  Undistortion(const CameraModel& model, int width, int height);

  const PinholeView& view() const { return map_.view(); }

  /// Of a picture of the camera's size.
  Image<uint8_t> Apply(const Image<uint8_t>& picture) const;
  Picture Apply(const Picture& picture) const;

 private:
  template <typename Pixel>
  void ForPixels(int width, int height, Pixel pixel) const;

  ViewMap map_;
};

}  // namespace nightjar
