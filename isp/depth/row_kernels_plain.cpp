// SPDX-License-Identifier: Apache-2.0
#define NIGHTJAR_LANES 16
#define NIGHTJAR_ROW_KERNELS PlainRowKernels
#define NIGHTJAR_ROW_KERNELS_NAME "plain"
#include "isp/depth/row_kernels_of_lanes.h"
