// SPDX-License-Identifier: Apache-2.0
// Included by one source per instruction set, each of which says how wide a vector is
// (NIGHTJAR_LANES bytes: 16, 32 or 64) and what the table is called (NIGHTJAR_ROW_KERNELS).
// Everything here is in an unnamed namespace: no instruction set's code can be taken for another's.
#include "isp/depth/row_kernels.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace nightjar {
namespace {

constexpr int kLanes = NIGHTJAR_LANES, kHalf = kLanes / 2;
constexpr int kUnitVectors = kRecordUnit / kLanes;

typedef uint8_t Bytes __attribute__((vector_size(NIGHTJAR_LANES)));
typedef uint8_t LooseBytes __attribute__((vector_size(NIGHTJAR_LANES), aligned(1), may_alias));
typedef uint8_t HalfBytes __attribute__((vector_size(NIGHTJAR_LANES / 2), aligned(1), may_alias));
typedef uint16_t Words __attribute__((vector_size(NIGHTJAR_LANES)));
typedef uint16_t LooseWords __attribute__((vector_size(NIGHTJAR_LANES), aligned(1), may_alias));
typedef uint8_t Byte16 __attribute__((vector_size(16)));
typedef uint16_t Word8 __attribute__((vector_size(16)));

#define NIGHTJAR_INLINE inline __attribute__((always_inline))

NIGHTJAR_INLINE Bytes Load(const uint8_t* from) {
  return *reinterpret_cast<const LooseBytes*>(from);
}
NIGHTJAR_INLINE void Store(Bytes value, uint8_t* to) { *reinterpret_cast<LooseBytes*>(to) = value; }
NIGHTJAR_INLINE Words LoadWords(const uint16_t* from) {
  return *reinterpret_cast<const LooseWords*>(from);
}
NIGHTJAR_INLINE void StoreWords(Words value, uint16_t* to) {
  *reinterpret_cast<LooseWords*>(to) = value;
}
NIGHTJAR_INLINE Words Widen(const uint8_t* from) {
  // The compilers make three instructions of the conversion.
#if NIGHTJAR_LANES == 64 && defined(__AVX512BW__)
  return reinterpret_cast<Words>(
      _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
#elif NIGHTJAR_LANES == 32 && defined(__AVX2__)
  return reinterpret_cast<Words>(
      _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#else
  return __builtin_convertvector(*reinterpret_cast<const HalfBytes*>(from), Words);
#endif
}
NIGHTJAR_INLINE Bytes All(uint8_t value) { return Bytes{} + value; }
NIGHTJAR_INLINE Words AllWords(uint16_t value) { return Words{} + value; }

template <typename V>
NIGHTJAR_INLINE V Min(V a, V b) {
  return a < b ? a : b;
}
template <typename V>
NIGHTJAR_INLINE V Max(V a, V b) {
  return a > b ? a : b;
}

// The least of eight words, in the first one at least.
NIGHTJAR_INLINE Word8 Least(Word8 a) {
#ifdef __SSE4_1__
  return reinterpret_cast<Word8>(_mm_minpos_epu16(reinterpret_cast<__m128i>(a)));
#else
  a = Min(a, __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3));
  a = Min(a, __builtin_shufflevector(a, a, 2, 3, 0, 1, 6, 7, 4, 5));
  return Min(a, __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6));
#endif
}

// The elements of a wide vector, folded to 16 bytes; and the first element everywhere. Shuffles
// stay in registers, where a copy of the vector to memory would be waited for.
#define NIGHTJAR_4(i) i, i + 1, i + 2, i + 3
#define NIGHTJAR_8(i) NIGHTJAR_4(i), NIGHTJAR_4(i + 4)
#define NIGHTJAR_16(i) NIGHTJAR_8(i), NIGHTJAR_8(i + 8)
#define NIGHTJAR_32(i) NIGHTJAR_16(i), NIGHTJAR_16(i + 16)
#define NIGHTJAR_0_8 0, 0, 0, 0, 0, 0, 0, 0
#define NIGHTJAR_0_16 NIGHTJAR_0_8, NIGHTJAR_0_8
#define NIGHTJAR_0_32 NIGHTJAR_0_16, NIGHTJAR_0_16
NIGHTJAR_INLINE Byte16 Fold(Byte16 a) { return a; }
NIGHTJAR_INLINE Word8 FoldWords(Word8 a) { return a; }
#if NIGHTJAR_LANES == 16
NIGHTJAR_INLINE Bytes Spread(Byte16 a) { return __builtin_shufflevector(a, a, NIGHTJAR_0_16); }
NIGHTJAR_INLINE Words SpreadWords(Word8 a) { return __builtin_shufflevector(a, a, NIGHTJAR_0_8); }
#else
typedef uint8_t Byte32 __attribute__((vector_size(32)));
typedef uint16_t Word16 __attribute__((vector_size(32)));
NIGHTJAR_INLINE Byte16 Fold(Byte32 a) {
  return Min(__builtin_shufflevector(a, a, NIGHTJAR_16(0)),
             __builtin_shufflevector(a, a, NIGHTJAR_16(16)));
}
NIGHTJAR_INLINE Word8 FoldWords(Word16 a) {
  return Min(__builtin_shufflevector(a, a, NIGHTJAR_8(0)),
             __builtin_shufflevector(a, a, NIGHTJAR_8(8)));
}
#endif
#if NIGHTJAR_LANES == 32
NIGHTJAR_INLINE Bytes Spread(Byte16 a) { return __builtin_shufflevector(a, a, NIGHTJAR_0_32); }
NIGHTJAR_INLINE Words SpreadWords(Word8 a) { return __builtin_shufflevector(a, a, NIGHTJAR_0_16); }
#elif NIGHTJAR_LANES == 64
NIGHTJAR_INLINE Byte16 Fold(Bytes a) {
  return Fold(Min(__builtin_shufflevector(a, a, NIGHTJAR_32(0)),
                  __builtin_shufflevector(a, a, NIGHTJAR_32(32))));
}
NIGHTJAR_INLINE Word8 FoldWords(Words a) {
  return FoldWords(Min(__builtin_shufflevector(a, a, NIGHTJAR_16(0)),
                       __builtin_shufflevector(a, a, NIGHTJAR_16(16))));
}
NIGHTJAR_INLINE Bytes Spread(Byte16 a) {
  return __builtin_shufflevector(a, a, NIGHTJAR_0_32, NIGHTJAR_0_32);
}
NIGHTJAR_INLINE Words SpreadWords(Word8 a) { return __builtin_shufflevector(a, a, NIGHTJAR_0_32); }
#endif

// The least element, everywhere.
NIGHTJAR_INLINE Bytes LeastByte(Bytes a) {
  const Word8 words = reinterpret_cast<Word8>(Fold(a));
  // Each word: the less of its two bytes.
  return Spread(reinterpret_cast<Byte16>(Least(Min(words & 0xFF, words >> 8))));
}
NIGHTJAR_INLINE Words LeastWord(Words a) { return SpreadWords(Least(FoldWords(a))); }

// How many bits of each byte are set.
NIGHTJAR_INLINE Bytes CountBits(Bytes a) {
#if NIGHTJAR_LANES == 64 && defined(__AVX512BW__)
  const __m512i table = _mm512_maskz_broadcast_i32x4(
      0xFFFF, _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const Bytes low = a & 15;
  const Bytes high =
      reinterpret_cast<Bytes>(_mm512_srli_epi16(reinterpret_cast<__m512i>(a), 4)) & 15;
  return reinterpret_cast<Bytes>(_mm512_shuffle_epi8(table, reinterpret_cast<__m512i>(low))) +
         reinterpret_cast<Bytes>(_mm512_shuffle_epi8(table, reinterpret_cast<__m512i>(high)));
#elif NIGHTJAR_LANES == 32 && defined(__AVX2__)
  const __m256i table =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const Bytes low = a & 15;
  const Bytes high =
      reinterpret_cast<Bytes>(_mm256_srli_epi16(reinterpret_cast<__m256i>(a), 4)) & 15;
  return reinterpret_cast<Bytes>(_mm256_shuffle_epi8(table, reinterpret_cast<__m256i>(low))) +
         reinterpret_cast<Bytes>(_mm256_shuffle_epi8(table, reinterpret_cast<__m256i>(high)));
#elif NIGHTJAR_LANES == 16 && defined(__SSSE3__)
  const __m128i table = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const Bytes low = a & 15;
  const Bytes high = reinterpret_cast<Bytes>(_mm_srli_epi16(reinterpret_cast<__m128i>(a), 4)) & 15;
  return reinterpret_cast<Bytes>(_mm_shuffle_epi8(table, reinterpret_cast<__m128i>(low))) +
         reinterpret_cast<Bytes>(_mm_shuffle_epi8(table, reinterpret_cast<__m128i>(high)));
#else
  a = a - ((a >> 1) & 0x55);
  a = (a & 0x33) + ((a >> 2) & 0x33);
  return (a + (a >> 4)) & 0x0F;
#endif
}

void PairCosts(const PairRow& wanted) {
  const PairRow row = wanted;
  const Bytes limit = All(row.light_limit);
  const Bytes keep = All(static_cast<uint8_t>(0xFF >> row.light_shift));
  for (int x = 0; x < row.width; ++x) {
    const int at = row.width - 1 - x;
    const Bytes bits0 = All(row.left[0][x]), bits1 = All(row.left[1][x]),
                bits2 = All(row.left[2][x]), light = All(row.left[3][x]);
    uint8_t* costs = row.costs + static_cast<size_t>(x) * row.stride;
    for (int d = 0; d < row.stride; d += kLanes) {
      const int from = at + d;
      const Bytes census = CountBits(bits0 ^ Load(row.right[0] + from)) +
                           CountBits(bits1 ^ Load(row.right[1] + from)) +
                           CountBits(bits2 ^ Load(row.right[2] + from));
      const Bytes other = Load(row.right[3] + from);
      const Bytes difference = Min(Bytes(Max(light, other) - Min(light, other)), limit);
      // Words are shifted, as bytes cannot be; what comes in from above is taken off.
      const Words shifted = reinterpret_cast<Words>(difference) >> row.light_shift;
      Store(census + (reinterpret_cast<Bytes>(shifted) & keep), costs + d);
    }
  }
}

#include "isp/depth/picture_kernels_of_lanes.h"

// One path into a pixel: writes its costs less their minimum over those of the pixel before, and
// adds to `sums` what they are above the pixel's own.
template <int kVectors>
NIGHTJAR_INLINE void Step(const SweptRow& row, const uint8_t* costs, uint8_t* state,
                          uint8_t large_step, Bytes (&sums)[kVectors]) {
  const Bytes small = All(row.small_step), large = All(large_step);
  Bytes path[kVectors], least = All(255);
  for (int v = 0; v < kVectors; ++v) {
    const uint8_t* from = state + v * kLanes;
    Bytes below = Load(from - 1) + small, above = Load(from + 1) + small;
    if (v == 0) {
      constexpr Bytes kFirst = {255};
      below |= kFirst;
    }
    const int in_unit = v - (kVectors - kUnitVectors);
    if (in_unit >= 0) above |= Load(row.last + in_unit * kLanes);
    const Bytes before = Min(Min(Load(from), large), Min(below, above));
    sums[v] += before;
    path[v] = before + Load(costs + v * kLanes);
    if (in_unit >= 0) path[v] |= Load(row.behind + in_unit * kLanes);
    least = Min(least, path[v]);
  }
  const Bytes minimum = LeastByte(least);
  for (int v = 0; v < kVectors; ++v) Store(path[v] - minimum, state + v * kLanes);
}

template <int kVectors, bool kDiagonals>
void Sweep(const SweptRow& wanted) {
  const SweptRow row = wanted;  // nothing that is written can be a part of it
  const size_t stride = static_cast<size_t>(row.stride);
  for (size_t i = 0; i < stride; ++i) row.states[0][i] = 0;
  int column[2] = {row.first[0], row.first[1]};
  for (int u = 0; u < row.width; ++u) {
    const size_t x = static_cast<size_t>(row.backwards ? row.width - 1 - u : u);
    const uint8_t* costs = row.costs + x * stride;
    Bytes sums[kVectors] = {};
    Step<kVectors>(row, costs, row.states[1] + static_cast<size_t>(u) * stride,
                   row.large_step[1][u], sums);
    for (int i = 0; kDiagonals && i < 2; ++i) {
      Step<kVectors>(row, costs, row.states[2 + i] + static_cast<size_t>(column[i]) * stride,
                     row.large_step[2 + i][u], sums);
      if (++column[i] == row.width) column[i] = 0;
    }
    // Last: what it reads was just written, and takes a moment to be readable.
    Step<kVectors>(row, costs, row.states[0], row.large_step[0][u], sums);
    for (int v = 0; v < kVectors; ++v) Store(sums[v], row.sums + x * stride + v * kLanes);
  }
}

template <bool kDiagonals>
void SweepAny(const SweptRow& row) {
  switch (row.stride / kRecordUnit) {
    case 1: return Sweep<kUnitVectors, kDiagonals>(row);
    case 2: return Sweep<2 * kUnitVectors, kDiagonals>(row);
    case 3: return Sweep<3 * kUnitVectors, kDiagonals>(row);
    default: return Sweep<4 * kUnitVectors, kDiagonals>(row);
  }
}

// Sums of one pixel; gives their minimum.
template <int kVectors>
NIGHTJAR_INLINE Words AddUp(const WinnerRow& row, size_t at, Words (&sums)[kVectors]) {
  const uint8_t *costs = row.costs + at, *one = row.sums + at, *other = row.other_sums + at;
  const int shift = row.shift;
  Words least = AllWords(65535);
  for (int v = 0; v < kVectors; ++v) {
    sums[v] =
        (Widen(costs + v * kHalf) << shift) + Widen(one + v * kHalf) + Widen(other + v * kHalf);
    const int in_unit = v - (kVectors - 2 * kUnitVectors);
    if (in_unit >= 0) {
      const Words none = Widen(row.behind + in_unit * kHalf);
      sums[v] |= none | (none << 8);
    }
    least = Min(least, sums[v]);
  }
  return LeastWord(least);
}

// What the pixel's sums are to those of the other picture that it may be.
template <int kVectors>
NIGHTJAR_INLINE void Offer(const Words (&sums)[kVectors], Words level, uint16_t* best,
                           uint16_t* best_level) {
  for (int v = 0; v < kVectors; ++v, level += kHalf) {
    const Words known = LoadWords(best + v * kHalf);
    StoreWords(sums[v] < known ? level : LoadWords(best_level + v * kHalf), best_level + v * kHalf);
    StoreWords(Min(known, sums[v]), best + v * kHalf);
  }
}

template <int kVectors, bool kWithOther>
void Winner(const WinnerRow& wanted) {
  const WinnerRow row = wanted;
  const Words none = AllWords(65535);
  Words count;
  for (int i = 0; i < kHalf; ++i) count[i] = static_cast<uint16_t>(i);
  uint16_t memory[1 + kVectors * kHalf + 1];
  memory[0] = memory[kVectors * kHalf + 1] = 65535;
  for (int x = 0; x < row.width; ++x) {
    Words sums[kVectors];
    const Words best = AddUp<kVectors>(row, static_cast<size_t>(x) * row.stride, sums);
    Words first = none, level = count;
    for (int v = 0; v < kVectors; ++v, level += kHalf) {
      StoreWords(sums[v], memory + 1 + v * kHalf);
      first = Min(first, sums[v] == best ? level : none);
    }
    if constexpr (kWithOther) {
      const int at = row.width - 1 - x;
      Offer<kVectors>(sums, count, row.other_best + at, row.other_level + at);
    }
    const Words winner = LeastWord(first);
    Words second = none, distance = count - (winner - 1);
    for (int v = 0; v < kVectors; ++v, distance += kHalf)
      second = Min(second, Min(distance, AllWords(2)) == distance ? none : sums[v]);
    row.level[x] = winner[0];
    row.best[x] = best[0];
    row.below[x] = memory[winner[0]];
    row.above[x] = memory[winner[0] + 2];
    row.second[x] = LeastWord(second)[0];
  }
}

template <bool kWithOther>
void WinnerOf(const WinnerRow& row) {
  switch (row.stride / kRecordUnit) {
    case 1: return Winner<2 * kUnitVectors, kWithOther>(row);
    case 2: return Winner<4 * kUnitVectors, kWithOther>(row);
    case 3: return Winner<6 * kUnitVectors, kWithOther>(row);
    default: return Winner<8 * kUnitVectors, kWithOther>(row);
  }
}

void WinnerAny(const WinnerRow& row) {
  return row.other_best == nullptr ? WinnerOf<false>(row) : WinnerOf<true>(row);
}

}  // namespace

const RowKernels& NIGHTJAR_ROW_KERNELS() {
  static constexpr RowKernels kKernels = {
      NIGHTJAR_ROW_KERNELS_NAME, Census,         PairCosts, MoveColumns, MeanOfColumns,
      SweepAny<false>,           SweepAny<true>, WinnerAny, Rough};
  return kKernels;
}

}  // namespace nightjar
