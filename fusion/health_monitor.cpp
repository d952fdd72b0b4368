// SPDX-License-Identifier: Apache-2.0
#include "fusion/health_monitor.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "fusion/imu_cost.h"
#include "fusion/window_factors.h"
#include "fusion/window_reduction.h"

namespace nightjar {
namespace {

// Who tracked for so long had the right units.
constexpr Duration kTrustedAfter = std::chrono::seconds(10);

// A feature that is less sure counts for less: many that say nothing are no sight of the scene. As
// sure as this is every feature of frames (FeatureTrackerOptions::max_sigma_px).
constexpr double kSureSigma_px = 1.5;

// 0 .. 1, the mean over the covariance's two axes.
double WeightOf(const Eigen::Matrix2d& covariance) {
  const Eigen::Vector2d variances =
      Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d>(covariance, Eigen::EigenvaluesOnly)
          .eigenvalues();
  const double sure = kSureSigma_px * kSureSigma_px;
  return 0.5 * (std::min(1.0, sure / variances[0]) + std::min(1.0, sure / variances[1]));
}

struct Agreement {
  double landmarks = 0;  // that the newest state and another one see, by their weight
  double rms = 0;        // of the newest state's whitened residuals, per axis
};

Agreement NewestAgreement(Window& window, const Rig& rig, double huber_threshold) {
  const WindowFactors factors(window, rig, huber_threshold);
  const int newest = static_cast<int>(window.states.size()) - 1;
  const double* newest_pose = window.states.back().value.pose.data();
  Agreement agreement;
  double sum = 0;
  int residuals = 0;
  for (const auto& landmark : factors.landmarks()) {
    if (landmark.host == newest) continue;
    double weight = 0;
    for (size_t i = 0; i < landmark.observations.size(); ++i) {
      const auto& observation = landmark.observations[i];
      if (observation.target != newest) continue;
      const auto& seen = landmark.landmark->observations[i];
      weight = std::max(weight, WeightOf(seen.feature.covariance));
      const double* blocks[] = {window.states[static_cast<size_t>(landmark.host)].value.pose.data(),
                                newest_pose, landmark.landmark->value.data()};
      Eigen::Vector2d residual;
      observation.cost->Evaluate(blocks, residual.data(), nullptr);
      sum += residual.squaredNorm();
      residuals += 2;
    }
    agreement.landmarks += weight;
  }
  if (residuals > 0) agreement.rms = std::sqrt(sum / residuals);
  return agreement;
}

// RMS of the whitened residual of the inertial samples between the last two states; 0: none.
double NewestInertialRms(const Window& window) {
  const size_t count = window.states.size();
  if (count < 2 || window.states.back().from_previous == nullptr) return 0;
  const StateBlocks& from = window.states[count - 2].value;
  const StateBlocks& to = window.states[count - 1].value;
  const double* blocks[] = {from.pose.data(), from.motion.data(), to.pose.data(), to.motion.data()};
  Eigen::Matrix<double, kStateTangentSize, 1> residual;
  ImuCost(window.states.back().from_previous).Evaluate(blocks, residual.data(), nullptr);
  return std::sqrt(residual.squaredNorm() / kStateTangentSize);
}

int StereoLandmarks(const Window& window) {
  int count = 0;
  for (const auto& [track, landmark] : window.landmarks) {
    const int host_camera = landmark.host_camera;
    count += std::any_of(landmark.observations.begin(), landmark.observations.end(),
                         [host_camera](const LandmarkObservation& seen) {
                           return seen.feature.camera != host_camera;
                         });
  }
  return count;
}

}  // namespace

int StereoTracks(const FrameObservations& frame) {
  int count = 0;
  for (size_t i = 1; i < frame.features.size(); ++i) {
    const bool again = frame.features[i].track == frame.features[i - 1].track;
    const bool counted = again && i > 1 && frame.features[i].track == frame.features[i - 2].track;
    count += again && !counted;
  }
  return count;
}

HealthMonitor::HealthMonitor(const Rig& rig, const EstimatorOptions& options)
    : rig_(rig), options_(options) {}

FrameHealth HealthMonitor::Judge(Window& window, const FrameObservations& frame,
                                 const ImuBuffer& imu, const StartBelief& start, bool solved) {
  FrameHealth health;
  health.time = frame.time;
  const Agreement agreement = NewestAgreement(window, rig_, options_.huber_threshold);
  health.features = CountTracks(frame);
  health.inliers = static_cast<int>(std::floor(agreement.landmarks + 1e-6));
  health.reprojection_rms = agreement.rms;
  health.inertial_rms = NewestInertialRms(window);
  const bool first = window.states.size() == 1 && !window.prior;
  const bool seen = (first ? health.features : health.inliers) >= options_.dead_reckoned_inliers;

  solved = UpdateSigmas(window, health) && solved;
  // What was known before a time without images has to be earned again.
  if (!seen || !solved) initialised_ = false;
  if (!first && seen && solved && SigmasAreSmall(health) && ScaleIsKnown(window, health)) {
    initialised_ = true;
    if (!first_initialised_) first_initialised_ = frame.time;
  }
  const SensorTime previous =
      window.states.size() > 1 ? window.states[window.states.size() - 2].time : frame.time;
  const bool imu_gap = imu.LongestGap(previous, frame.time) > kImuGap;
  const double bias = BiasInSigmas(window.states.back(), start);
  const bool imu_clipped = imu.AnyClipped(previous, frame.time);
  SetStatus({seen, solved, imu_gap, imu_clipped, bias}, health);
  // An impossible bias soon after the start is a wrong unit, which another start would not mend.
  const bool diverged = bias > options_.lost_bias_sigmas && first_initialised_ &&
                        frame.time - *first_initialised_ > kTrustedAfter;
  tie_lost_ = health.status == TrackingStatus::kLost && (!solved || !seen || diverged);
  return health;
}

bool HealthMonitor::UpdateSigmas(Window& window, FrameHealth& health) {
  const auto uncertainty = UncertaintyOfNewest(window, rig_, options_.huber_threshold);
  if (!uncertainty) return false;
  const auto sigma = uncertainty->covariance.diagonal().cwiseMax(0).cwiseSqrt().eval();
  health.scale_sigma = uncertainty->scale_sigma;
  health.position_drift_sigma_m = sigma.segment<3>(0).maxCoeff();
  health.tilt_sigma_rad = sigma.segment<2>(3).maxCoeff();
  health.velocity_sigma_m_s = sigma.segment<3>(6).maxCoeff();
  return true;
}

bool HealthMonitor::SigmasAreSmall(const FrameHealth& health) const {
  return health.tilt_sigma_rad < options_.initialised_tilt_sigma_rad &&
         health.velocity_sigma_m_s < options_.initialised_speed_sigma_m_s;
}

bool HealthMonitor::ScaleIsKnown(const Window& window, const FrameHealth& health) const {
  return StereoLandmarks(window) >= kScaleLandmarks ||
         health.scale_sigma < options_.initialised_scale_sigma;
}

double HealthMonitor::BiasInSigmas(const WindowState& newest, const StartBelief& start) const {
  const NavigationState state = FromBlocks(newest.time, newest.value);
  return std::max((state.gyro_bias - start.gyro_bias).norm() / options_.start_gyro_bias_sigma,
                  (state.accelerometer_bias - start.accelerometer_bias).norm() /
                      options_.start_accelerometer_bias_sigma);
}

void HealthMonitor::SetStatus(const Signs& signs, FrameHealth& health) const {
  if (!signs.solved) {
    health.status = TrackingStatus::kLost;
    health.reason = "the window has no solution";
  } else if (!signs.seen && health.position_drift_sigma_m > options_.lost_drift_sigma_m) {
    health.status = TrackingStatus::kLost;
    health.reason = "too long without images that agree";
  } else if (!signs.seen) {
    health.status = TrackingStatus::kDeadReckoned;
    health.reason = "no images that agree: inertial only";
  } else if (signs.bias_in_sigmas > options_.lost_bias_sigmas) {
    health.status = TrackingStatus::kLost;
    health.reason = "impossible inertial bias: check units, axes and extrinsics";
  } else if (!initialised_) {
    health.status = TrackingStatus::kInitialising;
    health.reason = SigmasAreSmall(health) ? "the scale is still uncertain"
                                           : "gravity and velocity are still uncertain";
  } else if (signs.bias_in_sigmas > options_.degraded_bias_sigmas) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "improbable inertial bias: check units, axes and extrinsics";
  } else if (health.inertial_rms > options_.degraded_inertial_rms) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "images and inertial samples contradict each other";
  } else if (health.position_drift_sigma_m > options_.lost_drift_sigma_m) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "position against what came before is uncertain";
  } else if (signs.imu_gap) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "gap in the inertial samples";
  } else if (signs.imu_clipped) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "motion beyond the range of an inertial sensor";
  } else if (health.inliers < options_.tracking_inliers) {
    health.status = TrackingStatus::kDegraded;
    health.reason = "few features agree";
  } else {
    health.status = TrackingStatus::kTracking;
  }
}

}  // namespace nightjar
