// SPDX-License-Identifier: Apache-2.0
#include "isp/undistortion.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nightjar {
namespace {

/// Pixels per radian where the lens has its axis.
double FocalOnAxis(const CameraModel& model, int width) {
  Matrix23d J_pixel_point;
  if (!model.Project(Eigen::Vector3d::UnitZ(), &J_pixel_point)) return width;
  return 0.5 * (J_pixel_point(0, 0) + J_pixel_point(1, 1));
}

uint8_t Mixed(int top_left, int top_right, int left, int right, float across, float down) {
  const float top = static_cast<float>(top_left) +
                    across * (static_cast<float>(top_right) - static_cast<float>(top_left));
  const float bottom =
      static_cast<float>(left) + across * (static_cast<float>(right) - static_cast<float>(left));
  return static_cast<uint8_t>(top + down * (bottom - top) + 0.5F);
}

}  // namespace

Undistortion::Undistortion(const CameraModel& model, int width, int height)
    : view_{width, height, FocalOnAxis(model, width), 0.5 * (width - 1), 0.5 * (height - 1)},
      x_(width, height),
      y_(width, height) {
  for (int v = 0; v < height; ++v) {
    for (int u = 0; u < width; ++u) {
      const auto seen =
          model.Project({(u - view_.cx) / view_.focal, (v - view_.cy) / view_.focal, 1});
      const bool inside = seen && seen->x() >= 0 && seen->y() >= 0 && seen->x() <= width - 1 &&
                          seen->y() <= height - 1;
      x_(u, v) = inside ? static_cast<float>(seen->x()) : -1;
      y_(u, v) = inside ? static_cast<float>(seen->y()) : -1;
    }
  }
}

template <typename Pixel>
void Undistortion::ForPixels(int width, int height, Pixel pixel) const {
  NIGHTJAR_CHECK(width == view_.width && height == view_.height, "a picture of another camera");
  for (int v = 0; v < height; ++v) {
    for (int u = 0; u < width; ++u) {
      if (x_(u, v) < 0) continue;
      const int x = std::min(static_cast<int>(x_(u, v)), std::max(0, width - 2));
      const int y = std::min(static_cast<int>(y_(u, v)), std::max(0, height - 2));
      pixel(u, v, x, y, x_(u, v) - static_cast<float>(x), y_(u, v) - static_cast<float>(y));
    }
  }
}

Image<uint8_t> Undistortion::Apply(const Image<uint8_t>& picture) const {
  Image<uint8_t> view = FilledImage<uint8_t>(view_.width, view_.height, 0);
  const int right = std::min(1, view_.width - 1), below = std::min(1, view_.height - 1);
  ForPixels(picture.width(), picture.height(),
            [&](int u, int v, int x, int y, float across, float down) {
              view(u, v) = Mixed(picture(x, y), picture(x + right, y), picture(x, y + below),
                                 picture(x + right, y + below), across, down);
            });
  return view;
}

Picture Undistortion::Apply(const Picture& picture) const {
  Picture view = Picture::make_interleaved(view_.width, view_.height, 3);
  view.fill(0);
  const int right = std::min(1, view_.width - 1), below = std::min(1, view_.height - 1);
  ForPixels(picture.width(), picture.height(),
            [&](int u, int v, int x, int y, float across, float down) {
              for (int c = 0; c < 3; ++c) {
                view(u, v, c) =
                    Mixed(picture(x, y, c), picture(x + right, y, c), picture(x, y + below, c),
                          picture(x + right, y + below, c), across, down);
              }
            });
  return view;
}

}  // namespace nightjar
