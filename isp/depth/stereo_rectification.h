// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/image.h"
#include "core/pinhole_view.h"
#include "core/result.h"
#include "isp/depth/disparity_map.h"
#include "isp/view_map.h"

namespace nightjar {

struct StereoRectificationOptions {
  /// m, 0.01 .. 1000: nothing nearer is looked for. Arm's length is 0.6 m.
  double nearest_m = 0.4;
  /// Levels of disparity at most, 16 .. 256; where `nearest_m` needs more, the nearest is further
  /// away.
  int most_disparities = 256;
  /// degrees, 10 .. 80: what lies further off the rectified axis to a side, or above or below, is
  /// left out; the corners of the view reach further, to 76 degrees for 70. A pinhole view of a
  /// wide lens grows with the tangent, and so does the error of what is far out in it.
  double widest_deg = 70;
  /// 0.01 .. 10: a depth whose sigma is more than this share of it is not known. A disparity's
  /// error is even on both sides of it, a depth's is not: at a share r the errors over their sigmas
  /// have a mean of -r and a root mean square of sqrt(1 + 3 r^2).
  double most_relative_sigma = 0.2;

  Status Validate() const;
};

/// Two views of a rig's cameras whose rows are epipolar lines: what the first sees at (x, y), the
/// second sees at (x - focal baseline / z, y). Both are pinhole views with the same intrinsics;
/// their x axis points from the first camera to the second wherever that lies (beside, above, or on
/// the other side: then the views stand on their heads), their z axis is between the cameras' axes.
/// Fusiello, Trucco, Verri, "A compact algorithm for rectification of stereo pairs", 2000; any
/// camera model. Immutable; safe to use from several threads.
class StereoRectification {
 public:
  /// The view is as fine as the first camera on its axis and holds what its undistorted picture
  /// (UndistortedView) shows and the second camera can see too. kUsage for options out of range,
  /// kUnusableInput where the cameras have no baseline or nothing in common.
  static Result<StereoRectification> Create(const RigCamera& first, const RigCamera& second,
                                            const StereoRectificationOptions& options);

  const PinholeView& view() const { return first_.view(); }
  double baseline_m() const { return baseline_m_; }
  /// From the views' frame to the cameras'.
  const Eigen::Matrix3d& R_first_view() const { return R_first_view_; }
  const Eigen::Matrix3d& R_second_view() const { return R_second_view_; }
  const ViewMap& first() const { return first_; }
  const ViewMap& second() const { return second_; }
  /// Levels of disparity, from 0, that reach `nearest_m`: a multiple of 16.
  int disparities() const { return disparities_; }

  /// Depth along the view's z axis. Unknown where the disparity is, where one of the cameras does
  /// not see it, and where it is too uncertain. Sigma: z^2 / (focal baseline) sigma_d, with what
  /// the calibration's own sigmas add where the rig has them. `time` and `camera` are the map's.
  DepthMap Depth(const DisparityMap& disparity, SensorTime time, int camera) const;

 private:
  /// What the calibration adds to every depth: 1 sigma of disparities, and of depths as a share.
  struct CalibrationSigma {
    double disparity_px = 0;
    double relative = 0;
  };
  StereoRectification(ViewMap first, ViewMap second) : first_(first), second_(second) {}
  static CalibrationSigma SigmaOf(const RigCamera& first, const RigCamera& second,
                                  const Eigen::Matrix3d& R_first_view,
                                  const Eigen::Matrix3d& R_second_view, double focal,
                                  double baseline_m);

  ViewMap first_, second_;
  Eigen::Matrix3d R_first_view_, R_second_view_;
  double baseline_m_ = 0;
  int disparities_ = 0;
  double most_relative_sigma_ = 0;
  CalibrationSigma calibration_;
};

}  // namespace nightjar
