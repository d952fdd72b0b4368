// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>

namespace nightjar {

/// Runs tasks that do not depend on each other, at once or one after the other, and returns when
/// all are done. Stages own no thread: who has some lends them. Results are the same bytes.
using RunTasks = std::function<void(std::span<const std::function<void()>>)>;

/// One after the other.
void RunInTurn(std::span<const std::function<void()>> tasks);

/// At once, each on a thread of its own, the first on the caller's. What a task throws (memory that
/// there is not) is thrown here once all have ended.
void RunTogether(std::span<const std::function<void()>> tasks);

/// Calls band(first, end) for the upper and the lower half of the rows 0 .. height - 1, as two
/// tasks.
void RunInBands(int height, const RunTasks& run, const std::function<void(int, int)>& band);

}  // namespace nightjar
