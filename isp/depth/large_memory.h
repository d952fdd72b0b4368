// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace nightjar {

struct FreeMemory {
  void operator()(uint8_t* memory) const;
};
using LargeMemory = std::unique_ptr<uint8_t[], FreeMemory>;

/// Bytes of no particular value, in pages as large as the system has them: of pages of 4 KiB the
/// first touch would take longer than the work on them. Where there is no memory it throws as
/// operator new does.
LargeMemory AllocateLarge(size_t bytes);

}  // namespace nightjar
