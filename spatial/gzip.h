// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace nightjar {

/// `bytes` as one gzip member (RFC 1952) without a file name and without a modification time, so
/// that the same bytes always give the same file.
Result<std::string> Gzip(std::string_view bytes);

}  // namespace nightjar
