// SPDX-License-Identifier: Apache-2.0
#include "data/anomaly_counter.h"

#include <algorithm>

namespace nightjar {

void AnomalyCounter::Add(const std::string& what, int64_t line) {
  Entry& entry = entries_[what];
  // Rows are judged with the next one in view, so they need not come in the order of their lines.
  entry.first_line = entry.count == 0 ? line : std::min(entry.first_line, line);
  ++entry.count;
}

std::vector<LogAnomaly> AnomalyCounter::List() const {
  std::vector<std::pair<std::string, Entry>> sorted(entries_.begin(), entries_.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second.first_line < b.second.first_line;
  });
  std::vector<LogAnomaly> list;
  for (const auto& [what, entry] : sorted) {
    list.push_back({what, stream_file_ + ":" + std::to_string(entry.first_line), entry.count});
  }
  return list;
}

}  // namespace nightjar
