// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/motion_spline.h"
#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

/// A smooth motion through measured poses, and how far it passes them by.
struct FittedMotion {
  MotionSpline T_world_body;
  double rms_mm = 0, largest_mm = 0;
  double rms_deg = 0, largest_deg = 0;
};

/// Fits a MotionSpline to poses, times rising; `zero` is the sensor time of its 0. Least squares:
/// positions linearly, rotations iterated on the manifold (a step of the control rotations turns
/// the motion by the mean of them with the spline's weights), both with the third differences of
/// the control poses held to what a body can do (1000 m/s^3, 3000 rad/s^3, against 0.2 mm and 0.2
/// mrad of the poses, or what they scatter by when that is more), which also carries over gaps.
///
/// The interval of the control poses is four pose intervals, within 20 .. 50 ms: twice as many
/// equations as unknowns at the least, where poses come at 40 Hz or more, and no noise of single
/// poses in the second derivative.
///
/// kUnusableInput: fewer than 10 poses, times that do not rise, a gap of more than 0.5 s, a pose
/// that the motion passes by more than 20 mm or 2 degrees (a leap, a wrong stamp).
Result<FittedMotion> FitMotion(const std::vector<StampedPose>& poses, SensorTime zero);

}  // namespace nightjar
