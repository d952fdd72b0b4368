// SPDX-License-Identifier: Apache-2.0
#include "core/random.h"

#include <cmath>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/portable_math.h"

namespace nightjar {
namespace {

using Block = std::array<uint32_t, 4>;

constexpr std::array<uint32_t, 2> kMultipliers = {0xD2511F53, 0xCD9E8D57};
constexpr std::array<uint32_t, 2> kKeySteps = {0x9E3779B9, 0xBB67AE85};

void Round(Block& x, const std::array<uint32_t, 2>& key) {
  const uint64_t a = uint64_t{kMultipliers[0]} * x[0];
  const uint64_t b = uint64_t{kMultipliers[1]} * x[2];
  x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ key[0], static_cast<uint32_t>(b),
       static_cast<uint32_t>(a >> 32) ^ x[3] ^ key[1], static_cast<uint32_t>(a)};
}

Block Philox(Block x, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    Round(x, key);
    for (size_t i = 0; i < 2; ++i) key[i] += kKeySteps[i];
  }
  return x;
}

// Several blocks at once, those of counters that follow each other.
constexpr uint32_t kAtOnce = 4;

#ifdef __SSE2__

// Two blocks to a vector, a word in the lower half of 64 bits: where a product takes it from. What
// is in the upper half does not matter.
void FourBlocks(const Block& counter, const std::array<uint32_t, 2>& key, uint32_t* bits) {
  const auto both = [](uint32_t word) { return _mm_set1_epi64x(word); };
  const auto step = [](int by) { return _mm_set_epi64x(by + 1, by); };
  __m128i x[2][4];
  for (int pair = 0; pair < 2; ++pair) {
    x[pair][0] = _mm_add_epi32(both(counter[0]), step(2 * pair));
    for (size_t word = 1; word < 4; ++word) x[pair][word] = both(counter[word]);
  }
  std::array<uint32_t, 2> k = key;
  for (int round = 0; round < 10; ++round) {
    for (auto& pair : x) {
      const __m128i a = _mm_mul_epu32(pair[0], both(kMultipliers[0]));
      const __m128i b = _mm_mul_epu32(pair[2], both(kMultipliers[1]));
      pair[0] = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(b, 32), pair[1]), both(k[0]));
      pair[1] = b;
      pair[2] = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(a, 32), pair[3]), both(k[1]));
      pair[3] = a;
    }
    for (size_t i = 0; i < 2; ++i) k[i] += kKeySteps[i];
  }
  const auto joined = [&both](__m128i low, __m128i high) {
    return _mm_or_si128(_mm_and_si128(low, both(UINT32_MAX)), _mm_slli_epi64(high, 32));
  };
  for (const auto& pair : x) {
    const __m128i first = joined(pair[0], pair[1]);
    const __m128i second = joined(pair[2], pair[3]);
    for (const __m128i block :
         {_mm_unpacklo_epi64(first, second), _mm_unpackhi_epi64(first, second)}) {
      std::memcpy(bits, &block, sizeof block);
      bits += 4;
    }
  }
}

#else

void FourBlocks(Block counter, const std::array<uint32_t, 2>& key, uint32_t* bits) {
  for (uint32_t block = 0; block < kAtOnce; ++block, ++counter[0]) {
    for (const uint32_t word : Philox(counter, key)) *bits++ = word;
  }
}

#endif

// p0 + p1 x + ... + p7 x^7
double Polynomial(const std::array<double, 8>& p, double x) {
  double sum = p[7];
  for (size_t i = 7; i-- > 0;) sum = sum * x + p[i];
  return sum;
}

}  // namespace

RandomStream::RandomStream(uint64_t seed, uint32_t stream, uint64_t index)
    : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
      counter_{0, stream, static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32)} {}

uint32_t RandomStream::Bits() {
  if (left_ == 0) {
    block_ = Philox(counter_, key_);
    ++counter_[0];
    left_ = 4;
  }
  return block_[static_cast<size_t>(4 - left_--)];
}

void RandomStream::Fill(std::span<uint32_t> bits) {
  size_t i = 0;
  while (left_ > 0 && i < bits.size()) bits[i++] = Bits();
  for (; i + 4 * kAtOnce <= bits.size(); i += 4 * kAtOnce) {
    FourBlocks(counter_, key_, &bits[i]);
    counter_[0] += kAtOnce;
  }
  while (i < bits.size()) bits[i++] = Bits();
}

double RandomStream::Uniform() {
  const uint64_t high = Bits() >> 6;  // 26 bits
  const uint64_t low = Bits() >> 6;
  return (static_cast<double>((high << 26) | low) + 0.5) * 0x1p-52;
}

double RandomStream::Normal() { return NormalQuantile(Uniform()); }

Eigen::Vector3d RandomStream::Normal3() {
  const double x = Normal();
  const double y = Normal();
  const double z = Normal();
  return {x, y, z};
}

double NormalQuantile(double p) {
  static constexpr std::array<double, 8> kCentre = {
      3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
      3.3430575583588128105e4, 2.5090809287301226727e3};
  static constexpr std::array<double, 8> kCentreBelow = {1.0,
                                                         4.2313330701600911252e1,
                                                         6.8718700749205790830e2,
                                                         5.3941960214247511077e3,
                                                         2.1213794301586595867e4,
                                                         3.9307895800092710610e4,
                                                         2.8729085735721942674e4,
                                                         5.2264952788528545610e3};
  static constexpr std::array<double, 8> kNear = {
      1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr std::array<double, 8> kNearBelow = {1.0,
                                                       2.05319162663775882187e0,
                                                       1.67638483018380384940e0,
                                                       6.89767334985100004550e-1,
                                                       1.48103976427480074590e-1,
                                                       1.51986665636164571966e-2,
                                                       5.47593808499534494600e-4,
                                                       1.05075007164441684324e-9};
  static constexpr std::array<double, 8> kFar = {
      6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr std::array<double, 8> kFarBelow = {1.0,
                                                      5.99832206555887937690e-1,
                                                      1.36929880922735805310e-1,
                                                      1.48753612908506148525e-2,
                                                      7.86869131145613259100e-4,
                                                      1.84631831751005468180e-5,
                                                      1.42151175831644588870e-7,
                                                      2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * Polynomial(kCentre, r) / Polynomial(kCentreBelow, r);
  }
  double r = std::sqrt(-portable::Log(q < 0 ? p : 1 - p));
  double value = 0;
  if (r <= 5) {
    r -= 1.6;
    value = Polynomial(kNear, r) / Polynomial(kNearBelow, r);
  } else {
    r -= 5;
    value = Polynomial(kFar, r) / Polynomial(kFarBelow, r);
  }
  return q < 0 ? -value : value;
}

}  // namespace nightjar
