// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace nightjar
