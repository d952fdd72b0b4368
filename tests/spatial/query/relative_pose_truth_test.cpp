// SPDX-License-Identifier: Apache-2.0
// Is the uncertainty of the way between two times true? Errors of simulated runs against it.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "fusion/estimator_run.h"
#include "fusion/scenario.h"
#include "spatial/query/questions.h"
#include "spatial/query/relative_pose.h"
#include "spatial/query/timeline.h"

namespace nightjar {
namespace {

constexpr int kRuns = 12;
constexpr double kSeconds = 12;
constexpr double kStartEvery_s = 0.7;
constexpr double kTrackLife_s = 2;  // so that errors add up along the way, as in a walk

Scenario MakeRun(int seed) {
  Scenario scenario = MakeScenario({.seconds = kSeconds,
                                    .landmarks = 120,
                                    .start_s = kStartEvery_s * seed,
                                    .seed = static_cast<uint64_t>(seed)});
  for (FrameObservations& frame : scenario.frames) {
    const double t = 1e-9 * static_cast<double>(ToNanoseconds(frame.time));
    for (FeatureObservation& feature : frame.features) {
      // Each landmark is found anew at times of its own.
      const double phase = static_cast<double>(feature.track % 97) / 97;
      const auto life = static_cast<uint64_t>(std::floor(t / kTrackLife_s + phase));
      feature.track += 1000 * (life + 1);
    }
  }
  return scenario;
}

Session SessionOf(const Scenario& scenario) {
  EstimatorRun run = Estimate(scenario);
  Session session;
  session.rig = scenario.rig;
  session.closed_loop = session.open_loop = std::move(run.final.trajectory);
  session.keyframes = std::move(run.final.keyframes);
  session.pairs = std::move(run.final.pairs);
  return session;
}

// Normalised squared errors of ways of one length, each of 6 degrees of freedom.
struct Sums {
  double with_cross = 0, as_sum = 0, position = 0;
  int count = 0;
};

Vector6d ErrorOf(const Se3& estimate, const Se3& truth) {
  Vector6d error;
  error << truth.translation - estimate.translation,
      so3::Log(truth.rotation * estimate.rotation.conjugate());
  return error;
}

double Squared(const Vector6d& error, const Matrix6d& covariance) {
  return error.dot(covariance.ldlt().solve(error));
}

void Add(const Timeline& timeline, const Scenario& scenario, size_t from, size_t to, Sums& sums) {
  const NavigationState& true_a = scenario.truth[from];
  const NavigationState& true_b = scenario.truth[to];
  const auto a = timeline.At(true_a.time), b = timeline.At(true_b.time);
  ASSERT_TRUE(a && b);
  const RelativePose way = RelativePoseOf(timeline, *a, *b);
  ASSERT_TRUE(way.covariance);
  const Vector6d error = ErrorOf(way.T_a_b, true_a.T_world_body.Inverse() * true_b.T_world_body);
  const Eigen::MatrixXd joint = *timeline.JointCovariance(std::array{*a, *b});
  const Matrix6d as_sum =
      RelativeCovariance(a->state.T_world_body, b->state.T_world_body, joint.topLeftCorner<6, 6>(),
                         joint.bottomRightCorner<6, 6>(), Matrix6d::Zero());
  sums.with_cross += Squared(error, *way.covariance);
  sums.position +=
      error.head<3>().dot(way.covariance->topLeftCorner<3, 3>().ldlt().solve(error.head<3>()));
  sums.as_sum += Squared(error, as_sum);
  ++sums.count;
}

// Of the length of the path in windows of 2 s: squared errors in sigmas.
void AddLengths(const Questions& questions, const Scenario& scenario, double start_s, Sums& sums) {
  constexpr double kWindow_s = 2, kStep_s = 1e-3;
  for (double t = 0.51; t + kWindow_s < kSeconds; t += kWindow_s) {
    double length_m = 0;
    for (int k = 0; k < static_cast<int>(kWindow_s / kStep_s); ++k) {
      const double at = start_s + t + k * kStep_s;
      length_m +=
          (scenario.motion.Pose(at + kStep_s).translation - scenario.motion.Pose(at).translation)
              .norm();
    }
    const auto answer = questions.Ask(Json({{"verb", "motion"}, {"t0", t}, {"t1", t + kWindow_s}}));
    ASSERT_TRUE(answer && (*answer)["path_length_m_sigma"].is_number());
    const double error = (*answer)["path_length_m"].get<double>() - length_m;
    sums.with_cross += std::pow(error / (*answer)["path_length_m_sigma"].get<double>(), 2);
    ++sums.count;
  }
}

TEST(RelativePose, SigmasAreTrueAtEveryDistance) {
  constexpr double kFrameRate = 20;
  const double distances_s[] = {0.2, 1, 5, kSeconds - 1};
  Sums sums[4], lengths;
  for (int seed = 1; seed <= kRuns; ++seed) {
    const Scenario scenario = MakeRun(seed);
    const Session session = SessionOf(scenario);
    const Timeline timeline(session);
    // Keyframes and frames between them alike; the first second may not be started.
    for (size_t d = 0; d < 4; ++d) {
      const auto steps = static_cast<size_t>(distances_s[d] * kFrameRate);
      for (size_t from = 10; from + steps < scenario.truth.size(); from += 7)
        Add(timeline, scenario, from, from + steps, sums[d]);
    }
    AddLengths(Questions(session), scenario, kStartEvery_s * seed, lengths);
  }
  for (size_t d = 0; d < 4; ++d) {
    const double n = sums[d].count;
    std::printf("%4.1f s: NEES %.2f (6 when true), position %.2f (3); of the sum %.2f; %d ways\n",
                distances_s[d], sums[d].with_cross / n, sums[d].position / n, sums[d].as_sum / n,
                sums[d].count);
    EXPECT_NEAR(sums[d].with_cross / n, 6, 1.5) << distances_s[d];
    EXPECT_NEAR(sums[d].position / n, 3, 1) << distances_s[d];
  }
  std::printf("path lengths over 2 s: %.2f (1 when true), %d\n", lengths.with_cross / lengths.count,
              lengths.count);
  EXPECT_NEAR(lengths.with_cross / lengths.count, 1, 0.5);
  // What the sum of both says of the way is not true, and less so the shorter it is.
  EXPECT_LT(sums[0].as_sum / sums[0].count, 2);
  EXPECT_LT(sums[1].as_sum / sums[1].count, 3);
}

}  // namespace
}  // namespace nightjar
