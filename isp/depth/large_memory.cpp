// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/large_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace nightjar {

void FreeMemory::operator()(uint8_t* memory) const { std::free(memory); }

LargeMemory AllocateLarge(size_t bytes) {
  constexpr size_t kPage = size_t{2} << 20;
  const size_t whole = (bytes + kPage - 1) / kPage * kPage;
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(kPage, whole));
  if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // A wish: where it is not granted it is only slower.
  (void)madvise(memory, whole, MADV_HUGEPAGE);
#endif
  return LargeMemory(memory);
}

}  // namespace nightjar
