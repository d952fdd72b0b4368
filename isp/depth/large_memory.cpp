// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/large_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace nightjar {

void FreeMemory::operator()(uint8_t* memory) const { std::free(memory); }

uint8_t* LargeBlock::AtLeast(size_t bytes) {
  if (bytes <= bytes_) return memory_.get();
  memory_.reset();  // first: the two need not fit together
  bytes_ = 0;
  constexpr size_t kPage = size_t{2} << 20, kVector = 64;
  void* memory = nullptr;
  if (posix_memalign(&memory, bytes < kPage ? kVector : kPage, bytes) != 0) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // A wish, for whole pages: where it is not granted it is only slower.
  if (bytes >= kPage) (void)madvise(memory, bytes / kPage * kPage, MADV_HUGEPAGE);
#endif
  memory_.reset(static_cast<uint8_t*>(memory));
  bytes_ = bytes;
  return memory_.get();
}

}  // namespace nightjar
