// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "data/events/event_reader.h"

namespace nightjar {

/// What an event file holds: docs/formats/inspect.md says what each figure is.
struct EventFileInspection {
  struct Stream {
    std::string name, kind;
    int64_t delivered = 0;
    SensorTime first, last;

    double duration_s() const { return ToSeconds(last - first); }
    double rate_hz() const {
      return duration_s() > 0 ? static_cast<double>(delivered - 1) / duration_s() : 0;
    }
  };

  EventFileInfo info;
  double duration_s = 0;  // from the first sample of any stream to the last
  int64_t on = 0, off = 0;
  int x_max = -1, y_max = -1;          // -1: no event
  std::optional<double> rate_mean_hz;  // nothing: too few events
  std::optional<double> rate_p99_hz;   // of whole milliseconds; nothing: there is none
  std::vector<Stream> streams;         // those that have something
  std::vector<EventAnomaly> anomalies;
};

/// Reads an event file once, to its end. Memory does not grow with it. `progress`: events so far,
/// now and then; may be empty. Fails as OpenEventFile() and EventReader::Next() do.
Result<EventFileInspection> InspectEventFile(const std::filesystem::path& file,
                                             const std::function<void(int64_t events)>& progress);

}  // namespace nightjar
