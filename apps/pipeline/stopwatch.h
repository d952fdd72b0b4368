// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace nightjar {

/// Time on the clock since it was made: for what people read, never for what is computed.
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace nightjar
