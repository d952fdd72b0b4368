// SPDX-License-Identifier: Apache-2.0
#include "data/events/event_file_in_folder.h"

#include <system_error>

namespace nightjar {

std::filesystem::path EventFileInFolder(const std::filesystem::path& folder) {
  constexpr const char* kName = "events.h5";
  std::error_code error;
  for (const char* below : {"", "events0", "mav0/events0"}) {
    const std::filesystem::path file = folder / below / kName;
    if (std::filesystem::is_regular_file(file, error)) return file;
  }
  return {};
}

}  // namespace nightjar
