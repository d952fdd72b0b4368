// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "core/feature_track.h"
#include "isp/events/event_image.h"
#include "isp/feature_tracker.h"

namespace nightjar {

struct EventTrackerOptions {
  EventImageOptions image;
  /// 0 .. 0.2 s: how late events tell of the scene, beyond the camera's time_offset_s: 0 where that
  /// was calibrated from the events of moving edges in the same light. The photoreceptor of a pixel
  /// is a low-pass whose corner falls with the light on it (Lichtsteiner, Posch, Delbruck, JSSC 43,
  /// 2008).
  double lag_s = 3e-3;
  /// 0 .. 0.2 s, 1 sigma of it, from log to log and from pixel to pixel: an observation's
  /// covariance grows along the image's motion, by what that is in this time, and by as much for
  /// each feature of the image, since all share it.
  double lag_sigma_s = 2.5e-3;
  /// 1 .. 1000: the covariances of matches times this. How an edge looks to events depends on where
  /// it moves to, so that errors last as long as a motion does; the estimator takes those of two
  /// frames for independent. From simulated logs (docs/maths/event-frames.md).
  double covariance_scale = 10;
  int max_tracks = 80;           // FeatureTrackerOptions::max_tracks
  int cell_px = 26;              // CornerOptions::cell_px
  double min_distance_px = 12;   // CornerOptions::min_distance_px
  double return_gate_px = 0.7;   // FeatureTrackerOptions::return_gate_px
  double min_correlation = 0.8;  // PatchTrackerOptions::min_correlation
  double max_sigma_px = 1.5;     // FeatureTrackerOptions::max_sigma_px
  double min_registration_correlation = 0.9;

  Status Validate() const;
};

/// Follows corners of an event camera's images from one instant to the next, as FeatureTracker
/// follows those of frames.
class EventTracker {
 public:
  static Result<EventTracker> Create(const RigEventCamera& camera,
                                     const EventTrackerOptions& options = {});

  /// The pinhole camera without distortion that pixels are of.
  const RigCamera& view() const { return imager_->view(); }

  void Add(const ImuSample& sample);
  void Add(EventPacket packet);

  /// What is seen at `time`, made from what came up to it. Observations are of camera 0.
  /// `R_previous_current_body`, as FeatureTracker::Track.
  Result<FrameObservations> Track(SensorTime time,
                                  const Eigen::Quaterniond& R_previous_current_body,
                                  const Eigen::Vector3d& angular_velocity_body);

  /// In place of Track() at an instant at which nobody asks: tracks end, and no image is made.
  void Skip(SensorTime time);

  const FeatureTrackerCounts& counts() const { return tracker_.counts(); }

 private:
  struct Seen {
    Eigen::Vector2d pixel;
    Eigen::Matrix2d covariance;
  };
  EventTracker(EventImager imager, const EventTrackerOptions& options);
  Eigen::Vector2d TurnFlow(const Eigen::Vector2d& pixel, const Eigen::Vector3d& turn_camera) const;

  std::unique_ptr<EventImager> imager_;
  EventTrackerOptions options_;
  FeatureTracker tracker_;
  std::map<uint64_t, Seen> before_;
  std::optional<SensorTime> before_time_;
  Eigen::Quaterniond R_before_current_body_ = Eigen::Quaterniond::Identity();
};

}  // namespace nightjar
