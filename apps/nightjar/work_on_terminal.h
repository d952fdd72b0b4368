// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

#include "apps/nightjar/interruption.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/work_progress.h"

namespace nightjar {

/// Does long work that writes to the disk from its begin on, and returns its answer: how far it is
/// stands on the terminal ("DOING: 3 of 40 frames", "DOING: 3 frames" where nobody knows how many),
/// and a signal that asks to end waits until the work has left nothing behind.
template <typename Work>
auto WorkOnTerminal(const char* doing, const Work& work) {
  ProgressLine line;
  Interruption interruption;
  interruption.Hold();
  WorkProgress progress;
  progress.show = [&](int64_t done, int64_t total, const char* units) {
    const std::string of = total > 0 ? fmt::format(" of {}", total) : "";
    line.Show(fmt::format("{}: {}{} {}", doing, done, of, units));
  };
  progress.cancelled = [&] { return interruption.requested(); };
  auto answer = work(progress);
  line.Clear();
  interruption.Release();
  return answer;
}

}  // namespace nightjar
