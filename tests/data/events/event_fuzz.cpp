// SPDX-License-Identifier: Apache-2.0
// Any bytes as an event file. event_fuzz_main.cpp drives it, or libFuzzer, guided by coverage, one
// program for each codec (NIGHTJAR_FUZZ), which leaves alone what is of another format. The last
// two bytes say how the others are cut into pieces, and whether times are mended.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "data/events/event_format.h"
#include "tests/data/events/event_file_tools.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nightjar;  // NOLINT: the function is outside of every namespace
  if (size < 2) return 0;
  const size_t piece = data[size - 1] == 0 ? SIZE_MAX : data[size - 1];
  const bool raw = (data[size - 2] & 1) != 0;
  const std::span<const uint8_t> bytes(data, size - 2);
  const std::string_view begin(reinterpret_cast<const char*>(data),
                               std::min(bytes.size(), kFormatBytes));
  size_t skip = 0;
  auto decoder = MakeEventDecoder(begin, raw, skip);
  if (!decoder) return 0;
#ifdef NIGHTJAR_FUZZ_FORMAT
  if ((*decoder)->info().format != NIGHTJAR_FUZZ_FORMAT) return 0;
#endif
  NIGHTJAR_CHECK(skip <= bytes.size(), "a header ends within the file");
  const EventFileContent content = Decode(**decoder, bytes.subspan(skip), piece);
  // Packets may be packed 255 to one by LZ4, by the others as they like.
  if (content.info.format != "aedat4" && content.info.format != "rosbag")
    NIGHTJAR_CHECK(content.events.size() <= 6 * bytes.size(), "no event comes from nowhere");
  const bool rising =
      std::is_sorted(content.events.begin(), content.events.end(),
                     [](const auto& a, const auto& b) { return a.time_us < b.time_us; });
  NIGHTJAR_CHECK(raw || rising, "times never fall");
  return 0;
}
