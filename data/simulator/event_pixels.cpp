// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/event_pixels.h"

#include "data/simulator/event_pixels.inc"

#ifdef NIGHTJAR_SIMULATOR_AVX2
#include <sys/platform/x86.h>
#endif

namespace nightjar {

#ifdef NIGHTJAR_SIMULATOR_AVX2
extern const EventKernels kEventKernelsAvx2;
#endif

const EventKernels& FastestEventKernels() {
  static constexpr EventKernels kPlain = {StepRow};
#ifdef NIGHTJAR_SIMULATOR_AVX2
  if (CPU_FEATURE_ACTIVE(AVX2)) return kEventKernelsAvx2;
#endif
  return kPlain;
}

}  // namespace nightjar
