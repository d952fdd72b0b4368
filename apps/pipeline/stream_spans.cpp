// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stream_spans.h"

#include <algorithm>
#include <cstdio>

namespace nightjar {
namespace {

// Streams are switched on and off one after the other; this is more than that.
constexpr Duration kNotable = std::chrono::milliseconds(500);

std::string Sentence(const std::string& stream, const char* verb, Duration by, const char* side,
                     const std::string& other) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%.2f", ToSeconds(by));
  return stream + ' ' + verb + ' ' + seconds + " s " + side + ' ' + other;
}

}  // namespace

std::vector<std::string> SpanWarnings(const std::vector<StreamCounts>& counts,
                                      const std::string& reference) {
  std::vector<std::string> warnings;
  const auto is_reference = [&reference](const StreamCounts& count) {
    return count.stream == reference && count.first;
  };
  const auto frames = std::find_if(counts.begin(), counts.end(), is_reference);
  if (frames == counts.end()) return warnings;  // of which others tell
  for (const StreamCounts& other : counts) {
    if (!other.first) continue;
    if (*other.first - *frames->first >= kNotable) {
      warnings.push_back(
          Sentence(other.stream, "begins", *other.first - *frames->first, "after", reference));
    }
    if (*frames->last - *other.last >= kNotable) {
      warnings.push_back(
          Sentence(other.stream, "ends", *frames->last - *other.last, "before", reference));
    }
  }
  for (const StreamCounts& other : counts) {
    // An IMU is switched on before the cameras, and off after them.
    if (!other.first || other.stream.rfind("cam", 0) != 0) continue;
    const std::string consequence =
        ": the trajectory has rows for frames of " + reference + " only";
    if (*frames->first - *other.first >= kNotable) {
      warnings.push_back(Sentence(reference, "begins", *frames->first - *other.first, "after",
                                  other.stream + consequence));
    }
    if (*other.last - *frames->last >= kNotable) {
      warnings.push_back(Sentence(reference, "ends", *other.last - *frames->last, "before",
                                  other.stream + consequence));
    }
  }
  return warnings;
}

}  // namespace nightjar
