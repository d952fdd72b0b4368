// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// ZIP archives whose members are stored as they are, which is what NumPy's .npz files are
/// (PKWARE's APPNOTE.TXT 6.3.3, sections 4.3 and 4.4). All members have the earliest time of the
/// format, 1980-01-01: the same members give the same bytes. Together below 4 GiB.

/// Names are ASCII. Members keep their order.
std::string StoredZip(const std::vector<std::pair<std::string, std::string>>& members);

/// The members of such an archive, by its directory; their bytes are `archive`'s. kUnusableInput,
/// with `where`, for one that is cut, whose members do not have the checksums of the directory, or
/// that is compressed.
Result<std::vector<std::pair<std::string, std::string_view>>> ParseStoredZip(
    std::string_view archive, const std::string& where);

}  // namespace nightjar
