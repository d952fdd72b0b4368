// SPDX-License-Identifier: Apache-2.0
// Rectification of a real stereo rig: do its matches lie on common rows?
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "data/sensor_log.h"
#include "isp/corner_detector.h"
#include "isp/depth/stereo_rectification.h"
#include "isp/stereo_matcher.h"
#include "isp/tracking_pyramid.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

/// The row of the rectified view that a camera's pixel is in.
double RowOf(const RigCamera& camera, const Eigen::Matrix3d& R_camera_view, const PinholeView& view,
             const Eigen::Vector2d& pixel) {
  const Eigen::Vector3d along = R_camera_view.transpose() * camera.model->Unproject(pixel).value();
  return view.focal * along.y() / along.z() + view.cy;
}

TEST(StereoRectificationOnARecording, MatchesLieOnCommonRows) {
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s");
  SensorLogOptions options;
  options.end_s = 3;
  const auto log = OpenSensorLog(folder, options).value();
  const Rig rig = log->rig();
  const auto pair = StereoRectification::Create(rig.cameras[0], rig.cameras[1], {}).value();
  // Found within 5 px of the epipolar curve: what is measured is not bounded by the search.
  StereoMatcherOptions matching;
  matching.epipolar_gate_px = 5;
  const PatchTracker tracker;
  const StereoMatcher matcher(rig.cameras[0], rig.cameras[1], matching, tracker);
  std::vector<double> errors;
  TrackingPyramid left;
  int pairs = 0;
  while (const auto record = log->Next().value()) {
    const auto* frame = std::get_if<Frame>(&*record);
    if (frame == nullptr) continue;
    if (frame->camera == 0) {
      left = BuildTrackingPyramid(frame->image).value();
      continue;
    }
    if (pairs++ % 10 != 0) continue;
    const TrackingPyramid right = BuildTrackingPyramid(frame->image).value();
    const auto corners = DetectCorners(left, {}).value();
    for (const Eigen::Vector2d& corner : corners) {
      const auto patch = tracker.Extract(left, corner);
      if (!patch) continue;
      const auto match = matcher.Search(*patch, left, right);
      if (!match) continue;
      errors.push_back(RowOf(rig.cameras[1], pair.R_second_view(), pair.view(), match->pixel) -
                       RowOf(rig.cameras[0], pair.R_first_view(), pair.view(), corner));
    }
  }
  ASSERT_GT(errors.size(), 500U);
  std::vector<double> sizes;
  for (const double error : errors) sizes.push_back(std::abs(error));
  std::sort(errors.begin(), errors.end());
  std::sort(sizes.begin(), sizes.end());
  const double middle = errors[errors.size() / 2], size = sizes[sizes.size() / 2];
  RecordProperty("median_row_error_px", std::to_string(middle));
  RecordProperty("median_absolute_row_error_px", std::to_string(size));
  EXPECT_LT(std::abs(middle), 0.3);
  EXPECT_LT(size, 0.3);
  EXPECT_GT(size, 0.02);  // real matches scatter: something was measured
}

}  // namespace
}  // namespace nightjar
