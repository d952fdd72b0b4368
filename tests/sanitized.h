// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nightjar {

/// Whether a sanitizer keeps memory of its own (freed blocks, shadows): what is resident then says
/// nothing of us.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace nightjar
