// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/camera_model.h"
#include "core/image.h"
#include "isp/picture_finisher.h"

namespace nightjar {

/// A pinhole camera without distortion: pixel (x, y) sees along ((x - cx) / focal, (y - cy) /
/// focal, 1) of the camera's frame.
struct PinholeView {
  int width = 0;  // px
  int height = 0;
  double focal = 1;  // px
  double cx = 0;
  double cy = 0;
};

/// Takes the lens out of 8-bit pictures: as many pixels as the camera has, as large on the axis as
/// there, the axis in the middle; bilinear. A wide lens is cut. What the camera does not see is
/// black. Deterministic, the same bytes on every machine that has `model`'s.
class Undistortion {
 public:
  Undistortion(const CameraModel& model, int width, int height);

  const PinholeView& view() const { return view_; }

  /// Of a picture of the camera's size.
  Image<uint8_t> Apply(const Image<uint8_t>& picture) const;
  Picture Apply(const Picture& picture) const;

 private:
  template <typename Pixel>
  void ForPixels(int width, int height, Pixel pixel) const;

  PinholeView view_;
  Image<float> x_, y_;  // where each pixel of the view is in the camera; -1: nowhere
};

}  // namespace nightjar
