// SPDX-License-Identifier: Apache-2.0
// Compiled with AVX2 (CMakeLists.txt).
#include "data/simulator/event_pixels.h"
#include "data/simulator/event_pixels.inc"

namespace nightjar {

extern const EventKernels kEventKernelsAvx2;
const EventKernels kEventKernelsAvx2 = {StepRow};

}  // namespace nightjar
