// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nightjar {

/// Gathers a piece of known size from bytes that come in parts. Its memory grows with the bytes
/// that came, whatever size a damaged file claims.
class PieceBuffer {
 public:
  explicit PieceBuffer(size_t size) : size_(size) {}

  /// A new piece.
  void Expect(size_t size) {
    bytes_.clear();
    size_ = size;
  }
  /// The same piece, larger.
  void Extend(size_t size) { size_ = size; }

  /// Takes what is lacking from the front; how much that was.
  size_t Take(std::span<const uint8_t> bytes) {
    const size_t used = std::min(bytes.size(), size_ - bytes_.size());
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(used));
    return used;
  }
  bool complete() const { return bytes_.size() == size_; }
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  size_t size_;
};

}  // namespace nightjar
