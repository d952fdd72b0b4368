// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pyramid.h"
#include "core/result.h"
#include "isp/motion_field.h"
#include "isp/motion_smoothing.h"

namespace nightjar {

/// Noise of an image before its pyramid, var(x) = share (scale x + offset), where x = 0 and 1 have
/// the intensities `black` and `white` in the reference's pyramid.
struct PyramidNoise {
  double scale = 0;
  double offset = 0;
  /// Of the reference and of the other image.
  double reference_share = 1;
  double other_share = 1;
  double black = 0;
  double white = kPyramidWhite;
};

struct FrameAlignmentOptions {
  MotionPrior prior;
  /// 1 .. 10: steps on each coarser level, and on the finest.
  int coarse_steps = 2;
  int fine_steps = 1;

  Status Validate() const;
};

/// Finds where the pixels of `reference` lie in `other`, an image of the same size of nearly the
/// same scene: to 0.01 px at 1000 electrons full scale, 0.04 px at 150, 0.2 px at 30, one frame
/// against one. Coarse to fine; on each level every tile of 16 x 16 pixels contributes what its
/// gradients tell beside its noise (Lucas and Kanade), and all are smoothed together. Tiles that do
/// not fit, because something else moves there, count less.
///
/// `expected` is the motion to begin with, such as the gyro's rotation makes (RotationField); what
/// is left to find then should be below 20 px. Without it the whole image is shifted over a quarter
/// of its size first.
///
/// Deterministic. Fails
/// with kUsage when sizes differ or options are out of range.
Result<MotionField> AlignFrames(const TrackingPyramid& reference, const TrackingPyramid& other,
                                const PyramidNoise& noise, const FrameAlignmentOptions& options,
                                const MotionField* expected = nullptr);

}  // namespace nightjar
