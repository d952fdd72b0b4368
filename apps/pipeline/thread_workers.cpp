// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/thread_workers.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <span>
#include <vector>

namespace nightjar {

void InParallel(int threads, size_t count, const std::function<void(size_t i)>& work) {
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::future<void>> others;
  for (size_t k = 1; k < std::min(static_cast<size_t>(threads), count); ++k)
    others.push_back(std::async(std::launch::async, take));
  take();
  for (auto& other : others) other.get();
}

Workers ThreadWorkers(int threads) {
  return [threads](size_t count, const std::function<void(size_t i)>& work) {
    InParallel(threads, count, work);
  };
}

RunTasks TasksOn(int threads) {
  return [threads](std::span<const std::function<void()>> tasks) {
    InParallel(threads, tasks.size(), [&tasks](size_t i) { tasks[i](); });
  };
}

}  // namespace nightjar
