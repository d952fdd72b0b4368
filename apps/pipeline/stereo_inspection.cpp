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

StereoInspection::StereoInspection(const Rig& rig)
    : first_(rig.cameras[0]), second_(rig.cameras[1]), tracker_(PatchTrackerOptions{}) {
  const StereoMatcherOptions options;
  matchers_.emplace_back(first_, second_, options, tracker_);
  matchers_.emplace_back(second_, first_, options, tracker_);
  matchers_.emplace_back(WithInvertedMounting(first_), WithInvertedMounting(second_), options,
                         tracker_);
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
    int* const found[] = {&counts_.given, &counts_.swapped, &counts_.inverted};
    for (size_t k = 0; k < matchers_.size(); ++k) {
      const StereoResult match = matchers_[k].Search(*patch, *frame, *other);
      if (!match) continue;
      ++*found[k];
      disparities_[k].push_back((match->pixel - corner).norm());
    }
  }
  return {};
}

StereoAgreement StereoInspection::agreement() const {
  StereoAgreement result = counts_;
  const auto& best =
      *std::max_element(std::begin(disparities_), std::end(disparities_),
                        [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (best.empty()) return result;
  std::vector<double> sorted = best;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  result.median_disparity_px = *middle;
  return result;
}

}  // namespace nightjar
