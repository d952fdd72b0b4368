// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_events.h"

#include <algorithm>
#include <cmath>

#include "apps/pipeline/write_events.h"

namespace nightjar {

Result<int64_t> AddEvents(const SimulateOptions& options, const Simulation& simulation,
                          SensorLogWriter& writer) {
  EventLight light;
  light.instants = simulation.EventInstants();
  if (light.instants.empty()) return 0;
  light.at = [&](size_t i) { return simulation.EventLight(light.instants[i]); };
  writer.DescribeEvents(0, DescribeEventPixels(options.simulation.event_camera));
  const Result<std::filesystem::path> place = writer.PlaceEvents(0);
  if (!place) return tl::unexpected(place.error());
  EventCamera camera = simulation.MakeEventCamera();
  Result<EventFileWriter> file =
      EventFileWriter::Create(*place, simulation.EventEpoch(), {camera.width(), camera.height()});
  if (!file) return tl::unexpected(file.error());
  camera.Begin(light.at(0));
  const auto look = [&](double t_s) {
    return options.progress.Look(std::llround(1000 * std::max(0.0, t_s)),
                                 std::llround(1000 * light.instants.back()), "ms of events");
  };
  const Result<EventCounts> counts =
      WriteEvents(light, simulation.EventEpoch(), options.threads, look, camera, *file);
  if (!counts) return tl::unexpected(counts.error());
  if (Status finished = file->Finish(); !finished) return tl::unexpected(finished.error());
  return counts->on + counts->off;
}

}  // namespace nightjar
