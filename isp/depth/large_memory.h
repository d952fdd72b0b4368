// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace nightjar {

struct FreeMemory {
  void operator()(uint8_t* memory) const;
};

/// One block of bytes that is used again and again, in pages as large as the system has them: of
/// pages of 4 KiB the first touch would take longer than the work on them.
class LargeBlock {
 public:
  /// `bytes` bytes of no particular value; those given before are gone. Where there is no memory it
  /// throws as operator new does.
  uint8_t* AtLeast(size_t bytes);
  /// What it takes.
  size_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<uint8_t[], FreeMemory> memory_;
  size_t bytes_ = 0;
};

}  // namespace nightjar
