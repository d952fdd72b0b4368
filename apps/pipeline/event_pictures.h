// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/work_progress.h"
#include "core/result.h"
#include "data/events/event_reader.h"
#include "isp/events/event_filter_chain.h"
#include "isp/events/event_slicer.h"

namespace nightjar {

/// What the events of a slice become.
enum class EventView {
  kHistogram,    // brighter events less darker ones: a quarter of the range for each of two
  kLinear,       // time surface: how new a pixel's last event is, bright where on, dark where off
  kExponential,  // likewise, falling off exponentially
  kSpeedInvariant,  // surface that looks the same at any speed
  kIntensity        // light, from events and the file's frames, if it has any
};

struct EventPicturesOptions {
  std::filesystem::path input;
  std::filesystem::path output;  // a folder
  EventView view = EventView::kHistogram;
  EventSlicerOptions slicing;
  EventFilterChainOptions filters;
  double window_s = 30e-3;  // of time surfaces: age that is nothing any more, or falls to 1/e
  EventReaderOptions reading;
};

struct EventPicturesSummary {
  EventFileInfo info;
  int width = 0, height = 0;  // px; of a file that does not tell, as its events reach
  int64_t pictures = 0;
  std::vector<EventFilterCount> filters;
  std::vector<EventAnomaly> anomalies;
};

/// Makes a grey picture of 8 bits of every slice: OUT/NNNNNN.png, and OUT/pictures.csv with begin
/// and end (us, the file's clock) and the events of each. The folder appears whole or not at all.
/// Reads the file twice where it does not say the size of the sensor. kUnusableInput for a file
/// that cannot be read, or has no event.
Result<EventPicturesSummary> WriteEventPictures(const EventPicturesOptions& options,
                                                const WorkProgress& progress = {});

}  // namespace nightjar
