// SPDX-License-Identifier: Apache-2.0
#define NIGHTJAR_LANES 64
#define NIGHTJAR_ROW_KERNELS Avx512RowKernels
#define NIGHTJAR_ROW_KERNELS_NAME "avx512"
#include "isp/depth/row_kernels_of_lanes.h"
