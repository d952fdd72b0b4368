// SPDX-License-Identifier: Apache-2.0
#include "fusion/stillness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "fusion/scenario.h"

namespace nightjar {
namespace {

// How many of a scenario's frames after the first second are called still.
struct Verdict {
  int still = 0;
  int frames = 0;
  Eigen::Vector3d mean_angular_velocity = Eigen::Vector3d::Zero();
};

Verdict Judge(const Scenario& scenario, const EstimatorOptions& options = {}) {
  StillnessDetector detector(options, scenario.rig.imu.noise);
  ImuBuffer imu;
  size_t next = 0;
  Verdict verdict;
  for (const FrameObservations& frame : scenario.frames) {
    while (next < scenario.imu.size() && scenario.imu[next].time <= frame.time) {
      imu.Add(scenario.imu[next++]);
    }
    const auto still = detector.Add(frame, imu);
    if (ToSeconds(frame.time - scenario.frames.front().time) < 1) continue;
    ++verdict.frames;
    verdict.still += still.has_value();
    if (still) verdict.mean_angular_velocity += *still;
  }
  if (verdict.still > 0) verdict.mean_angular_velocity /= verdict.still;
  return verdict;
}

Scenario Standing() { return MakeScenario({.seconds = 4, .motion = {.rest_until_s = 100}}); }

TEST(StillnessDetector, SeesStandingAndGivesTheGyrosBias) {
  const Scenario scenario = Standing();
  const Verdict verdict = Judge(scenario);
  EXPECT_GT(verdict.still, 0.95 * verdict.frames);
  EXPECT_LT((verdict.mean_angular_velocity - scenario.truth.back().gyro_bias).norm(), 0.003);
}

TEST(StillnessDetector, SeesMotion) { EXPECT_EQ(Judge(MakeScenario({.seconds = 6})).still, 0); }

TEST(StillnessDetector, CanBeSwitchedOff) {
  EstimatorOptions options;
  options.zero_velocity_updates = false;
  EXPECT_EQ(Judge(Standing(), options).still, 0);
}

// A lift, or an even glide: the IMU feels nothing, the tracks move.
TEST(StillnessDetector, AQuietImuAloneIsNotStanding) {
  Scenario scenario = MakeScenario({.seconds = 4});
  scenario.imu = Standing().imu;
  EXPECT_EQ(Judge(scenario).still, 0);
}

// A camera that shows one picture for ever while it is carried about.
TEST(StillnessDetector, StandingTracksAloneAreNotStanding) {
  Scenario scenario = MakeScenario({.seconds = 4});
  const Scenario standing = Standing();
  for (size_t k = 0; k < scenario.frames.size(); ++k) {
    scenario.frames[k].features = standing.frames[k].features;
  }
  EXPECT_LT(Judge(scenario).still, 0.05 * 60);
}

// On a turning stage that the camera turns along with: no gyro has such a bias.
TEST(StillnessDetector, AnEvenTurnIsNoBias) {
  Scenario scenario = Standing();
  for (ImuSample& sample : scenario.imu) sample.angular_velocity_body.z() += 0.5;
  EXPECT_EQ(Judge(scenario).still, 0);
}

// Tracks that began later are as good; only those of the onset cannot be compared any more.
TEST(StillnessDetector, OutlastsTheTracksOfItsOnset) {
  Scenario scenario = Standing();
  for (FrameObservations& frame : scenario.frames) {
    const uint64_t age =
        static_cast<uint64_t>(ToSeconds(frame.time - scenario.frames.front().time));
    for (FeatureObservation& seen : frame.features) {
      // Even tracks end after 2, 4, … s, odd ones after 1, 3, … s.
      seen.track += 1000 * ((age + seen.track % 2) / 2);
    }
    std::sort(frame.features.begin(), frame.features.end(), [](const auto& a, const auto& b) {
      return std::pair(a.track, a.camera) < std::pair(b.track, b.camera);
    });
  }
  const Verdict verdict = Judge(scenario);
  EXPECT_GT(verdict.still, 0.95 * verdict.frames);
}

TEST(StillnessDetector, NothingIsStandingInTheDark) {
  Scenario scenario = Standing();
  for (FrameObservations& frame : scenario.frames) frame.features.clear();
  EXPECT_EQ(Judge(scenario).still, 0);
}

// Slower than the noise of two frames half a second apart, but it adds up.
TEST(StillnessDetector, ACreepingViewIsNotCalledStandingForLong) {
  Scenario scenario = Standing();
  for (size_t k = 0; k < scenario.frames.size(); ++k) {
    for (FeatureObservation& seen : scenario.frames[k].features) {
      seen.pixel.x() += 0.1 * static_cast<double>(k);  // 2 px/s
    }
  }
  EXPECT_LT(Judge(scenario).still, 0.7 * Judge(Standing()).still);
}

}  // namespace
}  // namespace nightjar
