// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nightjar {

enum class Compression { kNone, kLz4Frame, kZstd, kBzip2 };

/// The largest packet that is unpacked: no camera writes one of that size, and a damaged or
/// malicious one does not fill the memory.
inline constexpr size_t kLargestPacket = size_t{64} << 20;  // bytes

/// Unpacks one packet into `out`, whose memory is used again. False when it is damaged, ends too
/// early, or is larger than kLargestPacket.
bool Decompress(Compression compression, std::span<const uint8_t> packed,
                std::vector<uint8_t>& out);

}  // namespace nightjar
