// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/mounting_hypothesis.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>

#include "calibration/estimate/signed_permutation.h"

namespace nightjar {
namespace {

using Kind = MountingHypothesis::Kind;

constexpr int kFreeRounds = 10;  // of rotation and scales in turn

// The scale that fits rows of the map best to rows of the hypothesis, and its sigma.
struct Scale {
  double value = 0;
  double sigma = 0;
};

Scale FitScale(const GyroCameraAlignment& alignment, const Eigen::Matrix3d& R_camera_imu, int first,
               int end) {
  double projected = 0, squares = 0, sigma2 = 0;
  for (int row = first; row < end; ++row) {
    const Eigen::Vector3d expected = R_camera_imu.row(row).transpose();
    const Eigen::Vector3d weighted = alignment.information * expected;
    projected += alignment.map.row(row).dot(weighted);
    squares += expected.dot(weighted);
    sigma2 += expected.dot(weighted) * std::pow(alignment.row_sigma[row], 2);
  }
  if (!(squares > 1e-12)) return {0, std::numeric_limits<double>::infinity()};
  return {projected / squares, std::sqrt(sigma2) / squares};
}

MountingHypothesis Judge(const GyroCameraAlignment& alignment, Kind kind,
                         const Eigen::Matrix3d& R_camera_body, const Eigen::Matrix3d& imu_axes) {
  MountingHypothesis result;
  result.kind = kind;
  result.imu_axes = imu_axes;
  const Eigen::Matrix3d R_camera_imu = R_camera_body * imu_axes.transpose();
  const Scale across = FitScale(alignment, R_camera_imu, 0, 2);
  const Scale along = FitScale(alignment, R_camera_imu, 2, 3);
  result.across = across.value;
  result.across_sigma = across.sigma;
  result.along = along.value;
  result.along_sigma = along.sigma;
  double explained = 0, unexplained = 0;
  for (int row = 0; row < 3; ++row) {
    const double scale = row < 2 ? across.value : along.value;
    const Eigen::Vector3d measured = alignment.map.row(row).transpose();
    const Eigen::Vector3d error =
        measured - std::max(scale, 0.0) * R_camera_imu.row(row).transpose();
    const double left = error.dot(alignment.information * error);
    unexplained += left;
    explained += measured.dot(alignment.information * measured);
    result.chi2 += left / std::pow(alignment.row_sigma[row], 2);
  }
  result.misfit = explained > 0 ? unexplained / explained : 0;
  return result;
}

Eigen::Matrix3d WithoutScales(const GyroCameraAlignment& alignment,
                              const MountingHypothesis& hypothesis) {
  const Eigen::Vector3d scales(hypothesis.across, hypothesis.across, hypothesis.along);
  return scales.cwiseInverse().asDiagonal() * alignment.map;
}

}  // namespace

std::vector<MountingHypothesis> JudgeMountings(const GyroCameraAlignment& alignment,
                                               const Eigen::Quaterniond& R_body_camera) {
  const Eigen::Matrix3d R = R_body_camera.toRotationMatrix();
  std::vector<MountingHypothesis> all;
  for (const Eigen::Matrix3d& P : SignedPermutations()) {
    const Kind kind = P.isIdentity()        ? Kind::kAsGiven
                      : P.determinant() > 0 ? Kind::kImuTurned
                                            : Kind::kAxesReflected;
    all.push_back(Judge(alignment, kind, R.transpose(), P));
    if (kind == Kind::kAsGiven)
      all.push_back(Judge(alignment, Kind::kInverted, R, Eigen::Matrix3d::Identity()));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.chi2 < b.chi2; });
  return all;
}

MountingHypothesis MeasureMounting(const GyroCameraAlignment& alignment) {
  // Rotation and scales in turn. A start from equal scales: rows of the map are those of a rotation
  // but for them.
  const double scale = alignment.map.norm() / std::sqrt(3.0);
  MountingHypothesis result;
  result.kind = Kind::kOtherwise;
  result.across = result.along = scale;
  if (!(scale > 0)) result.across = result.along = 1;
  for (int round = 0; round < kFreeRounds; ++round) {
    const Eigen::Matrix3d R_camera_body =
        MeasuredRotation(alignment, result).conjugate().toRotationMatrix();
    result = Judge(alignment, Kind::kOtherwise, R_camera_body, Eigen::Matrix3d::Identity());
    if (!(result.across > 0 && result.along > 0)) {
      result.misfit = 1;
      return result;
    }
  }
  return result;
}

Eigen::Quaterniond MeasuredRotation(const GyroCameraAlignment& alignment,
                                    const MountingHypothesis& hypothesis) {
  const Eigen::Matrix3d R_camera_body = WithoutScales(alignment, hypothesis) * hypothesis.imu_axes;
  // Wahba's problem with the gyro's excitation as weight: axes that hardly turned count little.
  const Eigen::Matrix3d information =
      hypothesis.imu_axes.transpose() * alignment.information * hypothesis.imu_axes;
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(R_camera_body * information,
                                              Eigen::ComputeFullU | Eigen::ComputeFullV);
  Eigen::Matrix3d sign = Eigen::Matrix3d::Identity();
  sign(2, 2) = (svd.matrixU() * svd.matrixV().transpose()).determinant() > 0 ? 1 : -1;
  const Eigen::Matrix3d R = svd.matrixU() * sign * svd.matrixV().transpose();
  return Eigen::Quaterniond(R).conjugate().normalized();
}

double MeasuredRotationSigma(const GyroCameraAlignment& alignment,
                             const MountingHypothesis& hypothesis) {
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> eigen(alignment.information,
                                                             Eigen::EigenvaluesOnly);
  // A turn about an axis is seen by the rates across it: at least by the second largest.
  const double weakest = eigen.eigenvalues()[0] + eigen.eigenvalues()[1];
  const double scale = std::min(std::abs(hypothesis.across), std::abs(hypothesis.along));
  const double sigma = alignment.row_sigma.maxCoeff();
  return weakest > 0 && scale > 0 ? sigma / (scale * std::sqrt(weakest))
                                  : std::numeric_limits<double>::infinity();
}

}  // namespace nightjar
