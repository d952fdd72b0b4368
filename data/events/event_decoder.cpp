// SPDX-License-Identifier: Apache-2.0
#include "data/events/event_decoder.h"

namespace nightjar {
namespace {

const char* Phrase(EventAnomalyKind kind) {
  switch (kind) {
    case EventAnomalyKind::kStepBack: return "time steps back";
    case EventAnomalyKind::kNoTime: return "events before the first time";
    case EventAnomalyKind::kNoPixel: return "events before the first row or column";
    case EventAnomalyKind::kBeyond: return "events beyond the addresses of the format";
    case EventAnomalyKind::kTimeBeyond: return "times beyond what can be held";
    case EventAnomalyKind::kPadding: return "padding";
    case EventAnomalyKind::kVendor: return "vendor's words";
    case EventAnomalyKind::kUnknown: return "words of an unknown type";
    case EventAnomalyKind::kUnreadable: return "unreadable lines or values";
    case EventAnomalyKind::kDamaged: return "damaged packets";
    case EventAnomalyKind::kOtherContent: return "content of a kind that is not read";
    case EventAnomalyKind::kTruncated: return "unfinished at the end of the file";
  }
  return "";
}

}  // namespace

std::vector<EventAnomaly> EventAnomalyCounter::List() const {
  std::vector<EventAnomaly> list;
  for (size_t kind = 0; kind < entries_.size(); ++kind) {
    const Entry& entry = entries_[kind];
    if (entry.count > 0) {
      list.push_back({Phrase(static_cast<EventAnomalyKind>(kind)), entry.first_byte, entry.count});
    }
  }
  return list;
}

}  // namespace nightjar
