// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.h"

namespace nightjar {

/// One call of a kernel compiled ahead of time: a buffer that it refuses becomes an Error with
/// Halide's own words, never an abort.
///
///     KernelCall call("corner_score");
///     return call.Finish(corner_score(call.context(), gradient, score));
///
/// Halide's error handler is the process's. Ours is installed at the first call and hands on what
/// did not come from a KernelCall to the handler before it. Any number of threads may be in calls
/// of their own.
class KernelCall {
 public:
  explicit KernelCall(const char* kernel);
  KernelCall(const KernelCall&) = delete;
  KernelCall& operator=(const KernelCall&) = delete;

  /// The kernel's first argument.
  void* context() { return this; }

  /// Nothing when `code`, what the kernel returned, is 0; otherwise, with the kernel's name and the
  /// reason, kTryAgain when memory ran out and kInternal for all else.
  Status Finish(int code) const;

 private:
  static void OnError(void* context, const char* message);

  const char* kernel_;
  std::string message_;
};

}  // namespace nightjar
