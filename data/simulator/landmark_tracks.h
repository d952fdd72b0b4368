// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/motion_spline.h"
#include "core/result.h"
#include "data/simulator/landmarks.h"
#include "data/simulator/surface_tree.h"

namespace nightjar {

/// How landmarks are seen and followed.
struct LandmarkTracksOptions {
  /// px, 0 .. 20: 1 sigma of each observation, per axis. Patch trackers reach 0.1 to 0.3 px in good
  /// light and 1 px in the dark.
  double pixel_noise_px = 0.5;
  /// 0 .. 0.9: the probability that an observation is an outlier, anywhere in the image.
  double outlier_share = 0;
  /// 1/m^2, 0.1 .. 1000: 6 give each camera of the stereo rig about 200 at a time.
  double landmarks_per_m2 = 6;
  double nearest_m = 0.2;  // 0.01 .. farthest_m: nearer, lenses do not focus
  double farthest_m = 30;  // up to 1000: beyond, a corner is smaller than a pixel
  /// 0 .. 0.9: of the angle between ray and surface normal; 0.2 is 78 degrees. Below, a patch is
  /// too foreshortened to be followed.
  double smallest_cosine = 0.2;
  /// px, 0 .. 100, of the image's edge: where half of a patch would be outside.
  double border_px = 8;
  /// 0 .. 0.9 per frame: the probability that a tracker loses a landmark that is still to be seen.
  /// 0.02 make tracks of 50 frames on average, where nothing else ends them.
  double loss_per_frame = 0.02;

  Status Validate() const;  // kUsage
};

/// One landmark in one image, with the truth about it.
struct LandmarkSighting {
  int landmark = 0;    // index into LandmarkTracks::landmarks()
  int camera = 0;      // index into Rig::cameras
  uint64_t track = 0;  // from 1 on; 0: not numbered yet (TrackNumbers)
  Eigen::Vector2d true_pixel = Eigen::Vector2d::Zero();  // px, distorted as the camera saw it
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();       // px, with noise, or an outlier
  bool outlier = false;
};

/// What the cameras of a moving rig see of the landmarks of a scene: every landmark on a surface
/// that faces the camera, that nothing hides, in range and in the image, through the camera's own
/// model.
///
/// With a rolling shutter a landmark is seen in the row, and so at the instant, at which the moving
/// image of it and the readout meet: y = project(T(t(y)))_y with
///     t(y) = mid_s + (y / (height - 1) - 1/2) * readout_s,
/// solved to 1e-10 px. Whether it is hidden is asked at that instant.
///
/// Immutable; safe to use from several threads. What is seen of a landmark in a frame is a function
/// of seed, landmark, frame and camera: neither the order of calls nor their number matters.
class LandmarkTracks {
 public:
  /// `scene` and `T_world_body` outlive it; `options` are valid.
  LandmarkTracks(const SimulatedScene& scene, const MotionSpline& T_world_body, const Rig& rig,
                 const LandmarkTracksOptions& options, uint64_t seed);

  /// What camera `camera` sees in its frame `number`, by landmark. `mid_s`: the middle of the
  /// middle row, on the motion's clock.
  std::vector<LandmarkSighting> See(int camera, int64_t number, double mid_s) const;

  /// Whether the landmark's track, had it come so far, is lost at frame `number`.
  bool IsLost(int landmark, int64_t number) const;

  /// Where the camera's model sees a landmark from T_world_camera at the instant of its row;
  /// nothing where it does not, or nowhere in the image. Nothing is asked about what hides it.
  std::optional<Eigen::Vector2d> Project(int camera, int landmark, double mid_s) const;

  const std::vector<SceneLandmark>& landmarks() const { return landmarks_; }
  /// A landmark's place at an instant.
  Eigen::Vector3d PositionWorld(int landmark, double t_s) const;
  const LandmarkTracksOptions& options() const { return options_; }

 private:
  struct Instant;
  Instant At(const RigCamera& camera, double t_s) const;
  double RowTime(const RigCamera& camera, double mid_s, double y) const;
  bool IsInReach(const Instant& instant, const SceneLandmark& landmark) const;
  std::optional<Eigen::Vector2d> ProjectAt(const Instant& instant, const RigCamera& camera,
                                           const SceneLandmark& landmark) const;
  /// Leaves the instant of the row in `row`.
  std::optional<Eigen::Vector2d> ProjectInRow(const Instant& middle, const RigCamera& camera,
                                              const SceneLandmark& landmark, double mid_s,
                                              Instant& row) const;
  std::optional<LandmarkSighting> SeeAtOnce(const Instant& instant, int camera, int landmark) const;
  std::optional<LandmarkSighting> SeeRolling(std::span<const Instant> rows, int camera,
                                             int landmark, double mid_s) const;
  void AddNoise(int64_t number, LandmarkSighting& sighting) const;

  const SimulatedScene& scene_;
  const MotionSpline& T_world_body_;
  Rig rig_;
  LandmarkTracksOptions options_;
  uint64_t seed_;
  SurfaceTree surfaces_;
  std::vector<SceneLandmark> landmarks_;
};

/// Gives sightings the numbers of tracks, as a tracker does that knows nothing of landmarks: a
/// track lives while some camera sees its landmark in every frame; one that is not seen for a
/// frame, or is lost, ends, and when it is seen again it is a new track. Frames come in their
/// order.
class TrackNumbers {
 public:
  explicit TrackNumbers(const LandmarkTracks& tracks) : tracks_(tracks) {}

  /// `sightings`: of all cameras in frame `number`, by landmark in each camera.
  void Number(int64_t number, std::span<LandmarkSighting> sightings);

 private:
  struct Life {
    uint64_t track = 0;        // 0: never seen
    int64_t last_number = -1;  // of the frame
  };
  const LandmarkTracks& tracks_;
  std::vector<Life> lives_;  // by landmark
  uint64_t next_ = 1;
};

/// As an estimator takes them: the sightings of all cameras in one frame, by (track, camera), each
/// with the covariance that its noise has. An outlier's is the same: it does not know of itself.
FrameObservations ObservationsOf(SensorTime time, std::span<const LandmarkSighting> sightings,
                                 double pixel_noise_px);

}  // namespace nightjar
