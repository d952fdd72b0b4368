// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_events.h"

#include "apps/pipeline/write_events.h"

namespace nightjar {

Result<int64_t> AddEvents(const SimulateOptions& options, const Simulation& simulation,
                          SensorLogWriter& writer) {
  EventLight light;
  light.instants = simulation.EventInstants();
  if (light.instants.empty()) return 0;
  light.at = [&](size_t i) { return simulation.EventLight(light.instants[i]); };
  const Result<std::filesystem::path> place = writer.PlaceEvents(0);
  if (!place) return tl::unexpected(place.error());
  Result<EventFileWriter> file = EventFileWriter::Create(*place, simulation.EventEpoch());
  if (!file) return tl::unexpected(file.error());
  EventCamera camera = simulation.MakeEventCamera();
  camera.Begin(light.at(0));
  const Result<EventCounts> counts = WriteEvents(light, simulation.EventEpoch(), options.threads,
                                                 options.cancelled, camera, *file);
  if (!counts) return tl::unexpected(counts.error());
  if (Status finished = file->Finish(); !finished) return tl::unexpected(finished.error());
  return counts->on + counts->off;
}

}  // namespace nightjar
