// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_events.h"

#include <algorithm>
#include <functional>
#include <future>
#include <tuple>
#include <utility>
#include <vector>

#include "data/event_file_writer.h"

namespace nightjar {
namespace {

// Steps of the light that are held in memory at a time: 0.36 MB each.
constexpr size_t kBatch = 32;

// Calls work(part) for part = 0 .. threads - 1 at once, and waits for all.
void InParallel(size_t threads, const std::function<void(size_t part)>& work) {
  std::vector<std::future<void>> others;
  for (size_t part = 1; part < threads; ++part)
    others.push_back(std::async(std::launch::async, work, part));
  work(0);
  for (auto& other : others) other.get();
}

// The light at some instants in a row, and what the camera tells of it.
class EventBatch {
 public:
  EventBatch(const Simulation& simulation, size_t threads)
      : simulation_(simulation), threads_(threads) {}

  // Of the steps that end at instants begin .. end - 1.
  std::vector<Event> Tell(const std::vector<double>& instants, size_t begin, size_t end,
                          EventCamera& camera) {
    std::vector<Image<float>> light(end - begin);
    InParallel(threads_, [&](size_t part) {
      for (size_t i = part; i < light.size(); i += threads_)
        light[i] = simulation_.EventLight(instants[begin + i]);
    });
    std::vector<std::vector<Event>> told(threads_);
    InParallel(threads_, [&](size_t part) {
      const int rows = camera.height();
      const int first = static_cast<int>(part) * rows / static_cast<int>(threads_);
      const int last = static_cast<int>(part + 1) * rows / static_cast<int>(threads_);
      for (size_t i = 0; i < light.size(); ++i) {
        camera.Step(instants[begin + i - 1], instants[begin + i], light[i], first, last,
                    told[part]);
      }
    });
    std::vector<Event> events;
    for (const auto& part : told) events.insert(events.end(), part.begin(), part.end());
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::tuple(a.time_us, a.y, a.x, a.on) < std::tuple(b.time_us, b.y, b.x, b.on);
    });
    return events;
  }

 private:
  const Simulation& simulation_;
  size_t threads_;
};

}  // namespace

Result<int64_t> AddEvents(const SimulateOptions& options, const Simulation& simulation,
                          SensorLogWriter& writer) {
  const std::vector<double> instants = simulation.EventInstants();
  if (instants.empty()) return 0;
  const Result<std::filesystem::path> place = writer.PlaceEvents(0);
  if (!place) return tl::unexpected(place.error());
  Result<EventFileWriter> file = EventFileWriter::Create(*place, simulation.EventEpoch());
  if (!file) return tl::unexpected(file.error());
  EventCamera camera = simulation.MakeEventCamera();
  camera.Begin(simulation.EventLight(instants.front()));
  EventBatch batch(simulation, static_cast<size_t>(options.threads));
  EventPacket packet;
  packet.begin = simulation.EventEpoch();
  int64_t count = 0;
  for (size_t begin = 1; begin < instants.size(); begin += kBatch) {
    if (options.cancelled && options.cancelled()) return Fail(ErrorKind::kNoAnswer, "interrupted");
    const size_t end = std::min(begin + kBatch, instants.size());
    packet.events = batch.Tell(instants, begin, end, camera);
    count += static_cast<int64_t>(packet.events.size());
    if (Status added = file->Add(packet); !added) return tl::unexpected(added.error());
  }
  if (Status finished = file->Finish(); !finished) return tl::unexpected(finished.error());
  return count;
}

}  // namespace nightjar
