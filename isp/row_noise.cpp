// SPDX-License-Identifier: Apache-2.0
#include "isp/row_noise.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace nightjar {
namespace {

constexpr int kParts = 16;          // of a row
constexpr int kReach = 4;           // rows of its colours on each side that a row is held against
constexpr double kClip = 3;         // sigma of one difference: a defect weighs no more
constexpr double kMostChi2 = 2;     // per degree of freedom, between the parts of a row
constexpr double kLeastExcess = 2;  // of the offsets' variance over chance
constexpr int kFewestRows = 8;
// The median of the square of a standard normal number.
constexpr double kMedianSquare = 0.4549364;

struct Row {
  double offset_dn = 0;     // above its neighbours
  double variance_dn2 = 0;  // of that, by noise
  double pixel_sigma_dn = 0;
  bool is_uniform = false;  // the same along the row, as far as noise lets one say
};

class RowMeter {
 public:
  RowMeter(const Image<uint16_t>& raw, const RawSamples& samples)
      : raw_(raw), samples_(samples), sum_(static_cast<size_t>(raw.width())) {}

  Row Measure(int y) {
    const int neighbours = SumNeighbours(y);
    Row row;
    row.pixel_sigma_dn = std::sqrt(PixelVariance(y));
    const double one = row.pixel_sigma_dn * std::sqrt(1 + 1.0 / neighbours);
    const auto limit = static_cast<int32_t>(std::ceil(kClip * one * neighbours));
    const uint16_t* const samples = &raw_(0, y);
    double parts[kParts];
    double variance = 0;  // of a part
    for (int part = 0; part < kParts; ++part) {
      const int begin = raw_.width() * part / kParts, end = raw_.width() * (part + 1) / kParts;
      int64_t sum = 0;
      for (int x = begin; x < end; ++x) {
        const int32_t difference = samples[x] * neighbours - sum_[static_cast<size_t>(x)];
        sum += std::clamp(difference, -limit, limit);
      }
      parts[part] = static_cast<double>(sum) / (static_cast<double>(neighbours) * (end - begin));
      row.offset_dn += parts[part] / kParts;
      variance += one * one / (end - begin) / kParts;
    }
    double chi2 = 0;
    for (const double part : parts)
      chi2 += (part - row.offset_dn) * (part - row.offset_dn) / (variance * (kParts - 1));
    row.variance_dn2 = variance / kParts;
    row.is_uniform = chi2 < kMostChi2 && std::abs(row.offset_dn) < row.pixel_sigma_dn;
    return row;
  }

 private:
  // Of the rows around y, at each column; how many they are.
  int SumNeighbours(int y) {
    std::fill(sum_.begin(), sum_.end(), 0);
    int count = 0;
    for (int k = -kReach; k <= kReach; ++k) {
      const int row = y + k * samples_.step();
      if (k == 0 || row < 0 || row >= raw_.height()) continue;
      const uint16_t* const samples = &raw_(0, row);
      for (size_t x = 0; x < sum_.size(); ++x) sum_[x] += samples[x];
      ++count;
    }
    return count;
  }

  // Mean over the row, at its mean light.
  double PixelVariance(int y) const {
    const uint16_t* const samples = &raw_(0, y);
    int64_t sums[2] = {0, 0};
    for (int x = 0; x < raw_.width(); ++x) sums[x & 1] += samples[x];
    double variance = 0;
    for (const int parity : {0, 1}) {
      const size_t place = PlaceOf(parity, y);
      const double mean = static_cast<double>(sums[parity]) / ((raw_.width() + 1 - parity) / 2);
      variance += samples_.variance_dn2(place, samples_.x(place, mean)) / 2;
    }
    return variance;
  }

  const Image<uint16_t>& raw_;
  const RawSamples& samples_;
  std::vector<int32_t> sum_;
};

}  // namespace

RowNoise MeasureRowNoise(const Image<uint16_t>& raw, const RawSamples& samples) {
  RowNoise noise = {std::vector<float>(static_cast<size_t>(raw.height()))};
  if (raw.width() < 2 * kParts || raw.height() < 16) return noise;
  RowMeter meter(raw, samples);
  std::vector<Row> rows;
  std::vector<double> squares;
  double chance = 0;
  for (int y = 0; y < raw.height(); ++y) {
    rows.push_back(meter.Measure(y));
    if (!rows.back().is_uniform) continue;
    squares.push_back(rows.back().offset_dn * rows.back().offset_dn);
    chance += rows.back().variance_dn2;
  }
  if (squares.size() < kFewestRows) return noise;
  chance /= static_cast<double>(squares.size());
  const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
  std::nth_element(squares.begin(), middle, squares.end());
  const double variance = *middle / kMedianSquare;
  if (variance < kLeastExcess * chance) return noise;
  noise.sigma_dn = std::sqrt(variance - chance);
  for (size_t y = 0; y < rows.size(); ++y) {
    const double share = 1 - rows[y].variance_dn2 / variance;
    if (rows[y].is_uniform && share > 0)
      noise.offset_dn[y] = static_cast<float>(rows[y].offset_dn * share);
  }
  return noise;
}

}  // namespace nightjar
