// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "core/result.h"

namespace nightjar {

/// What long work tells its caller while it goes on, and asks.
struct WorkProgress {
  /// Told from the caller's thread now and then: how many `units` ("frames") of a part of the work
  /// are done; a total of 0: not known. Empty: nobody wants to know.
  std::function<void(int64_t done, int64_t total, const char* units)> show;
  /// Asked as often; true ends the work with kNoAnswer, which leaves nothing behind. Empty: never.
  std::function<bool()> cancelled;

  /// Both of them, to be called where the work can end.
  Status Look(int64_t done, int64_t total, const char* units) const {
    if (cancelled && cancelled()) return Fail(ErrorKind::kNoAnswer, "interrupted");
    if (show) show(done, total, units);
    return {};
  }
};

}  // namespace nightjar
