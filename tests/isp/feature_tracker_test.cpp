// SPDX-License-Identifier: Apache-2.0
#include "isp/feature_tracker.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <map>

#include "core/so3.h"
#include "tests/isp/plane_scene.h"

namespace nightjar {
namespace {

constexpr int kFrames = 8;

/// A motion with rotation in all axes and translation: up to 14 px from frame to frame.
Se3 PoseAt(int frame) {
  Se3 T;
  T.translation = Eigen::Vector3d(0.02, -0.01, 0.015) * frame;
  T.rotation = so3::Exp(Eigen::Vector3d(0.015, -0.035, 0.02) * frame);
  return T;
}

struct Recording {
  Rig rig = StereoRig();
  PlaneScene scene{21};
  std::vector<std::array<TrackingPyramid, 2>> frames;
};

const Recording& TheRecording() {
  static const Recording recording = [] {
    Recording r;
    for (int i = 0; i < kFrames; ++i) {
      r.frames.push_back({r.scene.Look(r.rig.cameras[0], PoseAt(i), 150, 2 * i + 1),
                          r.scene.Look(r.rig.cameras[1], PoseAt(i), 150, 2 * i + 2)});
    }
    return r;
  }();
  return recording;
}

Eigen::Quaterniond Turn(int frame) {
  return frame == 0
             ? Eigen::Quaterniond::Identity()
             : Eigen::Quaterniond(PoseAt(frame - 1).rotation.conjugate() * PoseAt(frame).rotation);
}

SensorTime Time(int frame) { return FromNanoseconds(1'000'000'000 + 50'000'000 * int64_t{frame}); }

FrameObservations TrackFrame(FeatureTracker& tracker, int frame, bool left = true,
                             bool right = true) {
  const auto& pair = TheRecording().frames[frame];
  const TrackingPyramid* pyramids[2] = {left ? &pair[0] : nullptr, right ? &pair[1] : nullptr};
  return tracker.Track(Time(frame), pyramids, Turn(frame));
}

TEST(FeatureTracker, FollowsPointsOfTheScene) {
  const Recording& recording = TheRecording();
  FeatureTracker tracker(recording.rig);
  std::map<uint64_t, Eigen::Vector3d> points;  // by the first observation
  std::map<uint64_t, int> lengths;
  double worst_kept = 0;
  int compared = 0, right = 0;
  double normalised = 0;
  for (int i = 0; i < kFrames; ++i) {
    const FrameObservations frame = TrackFrame(tracker, i);
    EXPECT_EQ(frame.time, Time(i));
    for (const FeatureObservation& f : frame.features) {
      const RigCamera& camera = recording.rig.cameras[f.camera];
      if (!points.contains(f.track)) {
        ASSERT_EQ(f.camera, 0);
        points[f.track] = *recording.scene.Hit(camera, PoseAt(i), f.pixel);
      }
      if (f.camera == 0) ++lengths[f.track];
      if (f.camera == 0 && lengths[f.track] == 1) continue;
      const auto expected = PlaneScene::Project(camera, PoseAt(i), points[f.track]);
      ASSERT_TRUE(expected.has_value());
      const Eigen::Vector2d error = f.pixel - *expected;
      worst_kept = std::max(worst_kept, error.norm());
      normalised += std::min(25.0, error.dot(f.covariance.inverse() * error));
      ++compared;
      if (f.camera == 1) ++right;
    }
  }
  EXPECT_GT(compared, 400);
  EXPECT_GT(right, compared / 3);
  EXPECT_LT(worst_kept, 2.0);
  // Two degrees of freedom each. Two-sided: neither too sure nor too shy.
  EXPECT_LT(normalised / compared, 2 * 1.6);
  EXPECT_GT(normalised / compared, 2 * 0.25);
  const auto survived = std::count_if(lengths.begin(), lengths.end(),
                                      [](const auto& l) { return l.second >= kFrames - 1; });
  EXPECT_GT(survived, 15);
}

TEST(FeatureTracker, NumbersGrowAndObservationsAreOrdered) {
  FeatureTracker tracker(TheRecording().rig);
  uint64_t highest = 0;
  std::map<uint64_t, int> last_seen;
  for (int i = 0; i < kFrames; ++i) {
    const FrameObservations frame = TrackFrame(tracker, i);
    std::pair<uint64_t, int> before(0, -1);
    uint64_t newest = highest;
    for (const FeatureObservation& f : frame.features) {
      const std::pair<uint64_t, int> key(f.track, f.camera);
      EXPECT_LT(before, key);
      before = key;
      newest = std::max(newest, f.track);
      if (f.camera != 0) continue;
      // A number that was gone never comes back.
      if (f.track <= highest) {
        EXPECT_EQ(last_seen[f.track], i - 1);
      }
      last_seen[f.track] = i;
    }
    highest = newest;
  }
}

TEST(FeatureTracker, SameInputSameBytes) {
  FeatureTracker a(TheRecording().rig), b(TheRecording().rig);
  for (int i = 0; i < kFrames; ++i) {
    const FrameObservations x = TrackFrame(a, i), y = TrackFrame(b, i);
    ASSERT_EQ(x.features.size(), y.features.size());
    for (size_t k = 0; k < x.features.size(); ++k) {
      EXPECT_EQ(x.features[k].track, y.features[k].track);
      EXPECT_EQ(x.features[k].pixel, y.features[k].pixel);
      EXPECT_EQ(x.features[k].covariance, y.features[k].covariance);
    }
  }
}

TEST(FeatureTracker, WorksWithOneCameraAndWithoutARightFrame) {
  Rig mono = TheRecording().rig;
  mono.cameras.pop_back();
  FeatureTracker one(mono), two(TheRecording().rig);
  for (int i = 0; i < 4; ++i) {
    const TrackingPyramid* left = &TheRecording().frames[i][0];
    const FrameObservations a = one.Track(Time(i), {&left, 1}, Turn(i));
    const FrameObservations b = TrackFrame(two, i, true, false);
    ASSERT_EQ(a.features.size(), b.features.size());
    EXPECT_GT(a.features.size(), 30U);
    for (const FeatureObservation& f : b.features) EXPECT_EQ(f.camera, 0);
  }
  EXPECT_GT(two.counts().offered, 2 * two.counts().lost);
  EXPECT_GT(TrackFrame(two, 4).features.size(), 1.4 * (two.counts().offered - two.counts().lost));
}

TEST(FeatureTracker, TracksWaitForAMissingReferenceFrame) {
  FeatureTracker tracker(TheRecording().rig);
  const FrameObservations first = TrackFrame(tracker, 0);
  EXPECT_TRUE(TrackFrame(tracker, 1, false, true).features.empty());
  EXPECT_TRUE(tracker.Track(Time(1), {}, Eigen::Quaterniond::Identity()).features.empty());
  const FrameObservations third = TrackFrame(tracker, 2);
  int continued = 0;
  for (const FeatureObservation& f : third.features)
    continued += f.camera == 0 && f.track <= first.features.back().track;
  // The rotation of the missing frame was not forgotten: 28 px lie between.
  EXPECT_GT(continued, 20);
}

TEST(FeatureTracker, TheGyroSignMatters) {
  FeatureTracker right(TheRecording().rig), wrong(TheRecording().rig);
  const TrackingPyramid* frames[2] = {&TheRecording().frames[0][0], &TheRecording().frames[5][0]};
  const Eigen::Quaterniond turn = PoseAt(0).rotation.conjugate() * PoseAt(5).rotation;
  right.Track(Time(0), {&frames[0], 1}, Eigen::Quaterniond::Identity());
  wrong.Track(Time(0), {&frames[0], 1}, Eigen::Quaterniond::Identity());
  right.Track(Time(5), {&frames[1], 1}, turn);
  wrong.Track(Time(5), {&frames[1], 1}, turn.conjugate());
  EXPECT_LT(right.counts().lost, 0.5 * right.counts().offered);
  EXPECT_GT(wrong.counts().lost, 0.9 * wrong.counts().offered);
}

TEST(FeatureTracker, DropsEverythingWhenTheSceneIsAnother) {
  FeatureTracker tracker(TheRecording().rig);
  const FrameObservations before = TrackFrame(tracker, 0);
  const TrackingPyramid other = PlaneScene(77).Look(TheRecording().rig.cameras[0], {});
  const TrackingPyramid* frame = &other;
  const FrameObservations after =
      tracker.Track(Time(1), {&frame, 1}, Eigen::Quaterniond::Identity());
  ASSERT_FALSE(after.features.empty());
  int kept = 0;
  for (const FeatureObservation& f : after.features)
    kept += f.track <= before.features.back().track;
  EXPECT_LE(kept, 3);
  // A frame of another size is another scene too.
  const TrackingPyramid small = BuildTrackingPyramid(Image<uint8_t>(64, 48)).value();
  frame = &small;
  EXPECT_NO_FATAL_FAILURE(tracker.Track(Time(2), {&frame, 1}, Eigen::Quaterniond::Identity()));
}

TEST(FeatureTracker, AfterALongTimeWithoutImagesAFewByChanceAreNotBelieved) {
  int kept = 0;
  int kept_soon = 0;
  for (uint64_t seed = 70; seed < 90; ++seed) {
    const TrackingPyramid other = PlaneScene(seed).Look(TheRecording().rig.cameras[0], {});
    const TrackingPyramid* frame = &other;
    for (const auto& [step, count] : {std::pair(1, &kept_soon), std::pair(10, &kept)}) {
      FeatureTracker tracker(TheRecording().rig);
      const uint64_t last = TrackFrame(tracker, 0).features.back().track;
      const auto after = tracker.Track(Time(step), {&frame, 1}, Eigen::Quaterniond::Identity());
      for (const FeatureObservation& f : after.features) *count += f.track <= last;
    }
  }
  EXPECT_GT(kept_soon, 0) << "or there is nothing to be seen here";
  EXPECT_EQ(kept, 0);
}

TEST(FeatureTracker, AfterALongTimeWithoutImagesWhatIsStillThereIsFollowed) {
  FeatureTracker tracker(TheRecording().rig);
  const FrameObservations before = TrackFrame(tracker, 0);
  const TrackingPyramid* frame = TheRecording().frames[0].data();
  const auto after = tracker.Track(Time(20), {&frame, 1}, Eigen::Quaterniond::Identity());
  const auto kept = std::count_if(after.features.begin(), after.features.end(), [&](const auto& f) {
    return f.track <= before.features.back().track;
  });
  EXPECT_GT(kept, 20);
}

TEST(FeatureTrackerOptions, AreValidated) {
  EXPECT_TRUE(FeatureTrackerOptions().Validate().has_value());
  FeatureTrackerOptions options;
  options.max_tracks = 0;
  EXPECT_EQ(options.Validate().error().kind, ErrorKind::kUsage);
  options = {};
  options.patch.max_iterations = 0;
  EXPECT_FALSE(options.Validate().has_value());
  options = {};
  options.stereo.return_gate_px = -1;
  EXPECT_FALSE(options.Validate().has_value());
}

// Each limit itself is fine; what lies beyond it is refused by name.
template <typename T>
void ExpectRange(const FeatureTrackerOptions& options, const char* name, T& field, double low,
                 double high, std::initializer_list<double> beyond) {
  const T before = field;
  for (const double good : {low, high}) {
    field = static_cast<T>(good);
    EXPECT_TRUE(options.Validate().has_value()) << name << " " << good;
  }
  for (const double bad : beyond) {
    field = static_cast<T>(bad);
    const Status status = options.Validate();
    ASSERT_FALSE(status.has_value()) << name << " " << bad;
    EXPECT_EQ(status.error().what.rfind(name, 0), 0U) << status.error().what;
  }
  field = before;
}

TEST(FeatureTrackerOptions, EveryFieldHasTwoFiniteEnds) {
  FeatureTrackerOptions o;
  const auto real = [&o](const char* name, auto& field, double low, double high) {
    const double above = std::nextafter(static_cast<float>(high), INFINITY);
    ExpectRange(o, name, field, low, high, {-1.5, above, 1e30, INFINITY, -INFINITY, NAN});
  };
  const auto whole = [&o](const char* name, int& field, int low, int high) {
    ExpectRange(o, name, field, low, high, {low - 1.0, high + 1.0, 2e9, -2e9});
  };
  constexpr double kAbove0 = 1e-30;
  whole("cell_px", o.corners.cell_px, 8, 1024);
  real("min_distance_px", o.corners.min_distance_px, 0, 1024);
  whole("border_px", o.corners.border_px, 7, 1024);
  real("min_score", o.corners.min_score, 0, 1e9);
  whole("max_iterations", o.patch.max_iterations, 1, 100);
  real("convergence_px", o.patch.convergence_px, kAbove0, 1);
  real("min_correlation", o.patch.min_correlation, -1, 1);
  real("min_contrast", o.patch.min_contrast, kAbove0, 16383);
  real("sigma_floor_px", o.patch.sigma_floor_px, 0, 100);
  real("max_sigma_px", o.patch.max_sigma_px, kAbove0, 100);
  real("min_distance_m", o.stereo.min_distance_m, 0.01, 1000);
  real("epipolar_gate_px", o.stereo.epipolar_gate_px, kAbove0, 100);
  real("return_gate_px", o.stereo.return_gate_px, kAbove0, 100);
  whole("search_level", o.stereo.search_level, 0, kPyramidLevels - 1);
  real("min_search_correlation", o.stereo.min_search_correlation, -1, 1);
  whole("max_tracks", o.max_tracks, 1, 10000);
  real("return_gate_px", o.return_gate_px, kAbove0, 100);
  real("registration_gate_px", o.registration_gate_px, kAbove0, 100);
  real("min_registration_correlation", o.min_registration_correlation, -1, 1.1);
  real("max_sigma_px", o.max_sigma_px, kAbove0, 100);
}

// A head that begins to turn, and stops: still, 1.5 and 3 rad/s, 1.5, still. Exposed for 20 ms, the
// image moves by up to 14 px in it.
class QuickTurn {
 public:
  static constexpr int kCount = 5;
  static constexpr double kExposure_s = 0.02, kPeriod_s = 0.05;

  static double Rate(int frame) {
    constexpr double kRates[kCount] = {0, 1.5, 3, 1.5, 0};
    return kRates[frame];
  }
  /// Of the body, `t_s` after the middle of a frame's exposure, as it turns while it exposes;
  /// between exposures it turns by the mean of both.
  static Se3 Pose(int frame, double t_s) {
    double yaw = Rate(frame) * t_s;
    for (int i = 1; i <= frame; ++i) yaw += 0.5 * (Rate(i - 1) + Rate(i)) * kPeriod_s;
    Se3 T;
    T.rotation = so3::Exp(Eigen::Vector3d(0, -yaw, 0));
    return T;
  }
  static std::vector<Se3> Exposure(int frame) {
    constexpr int kInstants = 10;
    std::vector<Se3> poses;
    for (int i = 0; i < (Rate(frame) == 0 ? 1 : kInstants); ++i)
      poses.push_back(
          Pose(frame, Rate(frame) == 0 ? 0 : ((i + 0.5) / kInstants - 0.5) * kExposure_s));
    return poses;
  }
};

/// RMS error, px, of all that was followed into a later frame, and how much that was.
std::pair<double, int> FollowTheTurn(bool blur_is_known) {
  Rig rig = StereoRig();
  rig.cameras.resize(1);
  const RigCamera& camera = rig.cameras[0];
  const PlaneScene scene(31, 2.0, 0.7);
  FeatureTracker tracker(rig);
  std::map<uint64_t, Eigen::Vector3d> points;
  double squares = 0;
  int count = 0;
  for (int i = 0; i < QuickTurn::kCount; ++i) {
    const TrackingPyramid pyramid =
        scene.LookWhileMoving(camera, QuickTurn::Exposure(i), 150, static_cast<uint64_t>(i) + 1);
    const TrackingPyramid* const pyramids[1] = {&pyramid};
    ExposureDelays exposures;
    exposures.angular_velocity_body = Eigen::Vector3d(0, -QuickTurn::Rate(i), 0);
    if (blur_is_known) exposures.exposure = FromSeconds(QuickTurn::kExposure_s);
    const Se3 now = QuickTurn::Pose(i, 0);
    const Se3 before = QuickTurn::Pose(std::max(0, i - 1), 0);
    const FrameObservations frame =
        tracker.Track(Time(i), pyramids,
                      Eigen::Quaterniond(before.rotation.conjugate() * now.rotation), exposures);
    for (const FeatureObservation& seen : frame.features) {
      // A point as a sharp frame shows it: what began in a blurred one is known no better.
      if (!points.contains(seen.track)) {
        if (i == 0) points[seen.track] = *scene.Hit(camera, now, seen.pixel);
        continue;
      }
      squares += (seen.pixel - *PlaneScene::Project(camera, now, points[seen.track])).squaredNorm();
      ++count;
    }
  }
  return {std::sqrt(squares / std::max(count, 1)), count};
}

TEST(FeatureTracker, AQuickTurnDoesNotPullFeaturesAfterIt) {
  const auto [error_px, count] = FollowTheTurn(true);
  const auto [error_unknown_px, count_unknown] = FollowTheTurn(false);
  std::printf("%.3f px of %d, blur not known %.3f px of %d\n", error_px, count, error_unknown_px,
              count_unknown);
  EXPECT_GT(count, 60);
  EXPECT_LT(error_px, 0.3);
  EXPECT_TRUE(error_unknown_px > 2 * error_px || count_unknown < count / 2);
}

// A walk sideways: the blur of 8 px is of the way and not of a turn, and known once a track has
// been seen twice. It is the same in all frames, so tracks go on to be registered where they began.
TEST(FeatureTracker, AWalksBlurLetsTracksBeRegistered) {
  Rig rig = StereoRig();
  rig.cameras.resize(1);
  const PlaneScene scene(31, 2.0, 0.7);
  constexpr double kSpeed = 1.0, kExposure_s = 0.03, kPeriod_s = 0.05;
  const auto pose = [](double t_s) {
    Se3 T;
    T.translation = {kSpeed * t_s, 0, 0};
    return T;
  };
  FeatureTracker tracker(rig);
  int offered = 0, registered = 0;
  for (int i = 0; i < 5; ++i) {
    std::vector<Se3> exposure;
    constexpr int kInstants = 10;
    for (int k = 0; k < kInstants; ++k)
      exposure.push_back(pose(i * kPeriod_s + ((k + 0.5) / kInstants - 0.5) * kExposure_s));
    const TrackingPyramid pyramid =
        scene.LookWhileMoving(rig.cameras[0], exposure, 150, static_cast<uint64_t>(i) + 1);
    const TrackingPyramid* const pyramids[1] = {&pyramid};
    ExposureDelays exposures;
    exposures.exposure = FromSeconds(kExposure_s);
    tracker.Track(Time(i), pyramids, Eigen::Quaterniond::Identity(), exposures);
    if (i < 2) continue;
    offered += tracker.counts().offered - tracker.counts().lost;
    registered += tracker.counts().registered;
  }
  std::printf("%d of %d registered\n", registered, offered);
  EXPECT_GT(offered, 50);
  EXPECT_GT(registered, 0.6 * offered);
}

}  // namespace
}  // namespace nightjar
