// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/run_tasks.h"

#include <exception>
#include <thread>
#include <vector>

namespace nightjar {

void RunInTurn(std::span<const std::function<void()>> tasks) {
  for (const auto& task : tasks) task();
}

void RunTogether(std::span<const std::function<void()>> tasks) {
  std::vector<std::exception_ptr> thrown(tasks.size());
  const auto guarded = [&](size_t i) {
    try {
      tasks[i]();
    } catch (...) {
      thrown[i] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> running;
    for (size_t i = 1; i < tasks.size(); ++i) running.emplace_back(guarded, i);
    if (!tasks.empty()) guarded(0);
  }
  for (const std::exception_ptr& error : thrown) {
    if (error) std::rethrow_exception(error);
  }
}

void RunInBands(int height, const RunTasks& run, const std::function<void(int, int)>& band) {
  const std::function<void()> halves[2] = {[&] { band(0, height / 2); },
                                           [&] { band(height / 2, height); }};
  run(halves);
}

}  // namespace nightjar
