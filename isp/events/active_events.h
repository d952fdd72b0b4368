// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"
#include "core/time.h"
#include "isp/events/event_epoch.h"

namespace nightjar {

/// The surface of active events: when each pixel had its last event of either polarity (Benosman et
/// al., "Event-based visual flow", TNNLS 2014), and what is made of it. Plane 0 is for off-events,
/// plane 1 for on-events.
class ActiveEvents {
 public:
  /// A sensor of 1 x 1 to 65536 x 32768 px.
  ActiveEvents(int width, int height);

  /// By rising time, also from packet to packet. Returns how many lay outside of the sensor.
  int64_t Add(const EventSpan& packet);

  /// Nothing where there was no event, or none in the last 18 minutes before the newest one.
  std::optional<SensorTime> Latest(int x, int y, bool on) const;

  /// max(0, 1 - age / window_s) at `now`; of what came later the age is zero. `surface`: x, y,
  /// polarity, made anew where its size differs. kUsage when `window_s` is not 1e-6 to 100 s.
  Status LinearSurface(SensorTime now, double window_s, PlanarImage<float>& surface) const;

  /// exp(-age / decay_s): Lagorce et al., "HOTS", TPAMI 2017. Otherwise as LinearSurface.
  Status ExponentialSurface(SensorTime now, double decay_s, PlanarImage<float>& surface) const;

 private:
  EventEpoch epoch_;
  PlanarImage<int32_t> times_;
};

}  // namespace nightjar
