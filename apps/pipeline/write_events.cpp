// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/write_events.h"

#include <algorithm>
#include <future>
#include <numeric>

namespace nightjar {
namespace {

// Steps of the light that are held in memory at a time: 0.36 MB each of a camera of 346 x 260 px.
constexpr size_t kBatch = 32;

// Calls work(part) for part = 0 .. threads - 1 at once, and waits for all.
void InParallel(size_t threads, const std::function<void(size_t part)>& work) {
  std::vector<std::future<void>> others;
  for (size_t part = 1; part < threads; ++part)
    others.push_back(std::async(std::launch::async, work, part));
  work(0);
  for (auto& other : others) other.get();
}

// What the threads' parts of the rows told in one step, appended by rising time, of one time in the
// order of the rows. By counting: a step has few microseconds.
void AppendByTime(const std::vector<Event>* parts, size_t count, uint32_t first_us,
                  uint32_t last_us, std::vector<Event>& events) {
  std::vector<size_t> places(size_t{last_us} - first_us + 2, 0);  // by time
  for (size_t part = 0; part < count; ++part) {
    for (const Event& event : parts[part]) ++places[event.time_us - first_us + 1];
  }
  places[0] = events.size();
  std::partial_sum(places.begin(), places.end(), places.begin());
  events.resize(places.back());
  for (size_t part = 0; part < count; ++part) {
    for (const Event& event : parts[part]) events[places[event.time_us - first_us]++] = event;
  }
}

// What the camera tells of the steps that end at instants begin .. end - 1, by rising time.
std::vector<Event> Tell(const EventLight& light, size_t begin, size_t end, size_t threads,
                        EventCamera& camera) {
  std::vector<Image<float>> lux(end - begin);
  InParallel(threads, [&](size_t part) {
    for (size_t i = part; i < lux.size(); i += threads) lux[i] = light.at(begin + i);
  });
  std::vector<std::vector<Event>> told(lux.size() * threads);  // by step and part
  InParallel(threads, [&](size_t part) {
    const int rows = camera.height();
    const int first = static_cast<int>(part) * rows / static_cast<int>(threads);
    const int last = static_cast<int>(part + 1) * rows / static_cast<int>(threads);
    for (size_t i = 0; i < lux.size(); ++i) {
      camera.Step(light.instants[begin + i - 1], light.instants[begin + i], lux[i], first, last,
                  told[i * threads + part]);
    }
  });
  std::vector<Event> events;
  for (size_t i = 0; i < lux.size(); ++i) {
    const double from = light.instants[begin + i - 1], to = light.instants[begin + i];
    if (to <= 0) continue;  // the run-in
    AppendByTime(&told[i * threads], threads, EventCamera::Microsecond(from),
                 EventCamera::Microsecond(to), events);
  }
  return events;
}

}  // namespace

Result<EventCounts> WriteEvents(const EventLight& light, SensorTime epoch, int threads,
                                const std::function<Status(double t_s)>& look, EventCamera& camera,
                                EventFileWriter& file) {
  EventCounts counts;
  EventPacket packet;
  packet.begin = epoch;
  for (size_t begin = 1; begin < light.instants.size(); begin += kBatch) {
    if (Status goes_on = look(light.instants[begin - 1]); !goes_on)
      return tl::unexpected(goes_on.error());
    const size_t end = std::min(begin + kBatch, light.instants.size());
    packet.events = Tell(light, begin, end, static_cast<size_t>(threads), camera);
    const auto on = std::count_if(packet.events.begin(), packet.events.end(),
                                  [](const Event& event) { return event.on; });
    counts.on += on;
    counts.off += static_cast<int64_t>(packet.events.size()) - on;
    if (Status added = file.Add(packet); !added) return tl::unexpected(added.error());
  }
  return counts;
}

}  // namespace nightjar
