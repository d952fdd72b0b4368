// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

struct SpeedInvariantSurfaceOptions {
  /// The neighbourhood has (2 radius + 1)^2 pixels, 1 .. 7. With 5 px a moving edge leaves a ramp
  /// of 5 px; larger ones cost more and mix edges that are close together.
  int radius = 5;
  Status Validate() const;  // kUsage
};

/// A time surface that looks the same however fast an edge passes: it keeps the order of events
/// around a pixel in place of their times. Manderscheid, Sironi, Bourdis, Migliore, Lepetit, "Speed
/// invariant time surface for learning to detect corner points with event-based cameras", CVPR
/// 2019: an event takes one from each value around it that is not below its own
/// pixel's old one (and above zero), and sets its own to (2 radius + 1)^2.
class SpeedInvariantSurface {
 public:
  /// `options` are valid; a sensor of 1 x 1 to 65536 x 32768 px.
  SpeedInvariantSurface(const SpeedInvariantSurfaceOptions& options, int width, int height);

  /// Returns how many events lay outside of the sensor. Times do not matter, their order does.
  int64_t Add(std::span<const Event> events);

  /// 0 .. (2 radius + 1)^2: x, y, polarity (0: off, 1: on); made anew where its size differs.
  void Surface(PlanarImage<uint8_t>& surface) const;

 private:
  int radius_;
  int width_, height_;
  ptrdiff_t stride_, plane_;
  std::vector<uint8_t> values_;  // with a margin of `radius` px, and of a vector at the end
};

}  // namespace nightjar
