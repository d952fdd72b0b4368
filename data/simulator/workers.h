// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace nightjar {

/// Calls work(0) .. work(count - 1), in any order and perhaps several at once, and returns when all
/// have. Who owns threads hands them to what has none by this; each call of `work` writes to a
/// place of its own, so that the result does not depend on it.
using Workers = std::function<void(size_t count, const std::function<void(size_t i)>& work)>;

inline void OneByOne(size_t count, const std::function<void(size_t i)>& work) {
  for (size_t i = 0; i < count; ++i) work(i);
}

}  // namespace nightjar
