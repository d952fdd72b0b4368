// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_sigma.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/portable_math.h"
#include "isp/depth/disparity_map.h"

namespace nightjar {
namespace {

constexpr int kReach = 2;  // px, of roughness
constexpr float kMostSquare = 4, kUnknownSquare = 1;

double Above(double value, double knot) { return std::max(0.0, value - portable::Log(knot)); }

// The fit: ln sigma is a sum of these.
double LogOfMargin(double margin) {
  const double u = portable::Log(margin + 0.5);
  return 0.7842 + 0.0636 * u - 1.0589 * Above(u, 2) + 0.1271 * Above(u, 5.5) +
         0.5203 * Above(u, 12.5);
}
double LogOfCost(double cost) { return -0.1359 * portable::Log(cost + 1); }
double LogOfRoughness(double roughness) { return 0.2047 * portable::Log(roughness + 0.05); }

// A factor of sigma by steps of its argument: roots and logarithms of every pixel would take longer
// than matching.
class Factor {
 public:
  Factor(double (*log)(double), double most, int steps) : scale_(static_cast<float>(steps / most)) {
    for (int i = 0; i <= steps; ++i)
      values_.push_back(static_cast<float>(portable::Exp(log(most * i / steps))));
  }
  float operator()(float argument) const {
    const size_t at = static_cast<size_t>(argument * scale_ + 0.5F);
    return values_[std::min(at, values_.size() - 1)];
  }

 private:
  float scale_;
  std::vector<float> values_;
};

// Adds to `sums` the squared differences of a row of disparities and another, moved by dx.
void AddSquares(int width, const float* here, const float* there, float* sums) {
  for (int x = 0; x < width; ++x) {
    const float difference = there[x] - here[x], square = difference * difference;
    const float limited = square < kMostSquare ? square : kMostSquare;
    sums[x] += there[x] < kNoDisparity ? limited : kUnknownSquare;
  }
}

}  // namespace

Image<float> FindDisparitySigma(const Image<float>& disparity_px, const LevelMap& levels) {
  const int width = disparity_px.width(), height = disparity_px.height();
  static const Factor of_margin(LogOfMargin, 128, 1024), of_cost(LogOfCost, 128, 1024),
      of_roughness(LogOfRoughness, 2, 1024);
  Image<float> sigma(width, height);
  // Rows with kReach pixels more at either end; borders repeat.
  std::array<std::vector<float>, 2 * kReach + 1> rows;
  const auto fetch = [&](int y) {
    std::vector<float>& row = rows[static_cast<size_t>(y + 2 * kReach + 1) % rows.size()];
    const float* from = &disparity_px(0, std::clamp(y, 0, height - 1));
    row.assign(static_cast<size_t>(width) + 2 * kReach, from[0]);
    std::copy_n(from, width, row.begin() + kReach);
    std::fill_n(row.end() - kReach, kReach, from[width - 1]);
  };
  for (int y = -kReach; y < kReach; ++y) fetch(y);
  std::vector<float> sums(static_cast<size_t>(width));
  for (int y = 0; y < height; ++y) {
    fetch(y + kReach);
    std::ranges::fill(sums, 0.0F);
    for (const auto& row : rows) {
      for (int dx = 0; dx <= 2 * kReach; ++dx)
        AddSquares(width, &disparity_px(0, y), row.data() + dx, sums.data());
    }
    constexpr float kShare = 1.0F / ((2 * kReach + 1) * (2 * kReach + 1));
    for (int x = 0; x < width; ++x) {
      sigma(x, y) = !IsKnown(disparity_px(x, y))
                        ? kNoDisparity
                        : of_margin(levels.margin(x, y)) * of_cost(levels.cost(x, y)) *
                              of_roughness(std::sqrt(sums[x] * kShare));
    }
  }
  return sigma;
}

}  // namespace nightjar
