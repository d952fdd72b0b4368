// SPDX-License-Identifier: Apache-2.0
#define NIGHTJAR_LANES 16
#define NIGHTJAR_ROW_KERNELS Sse41RowKernels
#define NIGHTJAR_ROW_KERNELS_NAME "sse4.1"
#include "isp/depth/row_kernels_of_lanes.h"
