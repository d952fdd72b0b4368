// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "apps/pipeline/gyro_warp.h"
#include "core/frame.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/events/event_slicer.h"

namespace nightjar {

/// What the events of a slice become: `nightjar events --as`. docs/formats/events.md says what the
/// planes of each hold.
enum class EventView {
  kHistogram,    // brighter events less darker ones: a quarter of the range for each of two
  kLinear,       // time surface: how new a pixel's last event is, bright where on, dark where off
  kExponential,  // likewise, falling off exponentially
  kSpeedInvariant,  // surface that looks the same at any speed
  kIntensity,       // light, from events and the file's frames, if it has any
  kWarped,          // events per pixel where the camera would have seen them at once, by its gyro
  kVoxel            // brighter less darker events, shared by planes in time
};

/// The values of a view: x, y, plane, in the order of their memory.
using ViewValues = std::variant<PlanarImage<uint8_t>, PlanarImage<uint16_t>, PlanarImage<float>>;

/// Makes one kind of image of the slices of a stream.
class SliceView {
 public:
  virtual ~SliceView() = default;

  virtual Status Add(const EventSlice& slice) = 0;
  /// A frame of the file, before the slice that ends behind it.
  virtual Status AddFrame(const Frame&) { return {}; }

  /// At the end of the last slice, `now`; valid until the view is used again.
  virtual Result<ViewValues> Values(SensorTime now) = 0;
  /// Of the last Values(), for people.
  virtual Status Show(Image<uint8_t>& picture) = 0;

  /// The sharpness of the last slice, for views that have one.
  virtual std::optional<double> Sharpness() const { return std::nullopt; }
};

struct SliceViewOptions {
  EventView view = EventView::kHistogram;
  int width = 0, height = 0;  // px of the sensor
  double window_s = 30e-3;    // of time surfaces: age that is nothing any more, or falls to 1/e
  int planes = 5;             // of kVoxel, 1 .. 64
};

/// `warp`: for kWarped, which needs one; used as long as the view.
std::unique_ptr<SliceView> MakeSliceView(const SliceViewOptions& options, GyroWarp* warp);

}  // namespace nightjar
