// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "calibration/camera_model.h"
#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/events/event_motion.h"
#include "isp/undistortion.h"

namespace nightjar {

/// Collects the image of warped events: each event where the camera would have seen it at one
/// instant, so that what an edge told on its way falls onto one line. Gallego, Rebecq, Scaramuzza,
/// "A unifying contrast maximization framework for event cameras", CVPR 2018, with the motion from
/// an IMU in place of a search for it.
///
/// An event's pixel becomes a ray without distortion (a table), turns with the camera, moves with
/// it where a depth is given, and is counted in a pinhole view, shared by the four pixels around
/// (bilinear), whatever its polarity. Counts are sums in the order of events: the same bytes on
/// every machine that has the table's.
class EventWarp {
 public:
  /// A sensor of `width` x `height` px with this lens; kUsage for a size that is not 1 x 1 to
  /// 65536 x 32768, or a view that is empty, larger than 16384 on a side or has no focal length.
  static Result<EventWarp> Create(const CameraModel& model, int width, int height,
                                  const PinholeView& view);

  const PinholeView& view() const { return view_; }

  /// Forgets all events.
  void Clear();

  /// Adds a packet. `inverse_depth`: of what each pixel sees along its z axis, 1/m, 0 far away, in
  /// the sensor's size; without it everything is far away. Returns how many events were counted
  /// nowhere: outside of the sensor, without a ray, turned behind the camera or out of the view
  /// altogether. kUsage when the motion has no knots, or the depth another size or gaps between the
  /// pixels of a row.
  Result<int64_t> Add(const EventSpan& packet, const EventMotion& motion,
                      const Image<float>* inverse_depth = nullptr);

  /// Events per pixel of the view so far; `counts` is made anew where its size differs.
  void Counts(Image<float>& counts) const;

 private:
  struct Ray {
    float x = 0, y = 0;  // at z = 1; not finite where there is none
  };
  /// From a ray and an inverse depth to homogeneous pixels of `counts_`: row 0, 1, 2 times
  /// (x, y, 1, inverse depth).
  using Projection = std::array<std::array<float, 4>, 3>;
  /// Between two knots: begin + share * change.
  struct Segment {
    Projection begin, change;
    int64_t begin_us;    // whole ones from the packet's begin, and
    float rest_us;       // what is left of it
    float share_per_us;  // 0 before the first knot and after the last one
  };

  EventWarp(const PinholeView& view, int width, int height);
  Projection ProjectionOf(const Se3& T_reference_camera) const;
  Segment SegmentOf(const EventMotion& motion, size_t knot, SensorTime begin) const;
  int64_t AddSegment(const Segment& segment, std::span<const Event> events,
                     const float* inverse_depth, ptrdiff_t depth_stride);
  PinholeView view_;
  int width_, height_;
  std::vector<Ray> rays_;  // by pixel, and one more for what has none
  int stride_;             // of a row of `counts_`: the view with one pixel around it
  std::vector<float> counts_;
};

/// The variance of an image's values, a measure of its sharpness: edges on which many events meet
/// stand out. Of pixels in the order of rows, in double precision.
double Variance(const Image<float>& image);

}  // namespace nightjar
