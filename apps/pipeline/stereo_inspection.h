// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/result.h"
#include "isp/stereo_matcher.h"

namespace nightjar {

/// What may be wrong between the first two cameras of a rig.
enum class StereoHypothesis {
  kGiven,           // nothing
  kSwapped,         // each camera's calibration belongs to the other's images
  kInverted,        // T_BS of both is inverted
  kFirstInverted,   // that of the first one only
  kSecondInverted,  // that of the second one only
};
inline constexpr size_t kStereoHypotheses = 5;

/// How many corners of the first camera the second one sees where a hypothesis says it must.
struct StereoAgreement {
  int frames = 0;                                 // pairs of images looked at
  int corners = 0;                                // looked for
  std::array<int, kStereoHypotheses> found = {};  // by StereoHypothesis
  double median_disparity_px = 0;                 // of those found with the best hypothesis

  int Found(StereoHypothesis hypothesis) const { return found[static_cast<size_t>(hypothesis)]; }
  double Share(StereoHypothesis hypothesis) const {
    return corners > 0 ? static_cast<double>(Found(hypothesis)) / corners : 0;
  }
  /// The one with which most are found; of several, the first.
  StereoHypothesis Best() const;
};

/// Compares hypotheses about the first two cameras of a rig on pairs of their images.
class StereoInspection {
 public:
  static constexpr int kMostFrames = 24;
  /// `rig` has two cameras or more.
  explicit StereoInspection(const Rig& rig);
  /// Frames of the two whose times (mid-exposures) are the same, both with an image.
  Status Add(const Frame& first, const Frame& second);
  StereoAgreement agreement() const;

 private:
  RigCamera first_, second_;
  PatchTracker tracker_;
  std::vector<StereoMatcher> matchers_;  // by StereoHypothesis
  StereoAgreement counts_;
  std::array<std::vector<double>, kStereoHypotheses> disparities_;
};

}  // namespace nightjar
