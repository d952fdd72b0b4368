// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only C headers: the kernels are compiled for several instruction sets, and a function of the
// standard library that one of them leaves behind must not become everybody's.
#include <stddef.h>
#include <stdint.h>

namespace nightjar {

/// Levels of one pixel lie beside each other, padded to a multiple of this many bytes: a record.
/// Rows are arrays of records.
inline constexpr int kRecordUnit = 64;

/// Bytes before and behind an array of records that a kernel may read.
inline constexpr int kRecordGuard = 64;

/// Byte planes that a stereo cost is made of: three of census bits, one of light.
inline constexpr int kCostPlanes = 4;

/// Which neighbours of a row's pixels are darker. rows[2] is the row itself, the others those above
/// and below; each begins 2 px before the first column and ends 2 px behind the last one.
struct CensusRow {
  int width = 0;
  uint16_t dead_zone = 0;  // a neighbour is darker by more than this
  const uint16_t* rows[5] = {};
  uint8_t* bits[kCostPlanes - 1] = {};  // of 24 neighbours, row by row
};

/// Costs of a row of a rectified pair. The right planes are mirrored, so that rising levels lie
/// beside each other: right[p][width - 1 - x] is column x; 256 bytes more repeat column 0.
struct PairRow {
  int width = 0;
  int stride = 0;  // bytes of a record, a multiple of kRecordUnit
  const uint8_t* left[kCostPlanes] = {};
  const uint8_t* right[kCostPlanes] = {};
  uint8_t light_limit = 0;  // differences of light count up to this,
  uint8_t light_shift = 0;  // shifted down by this, 0 .. 7
  uint8_t* costs = nullptr;
};

/// Means of costs along a row, of sums of 2 radius + 1 rows: records of `stride` sums and means.
/// Beyond the ends the first and the last column repeat.
struct MeanRow {
  int width = 0, stride = 0;
  int radius = 0;  // 0 .. 7
  const uint16_t* columns = nullptr;
  uint8_t* means = nullptr;
};

/// How much the 5 x 5 values around a pixel differ from its own: sums of squares of differences, of
/// each at most `most` (less than 51), in steps of the values. `rows` as in CensusRow; 65535 is an
/// unknown value, which counts as `square_of_unknown`.
struct RoughRow {
  int width = 0;
  uint16_t most = 0, square_of_unknown = 0;
  const uint16_t* rows[5] = {};
  uint16_t* sums = nullptr;
};

/// One row of a sweep: three paths that come from the row before, and one along the row. u counts
/// pixels in the direction of the sweep, x = u or width - 1 - u.
struct SweptRow {
  int width = 0, stride = 0;
  bool backwards = false;          // x = width - 1 - u
  const uint8_t* costs = nullptr;  // by x
  uint8_t* sums = nullptr;         // by x: written, of all paths L - C
  uint8_t small_step = 0;
  const uint8_t* large_step[4] = {};  // by u: of the path along the row, the straight one, the
                                      // diagonals that come from u - 1 and u + 1
  /// Costs of the paths, less their minimum: one record for that along the row, a row of records
  /// each for the others. A diagonal's column stays the same while the path moves, so that a row
  /// can be written over the one before; `first` is where u = 0 is.
  uint8_t* states[4] = {};
  int first[2] = {};
  const uint8_t* behind = nullptr;  // kRecordUnit bytes of the last unit of a record: 255 where the
                                    // level is none,
  const uint8_t* last = nullptr;    // and where the level above is none
};

/// The winner of each pixel of a row.
struct WinnerRow {
  int width = 0, stride = 0;
  const uint8_t *costs = nullptr, *sums = nullptr, *other_sums = nullptr;
  int shift = 3;  // log2 of the number of paths
  const uint8_t* behind = nullptr;
  /// By x: the level of least sum (the first of equals), the sums there, a level below and above
  /// (65535: none), and the least one further away than one level (65535: none).
  uint16_t *level = nullptr, *best = nullptr, *below = nullptr, *above = nullptr, *second = nullptr;
  /// Mirrored columns of the other picture, width + stride of each; begin with 65535. Null: not
  /// wanted.
  uint16_t *other_best = nullptr, *other_level = nullptr;
};

struct RowKernels {
  const char* name;
  void (*census)(const CensusRow&);
  void (*pair_costs)(const PairRow&);
  /// Adds one row of costs to sums over columns and takes one away; `count` is a multiple of
  /// kRecordUnit.
  void (*move_columns)(int count, const uint8_t* enters, const uint8_t* leaves, uint16_t* sums);
  void (*mean_of_columns)(const MeanRow&);
  void (*sweep4)(const SweptRow&);  // along rows and columns
  void (*sweep8)(const SweptRow&);  // diagonals too
  void (*winner)(const WinnerRow&);
  void (*rough)(const RoughRow&);
};

/// For any processor; its result is everybody's.
const RowKernels& PlainRowKernels();
#ifdef NIGHTJAR_X86_ROW_KERNELS
const RowKernels& Sse41RowKernels();
const RowKernels& Avx2RowKernels();
const RowKernels& Avx512RowKernels();
#endif

/// All that this processor can run, the fastest first.
struct RowKernelList {
  const RowKernels* kernels[4] = {};
  int count = 0;
};
RowKernelList AvailableRowKernels();

/// The fastest.
const RowKernels& BestRowKernels();

}  // namespace nightjar
