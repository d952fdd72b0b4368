// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/write_events.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "apps/pipeline/thread_workers.h"
#include "core/check.h"

namespace nightjar {
namespace {

// Steps of the light that are held in memory at a time: 0.36 MB each of a camera of 346 x 260 px.
constexpr size_t kBatch = 32;
// Of the rows, which threads take one after the other: some have many more events than others.
constexpr size_t kParts = 8;

// What the parts of the rows told in one step, appended by rising time, of one time in the
// order of the rows. By counting: a step has 5000 microseconds at most.
void AppendByTime(const std::vector<std::vector<Event>>& parts, uint32_t first_us, uint32_t last_us,
                  std::vector<Event>& events) {
  std::vector<size_t> places(size_t{last_us} - first_us + 2, 0);  // by time
  for (const std::vector<Event>& part : parts) {
    for (const Event& event : part) {
      NIGHTJAR_CHECK(event.time_us >= first_us && event.time_us <= last_us,
                     "an event of another step");
      ++places[event.time_us - first_us + 1];
    }
  }
  places[0] = events.size();
  std::partial_sum(places.begin(), places.end(), places.begin());
  events.resize(places.back());
  for (const std::vector<Event>& part : parts) {
    for (const Event& event : part) events[places[event.time_us - first_us]++] = event;
  }
}

// What the camera told in some steps, not yet in order.
struct Told {
  struct Step {
    double begin_s, end_s;
    std::vector<std::vector<Event>> parts;  // by part of the rows
  };
  std::vector<Step> steps;
};

// Writes by rising time what is not of the run-in.
Status Write(const Told& told, SensorTime epoch, EventCounts& counts, EventFileWriter& file) {
  EventPacket packet;
  packet.begin = epoch;
  for (const Told::Step& step : told.steps) {
    if (step.end_s <= 0) continue;
    AppendByTime(step.parts, EventCamera::Microsecond(step.begin_s),
                 EventCamera::Microsecond(step.end_s), packet.events);
  }
  const auto on = std::count_if(packet.events.begin(), packet.events.end(),
                                [](const Event& event) { return event.on; });
  counts.on += on;
  counts.off += static_cast<int64_t>(packet.events.size()) - on;
  return file.Add(packet);
}

}  // namespace

Result<EventCounts> WriteEvents(const EventLight& light, SensorTime epoch, int threads,
                                const std::function<Status(double t_s)>& look, EventCamera& camera,
                                EventFileWriter& file) {
  EventCounts counts;
  Told before;
  for (size_t begin = 1; begin < light.instants.size(); begin += kBatch) {
    if (Status goes_on = look(light.instants[begin - 1]); !goes_on)
      return tl::unexpected(goes_on.error());
    std::vector<Image<float>> lux(std::min(kBatch, light.instants.size() - begin));
    // What was told before is written while light is made.
    Status written;
    InParallel(threads, lux.size() + 1, [&](size_t i) {
      if (i == 0) {
        written = Write(before, epoch, counts, file);
      } else {
        lux[i - 1] = light.at(begin + i - 1);
      }
    });
    if (!written) return tl::unexpected(written.error());
    before.steps.assign(lux.size(), {});
    for (size_t i = 0; i < lux.size(); ++i) {
      before.steps[i] = {light.instants[begin + i - 1], light.instants[begin + i],
                         std::vector<std::vector<Event>>(kParts)};
    }
    InParallel(threads, kParts, [&](size_t part) {
      const auto row = [&](size_t p) {
        return static_cast<int>(p * static_cast<size_t>(camera.height()) / kParts);
      };
      for (size_t i = 0; i < lux.size(); ++i) {
        Told::Step& step = before.steps[i];
        camera.Step(step.begin_s, step.end_s, lux[i], row(part), row(part + 1), step.parts[part]);
      }
    });
  }
  if (Status written = Write(before, epoch, counts, file); !written)
    return tl::unexpected(written.error());
  return counts;
}

}  // namespace nightjar
