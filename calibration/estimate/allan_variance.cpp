// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/allan_variance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/portable_math.h"

namespace nightjar {
namespace {

constexpr int64_t kWidthsInPiece = 8;
constexpr std::array<double, 3> kSecondDifference = {1, -2, 1};

// How many differences of this width a piece of n samples has: its running sum has n + 1 values.
int64_t TermsIn(int64_t n, int64_t width) { return std::max<int64_t>(0, n - 2 * width + 1); }

std::vector<double> RunningSum(const std::vector<double>& values) {
  double mean = 0;
  for (double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  std::vector<double> sums(values.size() + 1, 0.0);
  for (size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + (values[i] - mean);
  return sums;
}

// Of one piece, not yet divided by the number of terms.
double SumOfSquares(const std::vector<double>& sums, int64_t width) {
  const auto w = static_cast<size_t>(width);
  double sum = 0;
  for (size_t k = 0; k + 2 * w < sums.size(); ++k) {
    const double z = sums[k + 2 * w] - 2 * sums[k + w] + sums[k];
    sum += z * z;
  }
  return sum;
}

// The generalised covariance of the running sum at a distance of d samples, for a parameter of 1.
double RunningSumCovariance(NoiseTerm term, double d, double interval_s) {
  const double distance = std::abs(d);
  switch (term) {
    case NoiseTerm::kWhite: return -0.5 * distance / interval_s;
    case NoiseTerm::kRandomWalk:
      return interval_s * (distance * distance * distance - distance) / 12;
    case NoiseTerm::kBiasInstability:
      return distance > 0 ? distance * distance * portable::Log(distance) / (2 * std::numbers::pi)
                          : 0;
  }
  return 0;
}

// Covariances of the second differences of two widths.
class DifferenceCovariance {
 public:
  DifferenceCovariance(double wi, double wj, double interval_s, const NoiseSquares& noise)
      : wi_(wi), wj_(wj), interval_s_(interval_s), noise_(noise) {}

  // Of z_i(k + d) and z_j(k).
  double At(double d) const {
    double sum = 0;
    for (size_t a = 0; a < 3; ++a) {
      for (size_t b = 0; b < 3; ++b) {
        const double distance = d + static_cast<double>(a) * wi_ - static_cast<double>(b) * wj_;
        sum += kSecondDifference[a] * kSecondDifference[b] * OfRunningSum(distance);
      }
    }
    return sum;
  }

  // Distances between which it is smooth, in their order. Beyond the outermost kink only flicker
  // is correlated, and falls off with the square of the distance.
  std::vector<double> Breaks() const {
    std::vector<double> breaks;
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b) breaks.push_back(b * wj_ - a * wi_);
    }
    if (noise_[static_cast<int>(NoiseTerm::kBiasInstability)] > 0) {
      for (const double times : {1, 3, 7}) {
        breaks.push_back(-2 * wi_ - times * (wi_ + wj_));
        breaks.push_back(2 * wj_ + times * (wi_ + wj_));
      }
    }
    return breaks;
  }

 private:
  double OfRunningSum(double distance) const {
    double sum = 0;
    for (int term = 0; term < kNoiseTerms; ++term) {
      if (noise_[term] > 0)
        sum += noise_[term] *
               RunningSumCovariance(static_cast<NoiseTerm>(term), distance, interval_s_);
    }
    return sum;
  }

  double wi_, wj_, interval_s_;
  NoiseSquares noise_;
};

// Sum of f over the whole numbers in [begin, end), between which f is close to a polynomial of
// degree 7: by Gauss' rule of four points where there are many.
template <typename Function>
double SumOver(double begin, double end, const Function& f) {
  constexpr double kManyTerms = 64;
  double sum = 0;
  if (end - begin <= kManyTerms) {
    for (double d = begin; d < end; ++d) sum += f(d);
    return sum;
  }
  constexpr std::array<double, 2> kNodes = {0.33998104358485626, 0.86113631159405258};
  constexpr std::array<double, 2> kWeights = {0.65214515486254614, 0.34785484513745386};
  const double middle = 0.5 * (begin + end - 1);
  const double half = 0.5 * (end - begin);
  for (size_t k = 0; k < 2; ++k)
    sum += kWeights[k] * (f(middle - half * kNodes[k]) + f(middle + half * kNodes[k]));
  return half * sum;
}

// sum_kl cov(z_i(k), z_j(l))^2 over one piece with Mi and Mj differences.
double SumOfSquares(const DifferenceCovariance& covariance, double Mi, double Mj) {
  std::vector<double> breaks = covariance.Breaks();
  // How many pairs are d apart changes its slope here.
  for (const double d : {0.0, Mi - Mj}) breaks.push_back(d);
  for (double& d : breaks) d = std::clamp(d, 1 - Mj, Mi);
  std::sort(breaks.begin(), breaks.end());
  const auto pairs_times_square = [&](double d) {
    const double pairs = std::min(Mi, Mj + d) - std::max(0.0, d);
    const double value = covariance.At(d);
    return pairs * value * value;
  };
  double sum = 0;
  for (size_t k = 0; k + 1 < breaks.size(); ++k)
    sum += SumOver(breaks[k], breaks[k + 1], pairs_times_square);
  return sum;
}

}  // namespace

std::vector<AllanPoint> OverlappingAllanVariance(const EvenSamples& samples, int per_octave) {
  std::vector<std::vector<double>> sums;
  int64_t longest = 0;
  for (const auto& piece : samples.pieces) {
    sums.push_back(RunningSum(piece));
    longest = std::max(longest, static_cast<int64_t>(piece.size()));
  }
  std::vector<AllanPoint> points;
  for (int step = 0;; ++step) {
    const auto width = static_cast<int64_t>(std::llround(std::exp2(1.0 * step / per_octave)));
    if (width * kWidthsInPiece > longest) break;
    if (!points.empty() && width == points.back().width) continue;
    AllanPoint point = {width, static_cast<double>(width) * samples.interval_s, 0, 0};
    for (const auto& piece : sums) {
      point.terms += TermsIn(static_cast<int64_t>(piece.size()) - 1, width);
      point.variance += SumOfSquares(piece, width);
    }
    const auto w = static_cast<double>(width);
    point.variance /= 2 * w * w * static_cast<double>(point.terms);
    points.push_back(point);
  }
  return points;
}

double AllanVarianceOf(NoiseTerm term, int64_t width, double interval_s) {
  NoiseSquares one = NoiseSquares::Zero();
  one[static_cast<int>(term)] = 1;
  const auto w = static_cast<double>(width);
  return DifferenceCovariance(w, w, interval_s, one).At(0) / (2 * w * w);
}

Eigen::MatrixXd AllanCovariance(const std::vector<AllanPoint>& points,
                                const std::vector<int64_t>& piece_sizes, double interval_s,
                                const NoiseSquares& noise) {
  const auto n = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd C(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      const AllanPoint& pi = points[static_cast<size_t>(i)];
      const AllanPoint& pj = points[static_cast<size_t>(j)];
      const auto wi = static_cast<double>(pi.width), wj = static_cast<double>(pj.width);
      const DifferenceCovariance covariance(wi, wj, interval_s, noise);
      double sum = 0;
      for (int64_t size : piece_sizes) {
        const int64_t Mi = TermsIn(size, pi.width), Mj = TermsIn(size, pj.width);
        if (Mi > 0 && Mj > 0)
          sum += SumOfSquares(covariance, static_cast<double>(Mi), static_cast<double>(Mj));
      }
      C(i, j) = sum / (2 * wi * wi * wj * wj * static_cast<double>(pi.terms) *
                       static_cast<double>(pj.terms));
      C(j, i) = C(i, j);
    }
  }
  return C;
}

}  // namespace nightjar
