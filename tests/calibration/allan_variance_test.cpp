// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/allan_variance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/random.h"

namespace nightjar {
namespace {

TEST(OverlappingAllanVariance, IsWhatItsDefinitionGives) {
  EvenSamples samples = {0.5, {{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3}}};
  const auto points = OverlappingAllanVariance(samples);
  ASSERT_EQ(points.size(), 2U) << "eight averaging times must fit";
  const std::vector<double>& y = samples.pieces[0];
  for (const AllanPoint& point : points) {
    double sum = 0;
    int count = 0;
    for (size_t k = 0; k + 2 * point.width <= y.size(); ++k, ++count) {
      double difference = 0;
      for (int64_t i = 0; i < point.width; ++i)
        difference += (y[k + point.width + i] - y[k + i]) / static_cast<double>(point.width);
      sum += 0.5 * difference * difference;
    }
    EXPECT_EQ(point.terms, count);
    EXPECT_NEAR(point.variance, sum / count, 1e-12);
    EXPECT_EQ(point.tau_s, 0.5 * static_cast<double>(point.width));
  }
}

// IEEE Std 952-1997, annex C.
TEST(AllanVarianceOf, HasTheTextbooksSlopes) {
  for (const int64_t width : {16, 1024}) {
    const double tau = 0.01 * static_cast<double>(width);
    EXPECT_NEAR(AllanVarianceOf(NoiseTerm::kWhite, width, 0.01) * tau, 1, 1e-9);
    EXPECT_NEAR(AllanVarianceOf(NoiseTerm::kRandomWalk, width, 0.01) / (tau / 3), 1, 3e-3);
    EXPECT_NEAR(AllanVarianceOf(NoiseTerm::kBiasInstability, width, 0.01),
                2 * std::numbers::ln2 / std::numbers::pi, 1e-6);
  }
}

// Against what many simulated series scatter by: other arithmetic altogether.
TEST(AllanCovariance, IsTheScatterOfSimulatedSeries) {
  constexpr int kSeries = 3000, kLength = 640;
  const NoiseSquares noise(1, 0.01, 0);
  std::vector<AllanPoint> points;
  std::vector<Eigen::VectorXd> curves;
  for (int s = 0; s < kSeries; ++s) {
    RandomStream random(7, 1, static_cast<uint64_t>(s));
    EvenSamples samples = {1, {{}, {}}};
    for (auto& piece : samples.pieces) {
      double bias = 0;
      for (int i = 0; i < kLength; ++i, bias += 0.1 * random.Normal())
        piece.push_back(bias + random.Normal());
    }
    points = OverlappingAllanVariance(samples);
    Eigen::VectorXd curve(static_cast<Eigen::Index>(points.size()));
    for (size_t i = 0; i < points.size(); ++i)
      curve[static_cast<Eigen::Index>(i)] = points[i].variance;
    curves.push_back(curve);
  }
  const Eigen::MatrixXd C = AllanCovariance(points, {kLength, kLength}, 1, noise);
  Eigen::VectorXd expected(C.rows());
  for (Eigen::Index i = 0; i < C.rows(); ++i) {
    const int64_t width = points[static_cast<size_t>(i)].width;
    expected[i] = AllanVarianceOf(NoiseTerm::kWhite, width, 1) +
                  0.01 * AllanVarianceOf(NoiseTerm::kRandomWalk, width, 1);
  }
  Eigen::MatrixXd scatter = Eigen::MatrixXd::Zero(C.rows(), C.cols());
  for (const Eigen::VectorXd& curve : curves)
    scatter += (curve - expected) * (curve - expected).transpose() / kSeries;
  for (Eigen::Index i = 0; i < C.rows(); ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      const double scale = std::sqrt(C(i, i) * C(j, j));
      EXPECT_NEAR(scatter(i, j) / scale, C(i, j) / scale, 0.15) << i << " " << j;
    }
  }
}

}  // namespace
}  // namespace nightjar
