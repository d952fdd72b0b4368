// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/data/events/event_file_tools.h"

namespace nightjar {

/// A small file of a format, made by an encoder of the tests. Link nightjar_test_event_samples.
struct EventFileSample {
  std::string name;
  std::vector<uint8_t> bytes;
  std::vector<TimedEvent> events;
  /// More events than this for each byte no file of the format can hold; 0: it is packed, and a
  /// byte may stand for any number.
  double most_per_byte = 0;
};

/// One of each format and packing, but HDF5, with so many events.
std::vector<EventFileSample> MakeEventFileSamples(int count = 3000);

}  // namespace nightjar
