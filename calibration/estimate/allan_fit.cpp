// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/allan_fit.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <optional>

#include "core/check.h"

namespace nightjar {
namespace {

constexpr int kIterations = 12;
constexpr size_t kFewestPoints = 4;
// Of the standard normal: chance exceeds it once in ten thousand, in a million times. The points
// at the longest averaging times have heavier tails than that.
constexpr double kRareQuantile = 3.719;
constexpr double kVeryRareQuantile = 4.753;

// The quantile of the chi-square distribution (Wilson, Hilferty, PNAS 17, 1931).
double ChiSquareQuantile(int degrees, double normal_quantile) {
  const double c = 2.0 / (9 * degrees);
  const double root = 1 - c + normal_quantile * std::sqrt(c);
  return degrees * root * root * root;
}

struct Solution {
  Eigen::VectorXd x;  // of the terms that were asked for
  Eigen::MatrixXd P;  // their covariance
  double chi_square = 0;
};

Solution Solve(const Eigen::MatrixXd& A, const Eigen::VectorXd& v, const Eigen::MatrixXd& C) {
  // Variances of all orders of magnitude: scaled to a unit diagonal first.
  const Eigen::VectorXd scale = C.diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd correlation = scale.asDiagonal() * C * scale.asDiagonal();
  const Eigen::LLT<Eigen::MatrixXd> llt(correlation);
  const Eigen::MatrixXd WA = llt.matrixL().solve(scale.asDiagonal() * A);
  const Eigen::VectorXd Wv = llt.matrixL().solve(scale.asDiagonal() * v);
  const Eigen::VectorXd column = WA.colwise().norm().transpose();
  const Eigen::MatrixXd unit = WA * column.cwiseInverse().asDiagonal();
  const Eigen::MatrixXd P = Eigen::MatrixXd(unit.transpose() * unit).inverse();
  const Eigen::VectorXd x = column.cwiseInverse().asDiagonal() * (P * (unit.transpose() * Wv));
  return {x, column.cwiseInverse().asDiagonal() * P * column.cwiseInverse().asDiagonal(),
          (Wv - WA * x).squaredNorm()};
}

class Fitter {
 public:
  Fitter(const AllanCurve& curve, size_t first) : curve_(curve), first_(first) {
    points_.assign(curve.points.begin() + static_cast<std::ptrdiff_t>(first), curve.points.end());
    A_.resize(static_cast<Eigen::Index>(points_.size()), kNoiseTerms);
    v_.resize(A_.rows());
    for (Eigen::Index i = 0; i < v_.size(); ++i) {
      const AllanPoint& point = points_[static_cast<size_t>(i)];
      v_[i] = point.variance;
      for (int term = 0; term < kNoiseTerms; ++term)
        A_(i, term) = AllanVarianceOf(static_cast<NoiseTerm>(term), point.width, curve.interval_s);
    }
  }

  // With these terms; those that would be negative are zero.
  AllanFit Fit(std::vector<int> terms) const {
    AllanFit fit;
    fit.first_point = first_;
    fit.squares[0] = v_[0] / A_(0, 0);
    std::vector<int> used = terms;
    for (int iteration = 0; iteration < kIterations; ++iteration) {
      const Eigen::MatrixXd C =
          AllanCovariance(points_, curve_.piece_sizes, curve_.interval_s, fit.squares) /
          curve_.sensors;
      Solution solution = Solve(Columns(terms), v_, C);
      // The sigma of a term that ends at zero is that of the free solution.
      for (size_t k = 0; k < terms.size(); ++k) {
        const auto index = static_cast<Eigen::Index>(k);
        fit.sigmas[terms[k]] = std::sqrt(solution.P(index, index));
      }
      used = terms;
      while (solution.x.minCoeff() < 0 && used.size() > 1) {
        Eigen::Index lowest = 0;
        solution.x.minCoeff(&lowest);
        used.erase(used.begin() + lowest);
        solution = Solve(Columns(used), v_, C);
      }
      fit.squares.setZero();
      for (size_t k = 0; k < used.size(); ++k)
        fit.squares[used[k]] = solution.x[static_cast<Eigen::Index>(k)];
      fit.chi_square = solution.chi_square;
    }
    fit.degrees_of_freedom = static_cast<int>(points_.size() - terms.size());
    fit.has_bias_instability = fit.squares[static_cast<int>(NoiseTerm::kBiasInstability)] > 0;
    fit.follows_model = fit.chi_square < ChiSquareQuantile(fit.degrees_of_freedom, kRareQuantile);
    return fit;
  }

 private:
  Eigen::MatrixXd Columns(const std::vector<int>& terms) const {
    Eigen::MatrixXd columns(A_.rows(), static_cast<Eigen::Index>(terms.size()));
    for (size_t k = 0; k < terms.size(); ++k)
      columns.col(static_cast<Eigen::Index>(k)) = A_.col(terms[k]);
    return columns;
  }

  const AllanCurve& curve_;
  size_t first_;
  std::vector<AllanPoint> points_;
  Eigen::MatrixXd A_;  // curve of each term
  Eigen::VectorXd v_;  // measured
};

double Misfit(const AllanFit& fit) { return fit.chi_square / fit.degrees_of_freedom; }

}  // namespace

AllanFit FitAllanCurve(const AllanCurve& curve) {
  NIGHTJAR_CHECK(curve.points.size() >= kFewestPoints, "an Allan curve is fitted to four points");
  std::optional<AllanFit> best;
  for (size_t first = 0; first + kFewestPoints <= curve.points.size(); ++first) {
    if (first > 0 && curve.points[first - 1].tau_s > kShortest_s) break;
    const Fitter fitter(curve, first);
    for (const std::vector<int>& terms : {std::vector<int>{0, 1}, {0, 1, 2}}) {
      if (curve.points.size() - first <= terms.size()) continue;
      const AllanFit fit = fitter.Fit(terms);
      if (fit.follows_model) return fit;
      if (!best || Misfit(fit) < Misfit(*best)) best = fit;
    }
  }
  best->follows_model =
      best->chi_square < ChiSquareQuantile(best->degrees_of_freedom, kVeryRareQuantile);
  if (!best->follows_model) best->sigmas *= std::sqrt(Misfit(*best));
  return *best;
}

}  // namespace nightjar
