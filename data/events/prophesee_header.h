// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "data/events/event_reader.h"

namespace nightjar {

/// The text in front of Prophesee's RAW and DAT files: lines "% key value", the last one perhaps
/// "% end".
struct PropheseeHeader {
  std::map<std::string, std::string, std::less<>> fields;
  size_t bytes = 0;  // of the text
};

/// Of a file's begin; without fields when it does not begin so.
PropheseeHeader ParsePropheseeHeader(std::string_view begin);

/// "evt2", "evt2.1", "evt3", "dat", or "" when it says neither; the size as the header has it, or
/// that of the sensor that it names.
EventFileInfo DescribePropheseeFile(const PropheseeHeader& header);

/// A value of "% format NAME;key=value;…"; empty: it has none.
std::string_view FormatOption(const PropheseeHeader& header, std::string_view key);

}  // namespace nightjar
