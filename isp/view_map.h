// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "calibration/camera_model.h"
#include "core/image.h"
#include "core/pinhole_view.h"
#include "core/result.h"

namespace nightjar {

/// What 8-bit values are multiplied by in a resampled view, so that what lies between two grey
/// levels is not lost.
inline constexpr int kScaleOf8Bits = 256;

/// Where each pixel of a pinhole view is in a camera's image: the one table by which pictures of
/// the camera become those of the view. Immutable; safe to use from several threads.
class ViewMap {
 public:
  /// The view looks from where the camera is, turned by `R_camera_view`. `width`, `height`: of the
  /// camera's image.
  ViewMap(const CameraModel& model, int width, int height, const PinholeView& view,
          const Eigen::Matrix3d& R_camera_view = Eigen::Matrix3d::Identity());

  const PinholeView& view() const { return view_; }
  /// Whether the camera sees what the view's pixel looks at; `column` and `row` are -1 where not.
  bool Sees(int x, int y) const { return column_(x, y) >= 0; }
  float column(int x, int y) const { return column_(x, y); }  // px
  float row(int x, int y) const { return row_(x, y); }

  /// The view of an image of the camera's size, cubic; 0 where the camera does not see. Values of
  /// 8 bits come times kScaleOf8Bits, those of 16 bits as they are.
  Result<Image<uint16_t>> Resample(const MonoImage& image) const;

 private:
  PinholeView view_;
  int width_, height_;
  Image<float> column_, row_;
};

}  // namespace nightjar
