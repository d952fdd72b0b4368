// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stereo_inspection.h"

#include <algorithm>

#include "apps/pipeline/level_options.h"
#include "isp/corner_detector.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {
namespace {

RigCamera WithInvertedMounting(RigCamera camera) {
  camera.T_body_camera = camera.T_body_camera.Inverse();
  return camera;
}

}  // namespace

StereoHypothesis StereoAgreement::Best() const {
  return static_cast<StereoHypothesis>(std::max_element(found.begin(), found.end()) -
                                       found.begin());
}

StereoInspection::StereoInspection(const Rig& rig)
    : first_(rig.cameras[0]), second_(rig.cameras[1]), tracker_(PatchTrackerOptions{}) {
  const StereoMatcherOptions options;
  const RigCamera first_inverted = WithInvertedMounting(first_);
  const RigCamera second_inverted = WithInvertedMounting(second_);
  matchers_.emplace_back(first_, second_, options, tracker_);
  matchers_.emplace_back(second_, first_, options, tracker_);
  matchers_.emplace_back(first_inverted, second_inverted, options, tracker_);
  matchers_.emplace_back(first_inverted, second_, options, tracker_);
  matchers_.emplace_back(first_, second_inverted, options, tracker_);
}

Status StereoInspection::Add(const Frame& first, const Frame& second) {
  const auto frame = BuildTrackingPyramid(first.image, SensorLevels(first_));
  if (!frame) return tl::unexpected(frame.error());
  const auto other = BuildTrackingPyramid(second.image, SensorLevels(second_));
  if (!other) return tl::unexpected(other.error());
  CornerOptions options;
  options.cell_px = std::max(40, first_.width / 16);
  const auto corners = DetectCorners(*frame, {}, options);
  if (!corners) return tl::unexpected(corners.error());
  ++counts_.frames;
  for (const Eigen::Vector2d& corner : *corners) {
    const auto patch = tracker_.Extract(*frame, corner);
    if (!patch) continue;
    ++counts_.corners;
    for (size_t k = 0; k < matchers_.size(); ++k) {
      const StereoResult match = matchers_[k].Search(*patch, *frame, *other);
      if (!match) continue;
      ++counts_.found[k];
      disparities_[k].push_back((match->pixel - corner).norm());
    }
  }
  return {};
}

StereoAgreement StereoInspection::agreement() const {
  StereoAgreement result = counts_;
  std::vector<double> sorted = disparities_[static_cast<size_t>(result.Best())];
  if (sorted.empty()) return result;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  result.median_disparity_px = *middle;
  return result;
}

}  // namespace nightjar
