// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <HalideRuntime.h>

#include <functional>

namespace nightjar {

/// Runs `call`, which calls one kernel once, for every compiled target that this machine can execute, best first, and
/// `check` after each: kernels ask the runtime for one target after the other and take the first that it accepts.
class EveryKernelTarget {
 public:
  /// How many targets ran.
  static int Run(const std::function<void()>& call, const std::function<void()>& check) {
    int ran = 0;
    for (refuse_ = 0;; ++refuse_) {
      asked_ = 0;
      accepted_ = false;
      halide_set_custom_can_use_target_features(&CanUse);
      call();
      halide_set_custom_can_use_target_features(&halide_default_can_use_target_features);
      ++ran;
      check();
      // Nothing accepted: the last target, which is not asked for.
      if (!accepted_) return ran;
    }
  }

 private:
  static int CanUse(int count, const uint64_t* features) {
    if (asked_++ < refuse_ || halide_default_can_use_target_features(count, features) == 0) return 0;
    accepted_ = true;
    return 1;
  }

  static inline int refuse_ = 0;
  static inline int asked_ = 0;
  static inline bool accepted_ = false;
};

}  // namespace nightjar
