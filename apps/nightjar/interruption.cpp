// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/interruption.h"

#include <atomic>

namespace nightjar {
namespace {

// The newest signal that was held back; 0: none. The handler runs on any of the program's threads.
std::atomic<int> held_back = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not wait");

extern "C" void HoldBack(int signal) { held_back = signal; }

}  // namespace

void Interruption::Hold() {
  if (holding_) return;
  holding_ = true;
  held_back = 0;
  struct sigaction action = {};
  action.sa_handler = &HoldBack;
  action.sa_flags = SA_RESTART;  // the handler asks for nothing that a system call could do
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

bool Interruption::requested() const { return holding_ && held_back != 0; }

void Interruption::Release() {
  if (!holding_) return;
  holding_ = false;
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  if (held_back != 0) raise(held_back);
}

}  // namespace nightjar
