// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_tracker.h"

#include <Eigen/Geometry>
#include <utility>
#include <vector>

namespace nightjar {
namespace {

FeatureTrackerOptions TrackerOptions(const EventTrackerOptions& options) {
  FeatureTrackerOptions tracker;
  tracker.patch.min_correlation = options.min_correlation;
  tracker.corners.cell_px = options.cell_px;
  tracker.corners.min_distance_px = options.min_distance_px;
  tracker.max_tracks = options.max_tracks;
  tracker.return_gate_px = options.return_gate_px;
  tracker.max_sigma_px = options.max_sigma_px;
  tracker.min_registration_correlation = options.min_registration_correlation;
  return tracker;
}

Rig RigOf(const RigCamera& view) {
  Rig rig;
  rig.cameras = {view};
  return rig;
}

}  // namespace

Status EventTrackerOptions::Validate() const {
  if (!(lag_s >= 0 && lag_s <= 0.2)) return Fail(ErrorKind::kUsage, "lag_s must be 0 .. 0.2");
  if (!(lag_sigma_s >= 0 && lag_sigma_s <= 0.2))
    return Fail(ErrorKind::kUsage, "lag_sigma_s must be 0 .. 0.2");
  if (!(covariance_scale >= 1 && covariance_scale <= 1000))
    return Fail(ErrorKind::kUsage, "covariance_scale must be 1 .. 1000");
  for (const Status& status :
       {image.Validate(), TrackerOptions(*this).corners.Validate(),
        TrackerOptions(*this).patch.Validate(), TrackerOptions(*this).Validate()}) {
    if (!status) return status;
  }
  return {};
}

Result<EventTracker> EventTracker::Create(const RigEventCamera& camera,
                                          const EventTrackerOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  auto imager = EventImager::Create(camera, options.image);
  if (!imager) return tl::unexpected(imager.error());
  return EventTracker(*std::move(imager), options);
}

EventTracker::EventTracker(EventImager imager, const EventTrackerOptions& options)
    : imager_(std::make_unique<EventImager>(std::move(imager))),
      options_(options),
      tracker_(RigOf(imager_->view()), TrackerOptions(options)) {}

void EventTracker::Add(const ImuSample& sample) { imager_->Add(sample); }
void EventTracker::Add(EventPacket packet) { imager_->Add(std::move(packet)); }

void EventTracker::Skip(SensorTime time) {
  imager_->ForgetBefore(time);
  tracker_.Forget();
  before_.clear();
  before_time_.reset();
  R_before_current_body_.setIdentity();
}

// How a far point at `pixel` moves when the camera turns, px/s.
Eigen::Vector2d EventTracker::TurnFlow(const Eigen::Vector2d& pixel,
                                       const Eigen::Vector3d& turn_camera) const {
  const auto bearing = view().model->Unproject(pixel);
  Matrix23d J_pixel_bearing;
  if (!bearing || !view().model->Project(*bearing, &J_pixel_bearing))
    return Eigen::Vector2d::Zero();
  return J_pixel_bearing * bearing->cross(turn_camera);
}

Result<FrameObservations> EventTracker::Track(SensorTime time,
                                              const Eigen::Quaterniond& R_previous_current_body,
                                              const Eigen::Vector3d& angular_velocity_body) {
  FrameObservations result;
  result.time = time;
  R_before_current_body_ = (R_before_current_body_ * R_previous_current_body).normalized();
  auto image = imager_->At(time, options_.lag_s);
  if (!image) return tl::unexpected(image.error());
  if (!*image) {
    tracker_.Track(time, {}, R_previous_current_body);
    return result;
  }
  const TrackingPyramid* pyramid = &(*image)->pyramid;
  const FrameObservations seen =
      tracker_.Track(time, std::span(&pyramid, 1), R_previous_current_body);

  const CameraModel& model = *view().model;
  const Eigen::Quaterniond& R_body_camera = view().T_body_camera.rotation;
  const Eigen::Vector3d turn = R_body_camera.conjugate() * angular_velocity_body;
  const Eigen::Matrix3d R_current_before =
      (R_body_camera.conjugate() * R_before_current_body_.conjugate() * R_body_camera)
          .toRotationMatrix();
  const double since_s = before_time_ ? ToSeconds(time - *before_time_) : 0;
  const double age_s = (*image)->mean_age_s;
  std::map<uint64_t, Seen> now;
  std::vector<Eigen::Vector2d> moved_by_lag;
  for (const FeatureObservation& feature : seen.features) {
    now[feature.track] = {feature.pixel, feature.covariance};
    const auto before = before_.find(feature.track);
    if (before == before_.end() || since_s <= 0) continue;
    const auto bearing_before = model.Unproject(before->second.pixel);
    const auto bearing = model.Unproject(feature.pixel);
    if (!bearing_before || !bearing) continue;
    const Eigen::Vector3d turned = R_current_before * *bearing_before;
    Matrix23d J_pixel_bearing;
    if (!model.Project(*bearing, &J_pixel_bearing)) continue;
    const Eigen::Vector2d flow = TurnFlow(feature.pixel, turn);
    const Eigen::Vector2d drift = J_pixel_bearing * (*bearing - turned) / since_s;
    FeatureObservation observation = feature;
    observation.pixel += age_s * drift;
    const double share = age_s / since_s;
    observation.covariance =
        options_.covariance_scale * ((1 + share) * (1 + share) * feature.covariance +
                                     share * share * before->second.covariance);
    result.features.push_back(observation);
    moved_by_lag.push_back(options_.lag_sigma_s * (flow + drift));
  }
  // All features of an image share one lag: together they know no more of it than one does.
  const auto sharers = static_cast<double>(result.features.size());
  for (size_t i = 0; i < result.features.size(); ++i)
    result.features[i].covariance += sharers * moved_by_lag[i] * moved_by_lag[i].transpose();
  before_ = std::move(now);
  before_time_ = time;
  R_before_current_body_.setIdentity();
  return result;
}

}  // namespace nightjar
