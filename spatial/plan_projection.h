// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "spatial/session.h"

namespace nightjar {

/// How a plan view's metres become its pixels: one scale for both axes, y turned over.
struct PlanProjection {
  double pixels_per_metre = 1;
  Eigen::Vector2d centre_world = Eigen::Vector2d::Zero();  // m
  Eigen::Vector2d centre_px = Eigen::Vector2d::Zero();
  Eigen::Vector2d half_size_px = Eigen::Vector2d::Zero();  // of the picture

  Eigen::Vector2d ToPixel(const Eigen::Vector3d& point_world) const {
    const Eigen::Vector2d offset = pixels_per_metre * (point_world.head<2>() - centre_world);
    return {centre_px.x() + offset.x(), centre_px.y() - offset.y()};
  }
  /// Whether a pixel lies in the picture, `margin_px` inside its edge.
  bool Contains(const Eigen::Vector2d& pixel, double margin_px) const {
    const Eigen::Array2d distance = (pixel - centre_px).array().abs();
    return (distance <= half_size_px.array() - margin_px).all();
  }
};

/// Fits the path, and of the landmarks the inner nine tenths as far as the path does not get small:
/// it keeps a third of the picture in one direction. `size_px`: width and height.
PlanProjection FitPlan(const Trajectory& path, const std::vector<Landmark>& landmarks,
                       const Eigen::Vector2d& size_px);

/// 1, 2 or 5 times a power of ten: the largest that is not above `limit` (> 0).
double RoundDown125(double limit);

/// The 1 sigma ellipse of a 2 x 2 covariance.
struct Ellipse {
  double major = 0;  // half axes, in the covariance's unit
  double minor = 0;
  double direction_rad = 0;  // of the major axis, counter-clockwise from x
};

Ellipse SigmaEllipse(const Eigen::Matrix2d& covariance);

}  // namespace nightjar
