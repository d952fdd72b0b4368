// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/sized_cost_function.h>

#include <Eigen/Core>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "fusion/landmark_parameters.h"
#include "fusion/parameter_blocks.h"

namespace nightjar {

/// One observation of a landmark, whitened: residual = sqrt_information * (projected - observed),
/// in standard deviations. Where the camera model cannot see the point (behind it, say) the
/// residual is kUnprojectable in both rows with zero Jacobian: a step into that region is a bad
/// step, not an error. Derivation: docs/maths/reprojection.md.
struct ReprojectionMeasurement {
  const RigCamera* host =
      nullptr;  // camera in which the landmark's bearing is expressed; outlives the cost
  const RigCamera* target = nullptr;  // camera that made the observation; outlives the cost
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();
  Eigen::Matrix2d sqrt_information = Eigen::Matrix2d::Identity();  // 1/px

  ReprojectionMeasurement(const RigCamera& host_camera, const RigCamera& target_camera,
                          const FeatureObservation& observation);
};

inline constexpr double kUnprojectable = 1e3;

/// Seen from another pose than the host's. Parameters: host pose, target pose, landmark.
class ReprojectionCost final
    : public ceres::SizedCostFunction<2, kPoseSize, kPoseSize, kLandmarkSize> {
 public:
  explicit ReprojectionCost(const ReprojectionMeasurement& measurement)
      : measurement_(measurement) {}
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  ReprojectionMeasurement measurement_;
};

/// Seen from the host pose itself, by the host camera or another one of the rig. Parameter:
/// landmark.
class HostReprojectionCost final : public ceres::SizedCostFunction<2, kLandmarkSize> {
 public:
  explicit HostReprojectionCost(const ReprojectionMeasurement& measurement)
      : measurement_(measurement),
        T_target_host_(measurement.target->T_body_camera.Inverse() *
                       measurement.host->T_body_camera) {}
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  ReprojectionMeasurement measurement_;
  Se3 T_target_host_;
};

}  // namespace nightjar
