// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <HalideRuntime.h>

#include <cstdlib>

namespace nightjar {

/// Kernels choose their target once per process. With NIGHTJAR_TEST_KERNEL_TARGET = 0 they believe
/// to be on the oldest x86-64 machine, 1: with SSE 4.1, 2: with AVX2; without it: on the machine
/// that they are on. CMakeLists.txt runs the kernels' tests with each.
class KernelTarget {
 public:
  static void Choose() {
    const char* level = std::getenv("NIGHTJAR_TEST_KERNEL_TARGET");
    if (level == nullptr) return;
    level_ = std::atoi(level);
    halide_set_custom_can_use_target_features(&CanUse);
  }

 private:
  static bool Has(int count, const uint64_t* features, int feature) {
    return feature / 64 < count && (features[feature / 64] >> (feature % 64) & 1) != 0;
  }
  static int CanUse(int count, const uint64_t* features) {
    if (level_ < 3 && Has(count, features, halide_target_feature_avx512)) return 0;
    if (level_ < 2 && Has(count, features, halide_target_feature_avx2)) return 0;
    if (level_ < 1 && Has(count, features, halide_target_feature_sse41)) return 0;
    return halide_default_can_use_target_features(count, features);
  }

  static inline int level_ = 3;
};

/// Put into every file of kernel tests, and into benchmarks, to compare machines on one.
[[maybe_unused]] static const bool kKernelTargetIsChosen = (KernelTarget::Choose(), true);

}  // namespace nightjar
