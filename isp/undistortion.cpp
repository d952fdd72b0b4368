// SPDX-License-Identifier: Apache-2.0
#include "isp/undistortion.h"

#include <Eigen/Core>
#include <algorithm>

#include "core/check.h"

namespace nightjar {
namespace {

uint8_t Mixed(int top_left, int top_right, int left, int right, float across, float down) {
  const float top = static_cast<float>(top_left) +
                    across * (static_cast<float>(top_right) - static_cast<float>(top_left));
  const float bottom =
      static_cast<float>(left) + across * (static_cast<float>(right) - static_cast<float>(left));
  return static_cast<uint8_t>(top + down * (bottom - top) + 0.5F);
}

}  // namespace

PinholeView UndistortedView(const CameraModel& model, int width, int height) {
  Matrix23d J_pixel_point;
  double focal = width;
  if (model.Project(Eigen::Vector3d::UnitZ(), &J_pixel_point))
    focal = 0.5 * (J_pixel_point(0, 0) + J_pixel_point(1, 1));
  return {width, height, focal, 0.5 * (width - 1), 0.5 * (height - 1)};
}

Undistortion::Undistortion(const CameraModel& model, int width, int height)
    : map_(model, width, height, UndistortedView(model, width, height)) {}

template <typename Pixel>
void Undistortion::ForPixels(int width, int height, Pixel pixel) const {
  NIGHTJAR_CHECK(width == view().width && height == view().height, "a picture of another camera");
  for (int v = 0; v < height; ++v) {
    for (int u = 0; u < width; ++u) {
      if (!map_.Sees(u, v)) continue;
      const float column = map_.column(u, v), row = map_.row(u, v);
      const int x = std::min(static_cast<int>(column), std::max(0, width - 2));
      const int y = std::min(static_cast<int>(row), std::max(0, height - 2));
      pixel(u, v, x, y, column - static_cast<float>(x), row - static_cast<float>(y));
    }
  }
}

Image<uint8_t> Undistortion::Apply(const Image<uint8_t>& picture) const {
  Image<uint8_t> view = FilledImage<uint8_t>(map_.view().width, map_.view().height, 0);
  const int right = std::min(1, map_.view().width - 1), below = std::min(1, map_.view().height - 1);
  ForPixels(picture.width(), picture.height(),
            [&](int u, int v, int x, int y, float across, float down) {
              view(u, v) = Mixed(picture(x, y), picture(x + right, y), picture(x, y + below),
                                 picture(x + right, y + below), across, down);
            });
  return view;
}

Picture Undistortion::Apply(const Picture& picture) const {
  Picture view = Picture::make_interleaved(map_.view().width, map_.view().height, 3);
  view.fill(0);
  const int right = std::min(1, map_.view().width - 1), below = std::min(1, map_.view().height - 1);
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
