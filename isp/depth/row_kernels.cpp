// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/row_kernels.h"

namespace nightjar {

RowKernelList AvailableRowKernels() {
  RowKernelList list;
#ifdef NIGHTJAR_X86_ROW_KERNELS
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    list.kernels[list.count++] = &Avx512RowKernels();
  if (__builtin_cpu_supports("avx2")) list.kernels[list.count++] = &Avx2RowKernels();
  if (__builtin_cpu_supports("sse4.1")) list.kernels[list.count++] = &Sse41RowKernels();
#endif
  list.kernels[list.count++] = &PlainRowKernels();
  return list;
}

const RowKernels& BestRowKernels() {
  static const RowKernels& best = *AvailableRowKernels().kernels[0];
  return best;
}

}  // namespace nightjar
