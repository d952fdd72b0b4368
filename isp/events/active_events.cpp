// SPDX-License-Identifier: Apache-2.0
#include "isp/events/active_events.h"

#include <time_surface_exponential.h>
#include <time_surface_linear.h>

#include <algorithm>

#include "isp/events/exponential_decay.h"
#include "isp/kernel_call.h"

namespace nightjar {
namespace {

Status CheckTimeConstant(double seconds) {
  if (seconds >= 1e-6 && seconds <= 100) return {};
  return Fail(ErrorKind::kUsage, "the time constant of a time surface must be 1e-6 to 100 s");
}

void FitPlanes(const PlanarImage<int32_t>& to, PlanarImage<float>& surface) {
  if (surface.data() == nullptr || surface.width() != to.width() ||
      surface.height() != to.height() || surface.dim(2).extent() != 2)
    surface = PlanarImage<float>(to.width(), to.height(), 2);
}

}  // namespace

ActiveEvents::ActiveEvents(int width, int height) : times_(width, height, 2) {
  std::fill_n(times_.data(), times_.number_of_elements(), EventEpoch::kNever);
}

int64_t ActiveEvents::Add(const EventSpan& packet) {
  epoch_.Begin(packet.begin);
  int32_t* const times = times_.data();
  const int width = times_.width(), height = times_.height();
  const auto plane = static_cast<ptrdiff_t>(width) * height;
  const auto move_back = [times, plane](int32_t by) {
    for (int32_t* t = times; t < times + 2 * plane; ++t) *t = EventEpoch::MovedBack(*t, by);
  };
  int64_t outside = 0;
  for (const Event event : packet.events) {
    if (event.x >= width || event.y >= height) [[unlikely]] {
      ++outside;
      continue;
    }
    times[event.on * plane + event.y * static_cast<ptrdiff_t>(width) + event.x] =
        epoch_.At(event.time_us, move_back);
  }
  return outside;
}

std::optional<SensorTime> ActiveEvents::Latest(int x, int y, bool on) const {
  const int32_t time = times_(x, y, on ? 1 : 0);
  if (time == EventEpoch::kNever) return std::nullopt;
  return epoch_.ToSensorTime(time);
}

Status ActiveEvents::LinearSurface(SensorTime now, double window_s,
                                   PlanarImage<float>& surface) const {
  if (Status status = CheckTimeConstant(window_s); !status) return status;
  FitPlanes(times_, surface);
  PlanarImage<int32_t> times = times_;  // shares the pixels
  KernelCall call("time_surface_linear");
  return call.Finish(time_surface_linear(call.context(), times, epoch_.FromSensorTime(now),
                                         static_cast<float>(1e-6 / window_s), surface));
}

Status ActiveEvents::ExponentialSurface(SensorTime now, double decay_s,
                                        PlanarImage<float>& surface) const {
  if (Status status = CheckTimeConstant(decay_s); !status) return status;
  FitPlanes(times_, surface);
  PlanarImage<int32_t> times = times_;
  KernelCall call("time_surface_exponential");
  return call.Finish(time_surface_exponential(call.context(), times, epoch_.FromSensorTime(now),
                                              static_cast<float>(1e-6 * kLog2OfE / decay_s),
                                              surface));
}

}  // namespace nightjar
