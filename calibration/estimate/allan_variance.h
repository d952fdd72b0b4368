// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

namespace nightjar {

/// What the slow part of a sensor at rest is made of (IEEE Std 952-1997, annex C). The parameter of
/// each enters the Allan variance, and the covariances below, linearly by its square:
///
///   sigma^2(tau) = N^2 / tau + K^2 tau / 3 + B^2 2 ln 2 / pi
///
/// with N the white noise density (unit of the sensor / sqrt(Hz)), K the random walk of the bias
/// (unit of the sensor / s * 1 / sqrt(Hz)) and B the bias instability (unit of the sensor), which
/// is flicker noise of the spectrum B^2 / (2 pi f).
enum class NoiseTerm { kWhite, kRandomWalk, kBiasInstability };
inline constexpr int kNoiseTerms = 3;

/// N^2, K^2, B^2 in the order of NoiseTerm.
using NoiseSquares = Eigen::Matrix<double, kNoiseTerms, 1>;

/// Samples of one axis at equal intervals: pieces between gaps that were too long to be bridged.
struct EvenSamples {
  double interval_s = 0;
  std::vector<std::vector<double>> pieces;
};

/// The overlapping Allan variance at one averaging time.
struct AllanPoint {
  int64_t width = 1;  // averaging time in samples
  double tau_s = 0;   // the same in seconds
  double variance = 0;
  int64_t terms = 0;  // overlapping differences that it is the mean of
};

/// At averaging times of 1, 2, 4, ... samples, or with `per_octave` > 1 of times between them too,
/// as far as one piece holds eight such times (a mean over fewer tells little). Riley, "Handbook of
/// frequency stability analysis", NIST SP 1065 (2008), eq. 11. Values of a piece are taken against
/// its mean.
std::vector<AllanPoint> OverlappingAllanVariance(const EvenSamples& samples, int per_octave = 1);

/// What one term with a parameter of 1 gives: the expectation of the Allan variance at `width`
/// samples of `interval_s`. Exact for sampled white noise and a sampled random walk.
double AllanVarianceOf(NoiseTerm term, int64_t width, double interval_s);

/// The covariance of the points that samples of this noise have, exact for Gaussian noise: with
/// z_i(k) the second difference, `width_i` apart, of the running sum of the samples,
///
///   cov(i, j) = 1 / (2 w_i^2 w_j^2 M_i M_j) sum_kl cov(z_i(k), z_j(l))^2
///
/// (Isserlis' theorem), where cov(z_i, z_j) follows from the generalised covariance of the running
/// sum: -|d| / 2 for white noise, (|d|^3 - |d|) / 12 for a random walk, d^2 ln|d| for flicker.
/// Pieces are independent of each other.
Eigen::MatrixXd AllanCovariance(const std::vector<AllanPoint>& points,
                                const std::vector<int64_t>& piece_sizes, double interval_s,
                                const NoiseSquares& noise);

}  // namespace nightjar
