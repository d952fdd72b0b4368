// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/result.h"
#include "isp/stereo_matcher.h"

namespace nightjar {

/// How many corners of the first camera the second one sees where a calibration says it must.
struct StereoAgreement {
  int frames = 0;                  // pairs of images looked at
  int corners = 0;                 // looked for
  int given = 0;                   // found with the rig as it is
  int swapped = 0;                 // with each camera's calibration given to the other's images
  int inverted = 0;                // with the mounting of both cameras inverted
  double median_disparity_px = 0;  // of those found with the best of the three
  double Share(int found) const { return corners > 0 ? static_cast<double>(found) / corners : 0; }
};

/// Compares hypotheses about the first two cameras of a rig on pairs of their images.
class StereoInspection {
 public:
  static constexpr int kMostFrames = 24;
  /// `rig` has two cameras or more.
  explicit StereoInspection(const Rig& rig);
  /// Frames of the two that exposed together, both with an image.
  Status Add(const Frame& first, const Frame& second);
  StereoAgreement agreement() const;

 private:
  RigCamera first_, second_;
  PatchTracker tracker_;
  std::vector<StereoMatcher> matchers_;  // given, swapped, inverted
  StereoAgreement counts_;
  std::vector<double> disparities_[3];
};

}  // namespace nightjar
