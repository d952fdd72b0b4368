// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_tracks.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "calibration/make_camera_model.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr int kReference = 0;
// So far away that a pixel's own error is small beside that of its disparity: 460 px * 5 m / z^2 *
// 6 mm are 3.4 px at 2 m.
constexpr double kBaseline_m = 5;
constexpr double kRowSigma_px = 1e3;  // of what is not measured
// cos of the angle to the axis: a depth along the axis says little of the distance far off it.
constexpr double kSmallestCosine = 0.3;

}  // namespace

DepthTracks::DepthTracks(const RigCamera& reference, const RigCamera& sensor,
                         const DepthNoise& noise, int sensor_number, int number)
    : reference_(reference),
      sensed_(sensor, noise, reference, kReference,
              UndistortedView(*reference.model, reference.width, reference.height)),
      sensor_number_(sensor_number),
      number_(number) {
  const PinholeView view = UndistortedView(*reference.model, reference.width, reference.height);
  focal_ = view.focal;
  cx_ = view.cx;
  cy_ = view.cy;
  view_.name = sensor.name;
  view_.width = reference.width;
  view_.height = reference.height;
  view_.rate_hz = sensor.rate_hz;
  view_.model = MakeCameraModel("none", {focal_, focal_, cx_, cy_}).value();
  view_.T_body_camera =
      reference.T_body_camera * Se3{Eigen::Quaterniond::Identity(), {kBaseline_m, 0, 0}};
}

std::optional<FeatureObservation> DepthTracks::Seen(const DepthFrame& depth,
                                                    const FeatureObservation& feature) const {
  const auto bearing = reference_.model->Unproject(feature.pixel);
  if (!bearing || bearing->z() < kSmallestCosine) return std::nullopt;
  const auto along = sensed_.LookAlong(depth, *bearing);
  if (!along) return std::nullopt;
  const double disparity = focal_ * kBaseline_m / along->depth_m;
  const double disparity_sigma = disparity * along->sigma_m / along->depth_m;
  FeatureObservation seen;
  seen.track = feature.track;
  seen.camera = number_;
  seen.pixel = {focal_ * bearing->x() / bearing->z() + cx_ - disparity,
                focal_ * bearing->y() / bearing->z() + cy_};
  // The column of the pixel itself is in it, too.
  const double column = disparity_sigma * disparity_sigma + feature.covariance(0, 0);
  seen.covariance << column, 0, 0, kRowSigma_px * kRowSigma_px;
  return seen;
}

void DepthTracks::Observe(const DepthFrame& depth, FrameObservations& frame) {
  std::vector<FeatureObservation> seen;
  for (const FeatureObservation& feature : frame.features) {
    if (feature.camera != kReference) continue;
    if (auto also = Seen(depth, feature)) seen.push_back(*also);
  }
  observations_ += static_cast<int64_t>(seen.size());
  frame.features.insert(frame.features.end(), seen.begin(), seen.end());
  std::sort(frame.features.begin(), frame.features.end(),
            [](const FeatureObservation& a, const FeatureObservation& b) {
              return std::tie(a.track, a.camera) < std::tie(b.track, b.camera);
            });
}

}  // namespace nightjar
