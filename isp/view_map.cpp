// SPDX-License-Identifier: Apache-2.0
#include "isp/view_map.h"

#include <view_resample_u16.h>
#include <view_resample_u8.h>

#include "core/check.h"
#include "isp/kernel_call.h"

namespace nightjar {

ViewMap::ViewMap(const CameraModel& model, int width, int height, const PinholeView& view,
                 const Eigen::Matrix3d& R_camera_view)
    : view_(view),
      width_(width),
      height_(height),
      column_(view.width, view.height),
      row_(view.width, view.height) {
  for (int v = 0; v < view.height; ++v) {
    for (int u = 0; u < view.width; ++u) {
      const Eigen::Vector3d along((u - view.cx) / view.focal, (v - view.cy) / view.focal, 1);
      const auto seen = model.Project(R_camera_view * along);
      const bool inside = seen && seen->x() >= 0 && seen->y() >= 0 && seen->x() <= width - 1 &&
                          seen->y() <= height - 1;
      column_(u, v) = inside ? static_cast<float>(seen->x()) : -1;
      row_(u, v) = inside ? static_cast<float>(seen->y()) : -1;
    }
  }
}

Result<Image<uint16_t>> ViewMap::Resample(const MonoImage& image) const {
  NIGHTJAR_CHECK(Width(image) == width_ && Height(image) == height_, "an image of another camera");
  Image<uint16_t> seen(view_.width, view_.height);
  KernelCall call("view_resample");
  // Kernels take buffers that they could write to: what they share is counted.
  Image<float> column = column_, row = row_;
  int code = 0;
  if (const auto* bytes = std::get_if<Image<uint8_t>>(&image)) {
    Image<uint8_t> input = *bytes;
    code = view_resample_u8(call.context(), input, column, row, float{kScaleOf8Bits}, seen);
  } else {
    Image<uint16_t> input = std::get<Image<uint16_t>>(image);
    code = view_resample_u16(call.context(), input, column, row, 1.F, seen);
  }
  if (Status done = call.Finish(code); !done) return tl::unexpected(done.error());
  return seen;
}

}  // namespace nightjar
