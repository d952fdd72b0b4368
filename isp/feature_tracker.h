// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/pyramid.h"
#include "core/time.h"
#include "isp/corner_detector.h"
#include "isp/patch_tracker.h"
#include "isp/stereo_matcher.h"

namespace nightjar {

struct FeatureTrackerOptions {
  PatchTrackerOptions patch;
  CornerOptions corners;
  StereoMatcherOptions stereo;
  /// Tracks at any time, 1 .. 10000: what the estimator can use in its time.
  int max_tracks = 150;
  /// px, above 0 .. 100: a patch tracked forth and back must return within this.
  double return_gate_px = 0.5;
  /// px, above 0 .. 100: how far the registration with the track's first frame may lie from the one
  /// with the previous frame; beyond that it has found something else.
  double registration_gate_px = 2.0;
  /// Normalised correlation that the registration with the first frame must have, -1 .. 1.1; below,
  /// the track goes on from the frame before and its covariance grows. Above 1: never registered.
  /// Registration lowers the drift after a second and lets tracks live longer in noise.
  double min_registration_correlation = 0.9;
  /// px, above 0 .. 100: a track whose accumulated sigma along any axis is larger ends.
  double max_sigma_px = 1.5;

  Status Validate() const;
};

/// Cameras of one trigger expose for different times, so that their mid-exposures differ.
struct ExposureDelays {
  /// By camera, how much later than the reference camera's its mid-exposure was (negative:
  /// earlier). Shorter or empty: not at all.
  std::vector<Duration> by_camera = {};
  /// Of the body at the reference camera's mid-exposure, rad/s; bias may be in it.
  Eigen::Vector3d angular_velocity_body = Eigen::Vector3d::Zero();
  /// For how long the reference camera exposed; 0: not known.
  Duration exposure{0};
};

/// What the last call did: for health records and for tuning.
struct FeatureTrackerCounts {
  int offered = 0;          // tracks before the frame
  int lost = 0;             // of them, not found again
  int registered = 0;       // found in their first frame's appearance
  int detected = 0;         // new
  int stereo_near = 0;      // matched from their known distance
  int stereo_searched = 0;  // matched by search
};

/// Follows corners of the reference camera (index 0) from frame to frame and into the other
/// cameras.
///
/// Each track is predicted by the gyro's rotation, tracked from the previous frame (forth and
/// back), then registered with its appearance where it began, so that errors do not add up from
/// frame to frame; where that appearance no longer fits, the track goes on from the frame before
/// with a covariance that grows. Every track is matched into each other camera. New corners fill
/// empty cells of the grid.
///
/// Where the exposure is known, what a feature moves by during it is known, too, and the sharper of
/// two frames is blurred as the other is before they are compared: otherwise the fast turn of a
/// head pulls features after it, by pixels.
///
/// All observations are of the frame's one time. A camera that exposed earlier or later, by a delay
/// d, sees the feature where it was then, from as far away as it was then; the observation is moved
/// to the frame's time by three rates. The body's turn is the gyro's. What the bearing moved beside
/// that is its mean rate since the frame before, T ago. What the inverse distance changed, which no
/// bearing shows, is its rate since the match before. Without that last one a walk at a wall would
/// bias every disparity the same way.
///
/// What this leaves of an acceleration a of the body, a d (T + d) / 2 over the distance, and of an
/// angular acceleration alpha, alpha d^2 / 2, is in the covariance for 5 m/s^2 and 5 rad/s^2; so is
/// the noise of the rates, but not that what is left is common to all features of the frame. A rate
/// counts as known where 5 m/s^2 leave at most 4 mm: over 0.15 s for a delay of 10 ms, over 0.4 s
/// for 4 ms, never over more than 0.5 s. A track whose bearing's rate is not known is not matched
/// into a camera that is more than half a millisecond off. One whose distance's rate is not known,
/// in its second frame, is observed only where a walk along the ray (1.5 m/s) would move it by less
/// than 0.1 px, which its covariance then contains; otherwise from its third frame on.
///
/// An observation's covariance is that of its position relative to the point that the track's first
/// frame defined. Observations of a second camera share the error of the first one's of the same
/// frame; the covariance given contains it.
///
/// Deterministic; owns no thread. Numbers of tracks start at 1 and are never used again.
class FeatureTracker {
 public:
  /// `rig` has at least one camera; `options` are valid.
  FeatureTracker(const Rig& rig, const FeatureTrackerOptions& options = {});

  /// Frames of all cameras that exposed together, in the rig's order; nullptr or a shorter span:
  /// the camera has no frame now. Without a frame of the reference camera nothing is observed and
  /// tracks wait for the next one.
  ///
  /// `R_previous_current_body` rotates vectors of the body at this call into the body at the call
  /// before (gyro bias may still be in it; identity when unknown).
  ///
  /// Shares the pixels of the reference camera's pyramid until the next call that has one: they
  /// must not be overwritten.
  FrameObservations Track(SensorTime time, std::span<const TrackingPyramid* const> pyramids,
                          const Eigen::Quaterniond& R_previous_current_body,
                          const ExposureDelays& delays = {});

  /// Ends all tracks and forgets the frame before: after a gap that nothing is predicted over.
  void Forget();

  const FeatureTrackerCounts& counts() const { return counts_; }

 private:
  /// From the reference camera to a feature, when another camera saw it.
  struct Distance {
    double inverse = 0;  // 1/m
    SensorTime time;     // mid-exposure of the other camera
  };
  struct ActiveTrack {
    uint64_t id = 0;
    Eigen::Vector2d pixel = Eigen::Vector2d::Zero();        // in the previous frame
    Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();   // relative to the first frame
    FeaturePatch patch;                                     // of the previous frame, at `pixel`
    Eigen::Vector2d blur = Eigen::Vector2d::Zero();         // motion in the exposure of that frame
    FeaturePatch anchor;                                    // appearance that it is registered with
    Eigen::Vector2d anchor_blur = Eigen::Vector2d::Zero();  // where that was taken from
    Eigen::Matrix2d anchor_covariance =
        Eigen::Matrix2d::Zero();                    // of anchor.pixel, relative to the first frame
    std::vector<std::optional<Distance>> distance;  // by camera, of the last match
    /// How its bearing moves besides the camera's turning, 1/s, in the current camera; the mean
    /// since the frame before.
    std::optional<Eigen::Vector3d> bearing_rate;
  };

  /// Moves `track` into `frame`; false when it is lost.
  bool Advance(const TrackingPyramid& frame, const Eigen::Matrix3d& R_current_previous_camera,
               const ExposureDelays& exposures, ActiveTrack& track);
  /// Where the track is in `frame`, from the frame before and back.
  PatchResult Follow(const TrackingPyramid& frame, const Eigen::Vector2d& predicted,
                     const Eigen::Vector2d& blur, const ActiveTrack& track) const;
  /// Takes the place found in the frame before's appearance, or a better one in the first's.
  bool Register(const TrackingPyramid& frame, const PatchMatch& followed,
                const Eigen::Vector2d& blur, ActiveTrack& track);
  /// How far a feature at `pixel` moves in the image during the exposure, px.
  Eigen::Vector2d BlurAt(const Eigen::Vector2d& pixel, const ActiveTrack& track,
                         const ExposureDelays& exposures) const;
  void AdvanceAll(const TrackingPyramid& frame, SensorTime time, const ExposureDelays& exposures);
  void Detect(const TrackingPyramid& frame, const ExposureDelays& exposures);
  void Observe(const TrackingPyramid& frame, std::span<const TrackingPyramid* const> pyramids,
               const ExposureDelays& delays, FrameObservations& observations);
  bool BearingRateHolds(const ActiveTrack& track, Duration delay) const;
  /// Where the reference camera would see the track `delay` later; nothing when that is not known.
  std::optional<Eigen::Vector2d> SeenAfter(const ActiveTrack& track, Duration delay,
                                           const Eigen::Vector3d& angular_velocity_body) const;
  /// Matches a track into the camera of a matcher, at the time at which that one exposed.
  StereoResult Match(const ActiveTrack& track, size_t matcher, const TrackingPyramid& frame,
                     const TrackingPyramid& other, const Eigen::Vector2d& seen_at);
  /// What `match`, of a camera that exposed `delay` later, would have been at the frame's own time;
  /// nothing when that is not known. `before`: the track's match before in that camera.
  std::optional<FeatureObservation> AtFrameTime(const ActiveTrack& track, size_t matcher,
                                                const StereoMatch& match,
                                                const Eigen::Vector2d& seen_at,
                                                const std::optional<Distance>& before,
                                                SensorTime time, Duration delay) const;
  /// px^2, of what the other camera's observation has beyond the match's own covariance.
  Eigen::Matrix2d CovarianceOfMoving(const ActiveTrack& track, size_t matcher,
                                     const StereoMatch& match, Duration delay) const;

  RigCamera reference_;
  FeatureTrackerOptions options_;
  PatchTracker tracker_;
  std::vector<StereoMatcher> matchers_;                      // camera 1 is the first
  std::vector<std::shared_ptr<const CameraModel>> matched_;  // the cameras that they match into
  std::vector<ActiveTrack> tracks_;                          // by id
  std::optional<TrackingPyramid> previous_;
  SensorTime previous_time_;
  ExposureDelays previous_exposures_;
  Duration since_previous_{0};  // of the bearings' rates
  Eigen::Quaterniond R_previous_current_body_ =
      Eigen::Quaterniond::Identity();  // since `previous_`
  uint64_t next_id_ = 1;
  FeatureTrackerCounts counts_;
};

}  // namespace nightjar
