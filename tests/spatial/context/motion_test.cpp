// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/motion.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <numbers>

#include "core/so3.h"
#include "data/simulator/head_motion.h"
#include "data/trajectory_file.h"
#include "spatial/context/step_rate.h"
#include "spatial/session_tables.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

// A trajectory as an estimator gives it, of a motion that is known exactly.
template <typename MotionAt>
Trajectory Sampled(double seconds, double rate_hz, const MotionAt& at) {
  Trajectory path;
  const int frames = static_cast<int>(std::lround(seconds * rate_hz));
  for (int k = 0; k <= frames; ++k) {
    const double t = k / rate_hz;
    const Motion motion = at(t);
    TrajectoryRow row;
    row.state.time = FromNanoseconds(1'000'000'000) + FromSeconds(t);
    row.state.T_world_body = motion.T_world_body;
    row.state.velocity_world = motion.velocity_world;
    row.angular_velocity_body = motion.angular_velocity_body;
    row.status = TrackingStatus::kTracking;
    path.push_back(row);
  }
  return path;
}

Trajectory Simulated(HeadMotion kind, double seconds, uint64_t seed, double rate_hz = 20) {
  const MotionSpline spline = MakeHeadMotion(kind, 0, seconds, seed);
  return Sampled(seconds, rate_hz, [&](double t) { return spline.At(t); });
}

double Share(const std::vector<MotionEstimate>& motion, MotionState state) {
  double count = 0;
  for (const MotionEstimate& estimate : motion) count += estimate.state == state;
  return count / static_cast<double>(motion.size());
}

TEST(EstimateMotion, TellsAWalkerAndItsSteps) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    for (const double rate_hz : {15.0, 20.0, 30.0}) {
      const auto motion = EstimateMotion(Simulated(HeadMotion::kWalk, 30, seed, rate_hz));
      EXPECT_GE(Share(motion, MotionState::kWalking), 0.95) << seed;
      for (const MotionEstimate& estimate : motion) {
        if (estimate.step_hz) {
          EXPECT_NEAR(*estimate.step_hz, 2.0, 0.1);
        }
      }
    }
  }
}

TEST(EstimateMotion, TellsRestFromShaking) {
  EXPECT_EQ(Share(EstimateMotion(Simulated(HeadMotion::kStand, 10, 1)), MotionState::kStationary),
            1.0);
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    EXPECT_GE(Share(EstimateMotion(Simulated(HeadMotion::kFast, 20, seed)), MotionState::kShaking),
              0.95)
        << seed;
    const auto look = EstimateMotion(Simulated(HeadMotion::kLook, 30, seed));
    EXPECT_EQ(Share(look, MotionState::kWalking), 0) << seed;
    EXPECT_LE(Share(look, MotionState::kShaking), 0.05) << seed;
    EXPECT_GE(Share(look, MotionState::kTurning) + Share(look, MotionState::kStationary), 0.95);
    const auto desk = EstimateMotion(Simulated(HeadMotion::kDesk, 30, seed));
    EXPECT_GE(Share(desk, MotionState::kTurning) + Share(desk, MotionState::kStationary), 0.95);
    EXPECT_EQ(Share(desk, MotionState::kWalking), 0) << seed;
  }
}

// By definition a head turns when it does so faster than 15 deg/s, and is still below: with the
// true rate of each frame as truth, the probabilities must be right as often as they say.
TEST(EstimateMotion, IsAsSureAsItIsRight) {
  std::map<int, std::pair<double, double>> bins;  // by tenth: sum of probability, of being right
  std::map<int, int> counts;
  double right = 0, all = 0;
  for (uint64_t seed = 11; seed <= 30; ++seed) {
    for (const HeadMotion kind : {HeadMotion::kLook, HeadMotion::kDesk}) {
      const Trajectory path = Simulated(kind, 30, seed);
      const auto motion = EstimateMotion(path);
      for (size_t k = 0; k < path.size(); ++k) {
        const bool turns = path[k].angular_velocity_body.norm() > 15 * kDegree;
        const MotionState truth = turns ? MotionState::kTurning : MotionState::kStationary;
        const int bin = static_cast<int>(motion[k].probability * 5);
        bins[bin].first += motion[k].probability;
        bins[bin].second += motion[k].state == truth;
        ++counts[bin];
        right += motion[k].state == truth;
        ++all;
      }
    }
  }
  EXPECT_GE(right / all, 0.85);
  for (const auto& [bin, sums] : bins) {
    if (counts[bin] < 300) continue;
    EXPECT_NEAR(sums.first / counts[bin], sums.second / counts[bin], 0.12)
        << "of " << counts[bin] << " with a probability from " << bin / 5.0;
  }
}

// Stands 5 s, walks 10 s straight on, turns left by 90 degrees on the spot in 1.5 s, stands again.
Motion Errand(double t) {
  Motion motion;
  const double walked = std::clamp(t - 5, 0.0, 10.0);
  const double turned = std::clamp((t - 15) / 1.5, 0.0, 1.0) * 90 * kDegree;
  const double phase = 2 * std::numbers::pi * 1.8 * t;
  motion.T_world_body.translation = {1.2 * walked, 0, 1.6};
  motion.T_world_body.rotation = so3::Exp({0, 0, turned});
  if (t > 5 && t < 15) {
    motion.velocity_world = {1.2, 0, 0.02 * 2 * std::numbers::pi * 1.8 * std::cos(phase)};
    motion.T_world_body.translation.z() += 0.02 * std::sin(phase);
  }
  if (t > 15 && t < 16.5) motion.angular_velocity_body = {0, 0, 60 * kDegree};
  return motion;
}

TEST(SegmentMotion, TellsAnErrand) {
  const Trajectory path = Sampled(22, 20, Errand);
  const auto segments = SegmentMotion(path, EstimateMotion(path));
  ASSERT_EQ(segments.size(), 4u);
  const auto begins = [&](size_t k) { return ToSeconds(segments[k].begin - path[0].state.time); };
  EXPECT_EQ(segments[0].state, MotionState::kStationary);
  EXPECT_EQ(segments[1].state, MotionState::kWalking);
  EXPECT_EQ(segments[2].state, MotionState::kTurning);
  EXPECT_EQ(segments[3].state, MotionState::kStationary);
  EXPECT_NEAR(begins(1), 5, 0.5);
  EXPECT_NEAR(begins(2), 15, 0.5);
  EXPECT_NEAR(begins(3), 16.5, 0.5);
  EXPECT_NEAR(segments[1].displacement_m, 12, 0.6);
  EXPECT_NEAR(*segments[1].step_hz, 1.8, 0.05);
  EXPECT_NEAR(segments[2].turn_rad, 90 * kDegree, 20 * kDegree) << "to the left is positive";
  EXPECT_EQ(segments[3].last, path.size() - 1);
}

// A trolley goes without steps: nobody walks, and it is not said that somebody does.
TEST(EstimateMotion, DoesNotTakeATrolleyForAWalker) {
  const auto motion = EstimateMotion(Sampled(10, 20, [](double t) {
    Motion rolling;
    rolling.T_world_body.translation = {0.8 * t, 0, 1};
    rolling.velocity_world = {0.8, 0, 0};
    return rolling;
  }));
  EXPECT_EQ(Share(motion, MotionState::kUnknown), 1);
}

TEST(EstimateMotion, KnowsNothingWhereTheBodyIsLost) {
  Trajectory path = Simulated(HeadMotion::kWalk, 12, 3);
  for (size_t k = 100; k < 140; ++k) path[k].status = TrackingStatus::kLost;
  const auto motion = EstimateMotion(path);
  for (size_t k = 0; k < path.size(); ++k) {
    if (k >= 100 && k < 140) {
      EXPECT_EQ(motion[k].state, MotionState::kUnknown);
      EXPECT_EQ(motion[k].probability, 0);
    } else {
      EXPECT_EQ(motion[k].state, MotionState::kWalking) << k;
    }
  }
}

// Windows do not reach over a gap or into another map, where positions leap.
TEST(EstimateMotion, StopsAtGapsAndMaps) {
  Trajectory path = Simulated(HeadMotion::kStand, 10, 3);
  for (size_t k = 100; k < path.size(); ++k) {
    path[k].map = 1;
    path[k].state.T_world_body.translation.x() += 50;
  }
  for (const MotionEstimate& estimate : EstimateMotion(path))
    EXPECT_EQ(estimate.state, MotionState::kStationary);
  EXPECT_EQ(SegmentMotion(path, EstimateMotion(path)).size(), 2u);
  for (size_t k = 100; k < path.size(); ++k) {
    path[k].map = 0;
    path[k].state.time += std::chrono::seconds(3);
  }
  for (const MotionEstimate& estimate : EstimateMotion(path))
    EXPECT_EQ(estimate.state, MotionState::kStationary);
}

// A frame without images that agree is carried by the IMU: the walk goes on. A lost body's does
// not.
TEST(EstimateMotion, OneFrameOnTheImuAloneEndsNothing) {
  Trajectory path = Simulated(HeadMotion::kWalk, 8, 1);
  const size_t middle = path.size() / 2;
  const size_t segments = SegmentMotion(path, EstimateMotion(path)).size();
  path[middle].status = TrackingStatus::kDeadReckoned;
  const auto carried = EstimateMotion(path);
  EXPECT_EQ(carried[middle].state, carried[middle - 1].state);
  EXPECT_EQ(SegmentMotion(path, carried).size(), segments);
  path[middle].status = TrackingStatus::kLost;
  EXPECT_EQ(EstimateMotion(path)[middle].state, MotionState::kUnknown);
  EXPECT_EQ(EstimateMotion(path)[middle].probability, 0);
}

TEST(EstimateMotion, TakesAnyNumberOfRows) {
  EXPECT_TRUE(EstimateMotion({}).empty());
  EXPECT_TRUE(SegmentMotion({}, {}).empty());
  for (const size_t rows : {1, 2, 3, 51, 52, 53}) {
    Trajectory path = Simulated(HeadMotion::kWalk, 4, 1);
    path.resize(rows);
    const auto motion = EstimateMotion(path);
    ASSERT_EQ(motion.size(), rows);
    EXPECT_EQ(SegmentMotion(path, motion).back().last, rows - 1);
    for (const MotionEstimate& estimate : motion) {
      EXPECT_GE(estimate.probability, 0.2);
      EXPECT_LE(estimate.probability, 1.0);
    }
  }
}

TEST(StepRateFinder, FindsASineAndItsShare) {
  const StepRateFinder finder;
  std::array<double, StepRateFinder::kSamples> signal;
  for (const double hz : {1.3, 1.71, 2.0, 2.93}) {
    for (size_t n = 0; n < signal.size(); ++n) {
      const double t = StepRateFinder::kPeriod_s * static_cast<double>(n);
      signal[n] = 0.7 + 0.2 * std::sin(2 * std::numbers::pi * hz * t + 1) +
                  0.2 * std::sin(2 * std::numbers::pi * 5.5 * t);
    }
    const auto rate = finder.Find(signal);
    ASSERT_TRUE(rate);
    EXPECT_NEAR(rate->hz, hz, 0.02);
    EXPECT_NEAR(rate->share, 0.5, 0.03) << "the other half is at 5.5 Hz";
  }
  signal.fill(1.5);
  EXPECT_FALSE(finder.Find(signal)) << "a lift";
}

// The walk of real glasses, as their own pipeline gives it, thinned to 20 Hz: it walks for 8 s,
// then the wearer bends down by 40 cm, and stays.
TEST(EstimateMotion, TellsThatRealGlassesWalk) {
  NIGHTJAR_RECORDING(file, "aria/mps_sample/closed_loop_trajectory.csv");
  MapNames names;
  const Trajectory all = ParseClosedLoopTrajectory(ReadText(file), file.string(), names);
  Trajectory path;
  for (size_t k = 0; k < all.size(); k += 50) path.push_back(all[k]);
  const auto segments = SegmentMotion(path, EstimateMotion(path));
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[0].state, MotionState::kWalking);
  EXPECT_GE(ToSeconds(segments[0].end - segments[0].begin), 7.5);
  EXPECT_NEAR(*segments[0].step_hz, 1.5, 0.2);
  EXPECT_EQ(segments[2].state, MotionState::kStationary);
}

// 20 Hz of measured poses, differentiated over one frame on either side.
Trajectory Differentiated(const std::vector<StampedPose>& poses, size_t step) {
  Trajectory path;
  for (size_t k = step; k + step < poses.size(); k += step) {
    const StampedPose &a = poses[k - step], &b = poses[k + step];
    const double seconds = ToSeconds(b.time - a.time);
    TrajectoryRow row;
    row.state.time = poses[k].time;
    row.state.T_world_body = poses[k].T_world_body;
    row.state.velocity_world = (b.T_world_body.translation - a.T_world_body.translation) / seconds;
    row.angular_velocity_body =
        so3::Log(a.T_world_body.rotation.conjugate() * b.T_world_body.rotation) / seconds;
    row.status = TrackingStatus::kTracking;
    path.push_back(row);
  }
  return path;
}

TEST(EstimateMotion, DoesNotTakeADroneInTheHandForAWalker) {
  NIGHTJAR_RECORDING(file, "euroc_mh01_12s/mav0/groundtruth/MH_01_easy_tum.txt");
  const auto poses = ReadTrajectoryFile(file);
  ASSERT_TRUE(poses);
  const auto motion = EstimateMotion(Differentiated(*poses, 10));
  EXPECT_LE(Share(motion, MotionState::kWalking), 0.05);
}

TEST(EstimateMotion, DoesNotTakeAFlightForAWalk) {
  NIGHTJAR_RECORDING(file, "euroc_v1_02_imu_gt/V1_02_medium_gt.csv");
  const auto poses = ReadTrajectoryFile(file);
  ASSERT_TRUE(poses);
  const auto motion = EstimateMotion(Differentiated(*poses, 10));
  EXPECT_LE(Share(motion, MotionState::kWalking), 0.1);
  for (size_t k = 0; k < 70; ++k)
    EXPECT_EQ(motion[k].state, MotionState::kStationary) << "on the ground";
}

}  // namespace
}  // namespace nightjar
