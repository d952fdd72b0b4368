// SPDX-License-Identifier: Apache-2.0
// A part of row_kernels_of_lanes.h, in its unnamed namespace: kernels over the pixels of a row.

// Rows of any width: whole vectors, of which the last one may cover what has been done already,
// and pixel by pixel where there is not even one.
template <typename Vector, typename Pixel>
NIGHTJAR_INLINE void AlongRow(int width, Vector vector, Pixel pixel) {
  if (width < kHalf) {
    for (int x = 0; x < width; ++x) pixel(x);
    return;
  }
  for (int x = 0; x + kHalf <= width; x += kHalf) vector(x);
  if (width % kHalf != 0) vector(width - kHalf);
}

constexpr int kCensusPlanes = kCostPlanes - 1;

void Census(const CensusRow& wanted) {
  const CensusRow row = wanted;
  const uint16_t* neighbours[8 * kCensusPlanes];
  for (int i = 0, count = 0; i < 25; ++i) {
    if (i != 12) neighbours[count++] = row.rows[i / 5] + i % 5;
  }
  const uint16_t* centre = row.rows[2] + 2;
  const Words dead_zone = AllWords(row.dead_zone);
  const auto vector = [&](int x) {
    const Words light = Max(LoadWords(centre + x), dead_zone) - dead_zone;
    for (int p = 0; p < kCensusPlanes; ++p) {
      Words bits = {};
      for (int i = 0; i < 8; ++i) {
        const Words darker = reinterpret_cast<Words>(LoadWords(neighbours[8 * p + i] + x) < light);
        bits |= darker & static_cast<uint16_t>(1 << i);
      }
      *reinterpret_cast<HalfBytes*>(row.bits[p] + x) = __builtin_convertvector(bits, HalfBytes);
    }
  };
  const auto pixel = [&](int x) {
    const int light = centre[x] > row.dead_zone ? centre[x] - row.dead_zone : 0;
    for (int p = 0; p < kCensusPlanes; ++p) {
      int bits = 0;
      for (int i = 0; i < 8; ++i) bits |= (neighbours[8 * p + i][x] < light) << i;
      row.bits[p][x] = static_cast<uint8_t>(bits);
    }
  };
  AlongRow(row.width, vector, pixel);
}

void Rough(const RoughRow& wanted) {
  const RoughRow row = wanted;
  const uint16_t* centre = row.rows[2] + 2;
  const Words most = AllWords(row.most), unknown = AllWords(65535),
              square_of_unknown = AllWords(row.square_of_unknown);
  const auto vector = [&](int x) {
    const Words here = LoadWords(centre + x);
    Words sum = {};
    for (int i = 0; i < 25; ++i) {
      const Words there = LoadWords(row.rows[i / 5] + i % 5 + x);
      const Words step = Min(Words(Max(here, there) - Min(here, there)), most);
      sum += there == unknown ? square_of_unknown : step * step;
    }
    StoreWords(sum, row.sums + x);
  };
  const auto pixel = [&](int x) {
    int sum = 0;
    for (int i = 0; i < 25; ++i) {
      const int there = row.rows[i / 5][i % 5 + x];
      int step = centre[x] > there ? centre[x] - there : there - centre[x];
      if (step > row.most) step = row.most;
      sum += there == 65535 ? row.square_of_unknown : step * step;
    }
    row.sums[x] = static_cast<uint16_t>(sum);
  };
  AlongRow(row.width, vector, pixel);
}

void MoveColumns(int count, const uint8_t* enters, const uint8_t* leaves, uint16_t* sums) {
  for (int i = 0; i < count; i += kHalf)
    StoreWords(LoadWords(sums + i) + Widen(enters + i) - Widen(leaves + i), sums + i);
}

// The upper 16 bits of a product of 32.
NIGHTJAR_INLINE Words HighProduct(Words a, Words b) {
#if NIGHTJAR_LANES == 64 && defined(__AVX512BW__)
  return reinterpret_cast<Words>(
      _mm512_mulhi_epu16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif NIGHTJAR_LANES == 32 && defined(__AVX2__)
  return reinterpret_cast<Words>(
      _mm256_mulhi_epu16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif NIGHTJAR_LANES == 16 && defined(__SSE2__)
  return reinterpret_cast<Words>(
      _mm_mulhi_epu16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
  Words high;
  for (int i = 0; i < kHalf; ++i) high[i] = static_cast<uint16_t>(uint32_t{a[i]} * b[i] >> 16);
  return high;
#endif
}

void MeanOfColumns(const MeanRow& wanted) {
  const MeanRow row = wanted;
  const size_t stride = static_cast<size_t>(row.stride);
  const auto column = [&](int x) {
    return row.columns + stride * static_cast<size_t>(x < 0           ? 0
                                                      : x < row.width ? x
                                                                      : row.width - 1);
  };
  const int side = 2 * row.radius + 1;
  const Words half = AllWords(static_cast<uint16_t>(side * side / 2)),
              share = AllWords(static_cast<uint16_t>((65536 + side * side / 2) / (side * side)));
  uint16_t sum[4 * kRecordUnit];  // over columns, moving along the row
  for (int d = 0; d < row.stride; d += kHalf) {
    Words first = {};
    for (int dx = -row.radius; dx <= row.radius; ++dx) first += LoadWords(column(dx) + d);
    StoreWords(first, sum + d);
  }
  for (int x = 0; x < row.width; ++x) {
    const uint16_t *enters = column(x + row.radius + 1), *leaves = column(x - row.radius);
    uint8_t* out = row.means + stride * static_cast<size_t>(x);
    for (int d = 0; d < row.stride; d += kHalf) {
      const Words here = LoadWords(sum + d);
      *reinterpret_cast<HalfBytes*>(out + d) =
          __builtin_convertvector(HighProduct(here + half, share), HalfBytes);
      StoreWords(here + LoadWords(enters + d) - LoadWords(leaves + d), sum + d);
    }
  }
}
