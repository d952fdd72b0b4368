// SPDX-License-Identifier: Apache-2.0
#define NIGHTJAR_LANES 32
#define NIGHTJAR_ROW_KERNELS Avx2RowKernels
#define NIGHTJAR_ROW_KERNELS_NAME "avx2"
#include "isp/depth/row_kernels_of_lanes.h"
