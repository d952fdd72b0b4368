// SPDX-License-Identifier: Apache-2.0
// Are the sigmas of health.jsonl true? Errors of the causal estimates of many simulated runs
// against the tilt, velocity and drift sigmas that came with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tuple>

#include "fusion/estimator_run.h"
#include "fusion/scenario.h"
#include "fusion/sliding_window.h"

namespace nightjar {
namespace {

constexpr int kRuns = 16;
constexpr size_t kFirstFrame = 5;  // before it velocity and tilt are what was believed
// Frames that the tracks of a scenario last, as in life: those that lasted for ever would make the
// window better than any that a camera sees.
constexpr size_t kTrackFrames = 20;

// Each track ends after kTrackFrames and goes on under another number; not all at once.
void EndTracks(Scenario& scenario) {
  for (size_t i = 0; i < scenario.frames.size(); ++i) {
    auto& features = scenario.frames[i].features;
    for (FeatureObservation& feature : features) {
      const size_t phase = 7 * feature.track % kTrackFrames;
      feature.track += scenario.landmarks.size() * ((i + phase) / kTrackFrames);
    }
    std::sort(features.begin(), features.end(), [](const auto& a, const auto& b) {
      return std::tie(a.track, a.camera) < std::tie(b.track, b.camera);
    });
  }
}

// The mean square of errors in their sigma. The sigma of a vector is that of its largest axis, so
// the ratio of true ones lies below 1.
class Ratio {
 public:
  void Add(const Eigen::VectorXd& error, double sigma) {
    sum_ += error.squaredNorm() / (sigma * sigma);
    axes_ += error.size();
  }
  double rms() const { return std::sqrt(sum_ / static_cast<double>(axes_)); }

 private:
  double sum_ = 0;
  Eigen::Index axes_ = 0;
};

struct Ratios {
  Ratio tilt, velocity, drift;
};

// In the body, where neither the position nor the yaw of the odometry frame matters.
void AddTiltAndVelocity(const NavigationState& estimate, const NavigationState& truth,
                        const FrameHealth& health, Ratios& ratios) {
  const Eigen::Quaterniond R_body_odometry = estimate.T_world_body.rotation.conjugate();
  const Eigen::Quaterniond R_body_world = truth.T_world_body.rotation.conjugate();
  const Eigen::Vector3d up = R_body_odometry * Eigen::Vector3d::UnitZ();
  const Eigen::Vector3d true_up = R_body_world * Eigen::Vector3d::UnitZ();
  const double angle = std::atan2(up.cross(true_up).norm(), up.dot(true_up));
  ratios.tilt.Add(Eigen::Vector2d(angle, 0), health.tilt_sigma_rad);  // about two axes
  ratios.velocity.Add(
      R_body_odometry * estimate.velocity_world - R_body_world * truth.velocity_world,
      health.velocity_sigma_m_s);
}

// Relative to the oldest pose in the window, which is the first keyframe as long as none has left.
void AddDrift(const SlidingWindow& window, const Scenario& scenario, size_t frame,
              const FrameHealth& health, Ratios& ratios) {
  const Se3 gauge = GaugeTransform(scenario.truth.front().T_world_body,
                                   window.Keyframes().front().state.T_world_body);
  const Se3 expected = gauge.Inverse() * scenario.truth[frame].T_world_body;
  ratios.drift.Add(expected.translation - window.newest().T_world_body.translation,
                   health.position_drift_sigma_m);
}

void AddRun(const Scenario& scenario, Ratios& early, Ratios& late) {
  const EstimatorOptions options = ExactNoise();
  SlidingWindow window(scenario.rig, options);
  ImuBuffer imu;
  auto sample = scenario.imu.begin();
  for (size_t i = 0; i < scenario.frames.size(); ++i) {
    for (; sample != scenario.imu.end() && sample->time <= scenario.frames[i].time; ++sample) {
      imu.Add(*sample);
    }
    const FrameHealth health = window.Add(scenario.frames[i], imu);
    if (i < kFirstFrame) continue;
    const bool all_kept =
        window.Keyframes().size() <= static_cast<size_t>(options.window_keyframes);
    if (all_kept) AddDrift(window, scenario, i, health, early);
    AddTiltAndVelocity(window.newest(), scenario.truth[i], health, all_kept ? early : late);
  }
}

TEST(CausalSigmas, AreTrue) {
  Ratios early, late;  // while the window fills, and behind a prior
  for (int seed = 1; seed <= kRuns; ++seed) {
    Scenario scenario = MakeScenario({.seconds = 5,
                                      .landmarks = 120,
                                      .start_s = 0.7 * seed,
                                      .seed = static_cast<uint64_t>(seed)});
    EndTracks(scenario);
    AddRun(scenario, early, late);
  }
  std::printf("rms e/sigma: tilt %.3f, then %.3f; velocity %.3f, then %.3f; drift %.3f; %d runs\n",
              early.tilt.rms(), late.tilt.rms(), early.velocity.rms(), late.velocity.rms(),
              early.drift.rms(), kRuns);
  // Below 1, the sigma being that of the largest axis. Tilt is nearly the same error in all frames
  // of a run, so its spread is that of twice as many numbers as runs.
  EXPECT_NEAR(early.tilt.rms(), 0.7, 0.25);
  EXPECT_NEAR(late.tilt.rms(), 0.85, 0.25);
  EXPECT_NEAR(early.velocity.rms(), 0.9, 0.2);
  EXPECT_NEAR(late.velocity.rms(), 0.85, 0.2);
  EXPECT_NEAR(early.drift.rms(), 0.95, 0.2);
}

}  // namespace
}  // namespace nightjar
