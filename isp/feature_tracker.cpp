// SPDX-License-Identifier: Apache-2.0
#include "isp/feature_tracker.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "core/so3.h"
#include "isp/motion_blur.h"

namespace nightjar {
namespace {

// A track whose motion is not yet known is looked for only in cameras that exposed within this of
// the first one: where it is any later cannot be told, and a match there would be a wrong one.
constexpr Duration kSameTime = std::chrono::microseconds(500);
// After so long without an image ...
constexpr double kLongBlind_s = 0.2;
// ... no track is believed when fewer than this share are found again: a few of a hundred patches
// come back to where they began by chance, and agree with nothing.
constexpr double kCredibleShare = 0.3;
// 1 sigma of what the rates by which an observation is moved do not know of a head or a hand.
constexpr double kAcceleration = 5;         // m/s^2
constexpr double kAngularAcceleration = 5;  // rad/s^2
constexpr double kSpeed = 1.5;              // m/s, where no rate is known: a walk
// A rate that would leave more than this of kAcceleration, or is the mean over more than this time,
// is none of this moment.
constexpr double kMostLeft_m = 0.004;
constexpr double kLongestRate_s = 0.5;
// What kSpeed along the ray may do to a match while the rate of its distance is not known.
constexpr double kMostBias_px = 0.1;

// What an acceleration leaves of a movement over `delay_s` (negative: back) by the mean rate of the
// `rate_over_s` before: that is the rate of its middle.
double LeftByAcceleration(double delay_s, double rate_over_s) {
  return 0.5 * kAcceleration * std::abs(delay_s) * (rate_over_s + delay_s);
}

// By what part of its blur a feature may return farther from where it came (kBlurAllowance).
constexpr double kBlurReturn = 0.06;

bool RateHolds(Duration delay, Duration rate_over) {
  // A rate over less than the delay would multiply its noise.
  if (rate_over <= Duration(0) || rate_over < std::chrono::abs(delay)) return false;
  const double rate_over_s = ToSeconds(rate_over);
  return rate_over_s <= kLongestRate_s &&
         LeftByAcceleration(ToSeconds(std::chrono::abs(delay)), rate_over_s) <= kMostLeft_m;
}

bool SameSize(const TrackingPyramid& a, const TrackingPyramid& b) {
  return a.levels[0].intensity.width() == b.levels[0].intensity.width() &&
         a.levels[0].intensity.height() == b.levels[0].intensity.height();
}

bool IsVisible(const Eigen::Vector2d& blur) { return BlurTaps(blur.cast<float>()) > 1; }

double LargestSigma(const Eigen::Matrix2d& covariance) {
  const double half_trace = 0.5 * covariance.trace();
  const double spread = half_trace * half_trace - covariance.determinant();
  return std::sqrt(half_trace + std::sqrt(std::max(0.0, spread)));
}

}  // namespace

Status FeatureTrackerOptions::Validate() const {
  for (const Status& status : {patch.Validate(), corners.Validate(), stereo.Validate()}) {
    if (!status) return status;
  }
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (max_tracks < 1 || max_tracks > 10000) return fail("max_tracks must be 1 .. 10000");
  if (!(return_gate_px > 0 && return_gate_px <= 100)) {
    return fail("return_gate_px must be above 0 and at most 100");
  }
  if (!(registration_gate_px > 0 && registration_gate_px <= 100)) {
    return fail("registration_gate_px must be above 0 and at most 100");
  }
  if (!(min_registration_correlation >= -1 && min_registration_correlation <= 1.1)) {
    return fail("min_registration_correlation must be -1 .. 1.1");
  }
  if (!(max_sigma_px > 0 && max_sigma_px <= 100)) {
    return fail("max_sigma_px must be above 0 and at most 100");
  }
  return {};
}

FeatureTracker::FeatureTracker(const Rig& rig, const FeatureTrackerOptions& options)
    : options_(options), tracker_(options.patch) {
  NIGHTJAR_CHECK(!rig.cameras.empty(), "a feature tracker needs a camera");
  NIGHTJAR_CHECK(options.Validate().has_value(), "options are validated where they are read");
  reference_ = rig.cameras[0];
  for (size_t c = 1; c < rig.cameras.size(); ++c) {
    matchers_.emplace_back(reference_, rig.cameras[c], options.stereo, tracker_);
    matched_.push_back(rig.cameras[c].model);
  }
}

Eigen::Vector2d FeatureTracker::BlurAt(const Eigen::Vector2d& pixel, const ActiveTrack& track,
                                       const ExposureDelays& exposures) const {
  const auto bearing = reference_.model->Unproject(pixel);
  Matrix23d J_pixel_bearing;
  if (!bearing || !reference_.model->Project(*bearing, &J_pixel_bearing))
    return Eigen::Vector2d::Zero();
  const Eigen::Vector3d turn =
      reference_.T_body_camera.rotation.conjugate() * exposures.angular_velocity_body;
  Eigen::Vector3d rate = bearing->cross(turn);
  if (track.bearing_rate) rate += *track.bearing_rate;
  return ToSeconds(exposures.exposure) * J_pixel_bearing * rate;
}

PatchResult FeatureTracker::Follow(const TrackingPyramid& frame, const Eigen::Vector2d& predicted,
                                   const Eigen::Vector2d& blur, const ActiveTrack& track) const {
  const BlurToMatch match = MatchBlurs(track.blur, blur);
  tl::expected<FeaturePatch, PatchFailure> before = track.patch;
  if (IsVisible(match.of_first)) before = tracker_.Extract(*previous_, track.pixel, match.of_first);
  if (!before) return tl::unexpected(before.error());
  const PatchResult forth =
      tracker_.Track(*before, frame, predicted, kPyramidLevels - 1, match.of_second);
  if (!forth) return forth;
  const auto patch = tracker_.Extract(frame, forth->pixel, match.of_second);
  if (!patch) return tl::unexpected(patch.error());
  // Starts off the place where it should end, by what the prediction was wrong: a return is no
  // tautology.
  const PatchResult back = tracker_.Track(
      *patch, *previous_, track.pixel + (predicted - forth->pixel).cwiseMax(-2).cwiseMin(2), 1,
      match.of_first);
  const double gate =
      options_.return_gate_px + kBlurReturn * std::max(blur.norm(), track.blur.norm());
  if (!back || (back->pixel - track.pixel).norm() > gate)
    return tl::unexpected(PatchFailure::kDissimilar);
  return forth;
}

bool FeatureTracker::Register(const TrackingPyramid& frame, const PatchMatch& followed,
                              const Eigen::Vector2d& blur, ActiveTrack& track) {
  // A blurred frame cannot be made sharper, and where a sharper anchor came from is gone: it waits.
  const BlurToMatch match = MatchBlurs(track.anchor_blur, blur);
  const bool comparable = !IsVisible(match.of_first);
  PatchResult registered = tl::unexpected(PatchFailure::kDissimilar);
  if (comparable)
    registered = tracker_.Track(track.anchor, frame, followed.pixel, 0, match.of_second);
  const bool agrees = registered &&
                      registered->correlation >= options_.min_registration_correlation &&
                      (registered->pixel - followed.pixel).norm() <= options_.registration_gate_px;
  track.pixel = agrees ? registered->pixel : followed.pixel;
  auto patch = tracker_.Extract(frame, track.pixel);
  if (!patch) return false;
  track.patch = *std::move(patch);
  track.blur = blur;
  if (agrees) {
    ++counts_.registered;
    track.covariance = track.anchor_covariance + registered->covariance;
    return true;
  }
  track.covariance += followed.covariance;
  if (comparable) {
    track.anchor = track.patch;
    track.anchor_blur = blur;
    track.anchor_covariance = track.covariance;
  }
  return true;
}

bool FeatureTracker::Advance(const TrackingPyramid& frame,
                             const Eigen::Matrix3d& R_current_previous_camera,
                             const ExposureDelays& exposures, ActiveTrack& track) {
  Eigen::Vector2d predicted = track.pixel;
  if (const auto bearing = reference_.model->Unproject(track.pixel)) {
    const auto turned = reference_.model->Project(R_current_previous_camera * *bearing);
    if (!turned) return false;
    predicted = *turned;
  }
  const Eigen::Vector2d blur = BlurAt(predicted, track, exposures);
  const PatchResult followed = Follow(frame, predicted, blur, track);
  return followed && Register(frame, *followed, blur, track) &&
         LargestSigma(track.covariance) <= options_.max_sigma_px + kBlurAllowance * blur.norm();
}

void FeatureTracker::AdvanceAll(const TrackingPyramid& frame, SensorTime time,
                                const ExposureDelays& exposures) {
  const Eigen::Quaterniond& R_body_camera = reference_.T_body_camera.rotation;
  const Eigen::Matrix3d R_current_previous_camera =
      (R_body_camera.conjugate() * R_previous_current_body_.conjugate() * R_body_camera)
          .toRotationMatrix();
  counts_.offered = static_cast<int>(tracks_.size());
  std::vector<ActiveTrack> kept;
  kept.reserve(tracks_.size());
  const double squared_distance =
      0.25 * options_.corners.min_distance_px * options_.corners.min_distance_px;
  since_previous_ = time - previous_time_;
  const double elapsed_s = ToSeconds(since_previous_);
  for (ActiveTrack& track : tracks_) {
    const Eigen::Vector2d pixel_before = track.pixel;
    const auto before = reference_.model->Unproject(pixel_before);
    if (!Advance(frame, R_current_previous_camera, exposures, track)) continue;
    const auto now = reference_.model->Unproject(track.pixel);
    const bool was_known = track.bearing_rate.has_value();
    track.bearing_rate.reset();
    if (before && now && elapsed_s > 0)
      track.bearing_rate = (*now - R_current_previous_camera * *before) / elapsed_s;
    if (track.bearing_rate && !was_known) {
      // The blurs were those of the turn alone.
      track.blur = BlurAt(track.pixel, track, exposures);
      if (track.anchor.pixel == track.pixel)
        track.anchor_blur = track.blur;
      else if (track.anchor.pixel == pixel_before)
        track.anchor_blur = BlurAt(pixel_before, track, previous_exposures_);
    }
    // Two tracks that have run together are one point; the older one knows it longer.
    const bool doubled = std::any_of(kept.begin(), kept.end(), [&](const ActiveTrack& other) {
      return (other.pixel - track.pixel).squaredNorm() < squared_distance;
    });
    if (!doubled) kept.push_back(std::move(track));
  }
  if (elapsed_s > kLongBlind_s &&
      static_cast<double>(kept.size()) < kCredibleShare * counts_.offered) {
    kept.clear();
  }
  counts_.lost = counts_.offered - static_cast<int>(kept.size());
  tracks_ = std::move(kept);
}

void FeatureTracker::Detect(const TrackingPyramid& frame, const ExposureDelays& exposures) {
  std::vector<Eigen::Vector2d> taken;
  taken.reserve(tracks_.size());
  for (const ActiveTrack& track : tracks_) taken.push_back(track.pixel);
  const auto corners = DetectCorners(frame, taken, options_.corners);
  if (!corners) return;  // a pyramid without gradients: nothing to be found
  for (const Eigen::Vector2d& corner : *corners) {
    if (tracks_.size() >= static_cast<size_t>(options_.max_tracks)) return;
    auto patch = tracker_.Extract(frame, corner);
    if (!patch) continue;
    ActiveTrack track;
    track.id = next_id_++;
    track.pixel = corner;
    track.covariance.setIdentity();
    track.covariance *= options_.patch.sigma_floor_px * options_.patch.sigma_floor_px;
    track.patch = *std::move(patch);
    track.anchor = track.patch;
    track.blur = track.anchor_blur = BlurAt(corner, track, exposures);
    track.distance.resize(matchers_.size());
    tracks_.push_back(std::move(track));
    ++counts_.detected;
  }
}

bool FeatureTracker::BearingRateHolds(const ActiveTrack& track, Duration delay) const {
  return track.bearing_rate && RateHolds(delay, since_previous_);
}

std::optional<Eigen::Vector2d> FeatureTracker::SeenAfter(
    const ActiveTrack& track, Duration delay, const Eigen::Vector3d& angular_velocity_body) const {
  if (delay == Duration(0)) return track.pixel;
  const bool known = BearingRateHolds(track, delay);
  if (!known && std::chrono::abs(delay) > kSameTime) return std::nullopt;
  const auto bearing = reference_.model->Unproject(track.pixel);
  if (!bearing) return std::nullopt;
  const double delay_s = ToSeconds(delay);
  const Eigen::Vector3d turn =
      reference_.T_body_camera.rotation.conjugate() * angular_velocity_body * delay_s;
  Eigen::Vector3d moved = *bearing;
  if (known) moved += delay_s * *track.bearing_rate;
  return reference_.model->Project(so3::Exp(turn).conjugate() * moved);
}

StereoResult FeatureTracker::Match(const ActiveTrack& track, size_t matcher,
                                   const TrackingPyramid& frame, const TrackingPyramid& other,
                                   const Eigen::Vector2d& seen_at) {
  const StereoMatcher& camera = matchers_[matcher];
  StereoResult match = tl::unexpected(StereoFailure::kNotFound);
  if (const std::optional<Distance>& known = track.distance[matcher])
    match = camera.MatchNear(track.patch, seen_at, other, known->inverse);
  if (match) {
    ++counts_.stereo_near;
  } else {
    match = camera.Search(track.patch, seen_at, frame, other);
    if (match) ++counts_.stereo_searched;
  }
  return match;
}

std::optional<FeatureObservation> FeatureTracker::AtFrameTime(
    const ActiveTrack& track, size_t matcher, const StereoMatch& match,
    const Eigen::Vector2d& seen_at, const std::optional<Distance>& before, SensorTime time,
    Duration delay) const {
  FeatureObservation observation{track.id, static_cast<int>(matcher) + 1, match.pixel,
                                 track.covariance + match.covariance};
  if (delay == Duration(0)) return observation;
  const double then = match.inverse_distance;
  double now = then;
  bool known = false;
  if (before && RateHolds(delay, time + delay - before->time)) {
    // It is the distance that changes evenly; its inverse does at a rate that is the mean one times
    // now / before. Bounded: the inverse of a far point is little but noise.
    const double rate = (then - before->inverse) / ToSeconds(time + delay - before->time);
    const double growth = std::clamp(then / std::max(before->inverse, 1e-9), 0.8, 1.25);
    now = std::max(0.0, then - ToSeconds(delay) * rate * growth);
    known = true;
  }
  const auto pixel_then = matchers_[matcher].Transfer(seen_at, then);
  const auto pixel_now = matchers_[matcher].Transfer(track.pixel, now);
  if (!pixel_then || !pixel_now) return std::nullopt;
  observation.pixel += *pixel_now - *pixel_then;
  observation.covariance += CovarianceOfMoving(track, matcher, match, delay);
  if (known) return observation;
  const double walked = kSpeed * std::abs(ToSeconds(delay)) * then * then;
  const auto pixel_walked = matchers_[matcher].Transfer(track.pixel, then + walked);
  if (!pixel_walked) return std::nullopt;
  const Eigen::Vector2d shift = *pixel_walked - *pixel_now;
  if (std::chrono::abs(delay) > kSameTime && shift.norm() > kMostBias_px) return std::nullopt;
  observation.covariance += shift * shift.transpose();
  return observation;
}

Eigen::Matrix2d FeatureTracker::CovarianceOfMoving(const ActiveTrack& track, size_t matcher,
                                                   const StereoMatch& match, Duration delay) const {
  const double delay_s = ToSeconds(delay);
  const double rate_over_s = ToSeconds(since_previous_);
  const bool known = BearingRateHolds(track, delay);
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  if (known) {
    // Of two rates, the bearing's and the distance's, each from two measurements.
    covariance = 4 * delay_s * delay_s / (rate_over_s * rate_over_s) * match.covariance;
  }
  const double moved_m =
      known ? LeftByAcceleration(delay_s, rate_over_s) : kSpeed * std::abs(delay_s);
  const double sigma_rad =
      std::hypot(moved_m * match.inverse_distance, 0.5 * kAngularAcceleration * delay_s * delay_s);
  const auto bearing = matched_[matcher]->Unproject(match.pixel);
  Matrix23d J_pixel_bearing;
  if (bearing && matched_[matcher]->Project(*bearing, &J_pixel_bearing))
    covariance += sigma_rad * sigma_rad * J_pixel_bearing * J_pixel_bearing.transpose();
  return covariance;
}

void FeatureTracker::Observe(const TrackingPyramid& frame,
                             std::span<const TrackingPyramid* const> pyramids,
                             const ExposureDelays& delays, FrameObservations& observations) {
  for (ActiveTrack& track : tracks_) {
    observations.features.push_back({track.id, 0, track.pixel, track.covariance});
    for (size_t m = 0; m < matchers_.size(); ++m) {
      const size_t camera = m + 1;
      if (camera >= pyramids.size() || pyramids[camera] == nullptr) continue;
      const Duration delay =
          camera < delays.by_camera.size() ? delays.by_camera[camera] : Duration(0);
      const auto seen_at = SeenAfter(track, delay, delays.angular_velocity_body);
      StereoResult match = tl::unexpected(StereoFailure::kNotFound);
      if (seen_at) match = Match(track, m, frame, *pyramids[camera], *seen_at);
      const auto before = std::exchange(track.distance[m], std::nullopt);
      if (!match) continue;
      track.distance[m] = Distance{match->inverse_distance, observations.time + delay};
      const auto observed =
          AtFrameTime(track, m, *match, *seen_at, before, observations.time, delay);
      if (observed) observations.features.push_back(*observed);
    }
  }
}

void FeatureTracker::Forget() {
  tracks_.clear();
  previous_.reset();
  R_previous_current_body_.setIdentity();
}

FrameObservations FeatureTracker::Track(SensorTime time,
                                        std::span<const TrackingPyramid* const> pyramids,
                                        const Eigen::Quaterniond& R_previous_current_body,
                                        const ExposureDelays& delays) {
  FrameObservations observations;
  observations.time = time;
  counts_ = {};
  R_previous_current_body_ = (R_previous_current_body_ * R_previous_current_body).normalized();
  if (pyramids.empty() || pyramids[0] == nullptr) return observations;
  const TrackingPyramid& frame = *pyramids[0];

  if (previous_ && SameSize(*previous_, frame)) {
    AdvanceAll(frame, time, delays);
  } else {
    tracks_.clear();
  }
  if (tracks_.size() < static_cast<size_t>(options_.max_tracks)) Detect(frame, delays);
  Observe(frame, pyramids, delays, observations);
  previous_ = frame;
  previous_time_ = time;
  previous_exposures_ = delays;
  R_previous_current_body_.setIdentity();
  return observations;
}

}  // namespace nightjar
