// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>

namespace nightjar {

/// Random numbers that are a function of (seed, stream, index) alone: whoever needs some for one
/// image row, one pixel or one sample opens a stream of its own, and the result does not depend on
/// the order of the work or the number of threads. The same on every machine.
///
/// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
/// A stream holds 2^34 numbers of 32 bits.
class RandomStream {
 public:
  /// `stream`: what the numbers are for; `index`: which of these things.
  RandomStream(uint64_t seed, uint32_t stream, uint64_t index = 0);

  uint32_t Bits();  // 32 uniform bits
  /// The next numbers of 32 bits, those that Bits() would give, several times as fast.
  void Fill(std::span<uint32_t> bits);
  double Uniform();  // (0, 1), 53 bits, never 0 or 1
  double Normal();   // standard, by the inverse of its distribution function
  Eigen::Vector3d Normal3();

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_ = {};
  int left_ = 0;
};

/// The quantile of the standard normal distribution for p in (0, 1), to 1e-15 of its value:
/// Wichura, "Algorithm AS 241", Applied Statistics 37 (1988).
double NormalQuantile(double p);

}  // namespace nightjar
