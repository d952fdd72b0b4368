// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace nightjar {

/// `bytes` as one gzip member (RFC 1952) without a file name and without a modification time, so
/// that the same bytes always give the same file.
Result<std::string> Gzip(std::string_view bytes);

/// What gzip members, one after the other, hold. kUnusableInput, with `where`, when they are cut,
/// broken (a checksum) or followed by something else, and above `limit` bytes of content: without
/// one 16 MiB and 32 times `bytes`, as tables of measured numbers pack to a third and a small file
/// must not take all memory.
Result<std::string> Gunzip(std::string_view bytes, const std::string& where,
                           std::optional<size_t> limit = std::nullopt);

}  // namespace nightjar
