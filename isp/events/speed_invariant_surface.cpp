// SPDX-License-Identifier: Apache-2.0
#include "isp/events/speed_invariant_surface.h"

#include <algorithm>
#include <cstring>

namespace nightjar {
namespace {

using Byte16 = uint8_t __attribute__((vector_size(16)));
constexpr int kLargestRadius = 7;  // a row of the neighbourhood is one vector, its size one byte

}  // namespace

Status SpeedInvariantSurfaceOptions::Validate() const {
  if (radius >= 1 && radius <= kLargestRadius) return {};
  return Fail(ErrorKind::kUsage, "radius of the speed invariant surface must be 1 to 7 px");
}

SpeedInvariantSurface::SpeedInvariantSurface(const SpeedInvariantSurfaceOptions& options, int width,
                                             int height)
    : radius_(options.radius),
      width_(width),
      height_(height),
      stride_(width + 2 * options.radius),
      plane_(stride_ * (height + 2 * options.radius)),
      values_(static_cast<size_t>(2 * plane_) + sizeof(Byte16)) {}

int64_t SpeedInvariantSurface::Add(std::span<const Event> events) {
  const int side = 2 * radius_ + 1;
  Byte16 among = {};  // 1 where a lane is of the neighbourhood
  for (int i = 0; i < side; ++i) among[i] = 1;
  int64_t outside = 0;
  for (const Event event : events) {
    if (event.x >= width_ || event.y >= height_) [[unlikely]] {
      ++outside;
      continue;
    }
    uint8_t* row = values_.data() + event.on * plane_ + event.y * stride_ + event.x;
    uint8_t& own = row[radius_ * stride_ + radius_];
    // Values of zero stay: nothing is taken below 1.
    const Byte16 least = Byte16{} + std::max<uint8_t>(own, 1);
    for (int i = 0; i < side; ++i, row += stride_) {
      Byte16 values;
      std::memcpy(&values, row, sizeof values);
      values -= reinterpret_cast<Byte16>(values >= least) & among;
      std::memcpy(row, &values, sizeof values);
    }
    own = static_cast<uint8_t>(side * side);
  }
  return outside;
}

void SpeedInvariantSurface::Surface(PlanarImage<uint8_t>& surface) const {
  if (surface.data() == nullptr || surface.width() != width_ || surface.height() != height_ ||
      surface.dim(2).extent() != 2)
    surface = PlanarImage<uint8_t>(width_, height_, 2);
  for (int on = 0; on < 2; ++on) {
    for (int y = 0; y < height_; ++y) {
      const uint8_t* row = values_.data() + on * plane_ + (y + radius_) * stride_ + radius_;
      std::copy_n(row, width_, &surface(0, y, on));
    }
  }
}

}  // namespace nightjar
