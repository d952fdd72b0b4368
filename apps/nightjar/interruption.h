// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>

namespace nightjar {

/// Holds back the signals that ask a program to end (SIGINT, SIGTERM, SIGHUP) while ending at once
/// would leave something half-done on the disk. Those that the program was started to ignore stay
/// ignored. One at a time: signals belong to the whole process.
///
///     Interruption interruption;
///     …                              // a signal ends the program, as always
///     interruption.Hold();
///     … if (interruption.requested()) clean up …
///     interruption.Release();        // a signal that came in between ends the program here
class Interruption {
 public:
  Interruption() = default;
  ~Interruption() { Release(); }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  void Hold();
  bool requested() const;
  /// Gives the signals their effect back and sends the one that was held back, if any. Nothing when
  /// nothing is held.
  void Release();

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

  bool holding_ = false;
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

}  // namespace nightjar
