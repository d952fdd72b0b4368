// SPDX-License-Identifier: Apache-2.0
// The sigma of a path's length is that of all its poses' errors together.
#include <gmock/gmock.h>

#include <cmath>

#include "spatial/query/questions.h"
#include "spatial/query/timeline.h"
#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

// Chords between rows first .. last, by the joint covariance of all of their poses.
double LengthSigma(const Session& session, size_t first, size_t last) {
  const Timeline timeline(session);
  std::vector<TimedState> states;
  for (size_t row = first; row <= last; ++row)
    states.push_back(*timeline.At(timeline.rows()[row].state.time));
  const auto joint = timeline.JointCovariance(states);
  EXPECT_TRUE(joint);
  Eigen::VectorXd lever = Eigen::VectorXd::Zero(joint->rows());
  for (size_t k = 1; k < states.size(); ++k) {
    const Eigen::Vector3d along =
        (states[k].state.T_world_body.translation - states[k - 1].state.T_world_body.translation)
            .normalized();
    lever.segment<3>(static_cast<Eigen::Index>(6 * k)) += along;
    lever.segment<3>(static_cast<Eigen::Index>(6 * k - 6)) -= along;
  }
  return std::sqrt(lever.dot(*joint * lever));
}

double AskedSigma(const Session& session, size_t first, size_t last) {
  const Questions questions(session);
  const auto answer = questions.Ask(Json{{"verb", "motion"},
                                         {"t0", 0.05 * static_cast<double>(first)},
                                         {"t1", 0.05 * static_cast<double>(last)}});
  return (*answer)["path_length_m_sigma"].get<double>();
}

TEST(PathLength, HasTheSigmaOfAllPosesTogether) {
  // The keyframes' errors alone; what frames between them add; both of about the same size.
  for (const double noise : {0.0, 0.1, 2.0}) {
    Session session = AskedSession(200);
    session.rig.imu.noise.accelerometer_noise_density = noise;
    for (const auto& [first, last] : {std::pair<size_t, size_t>{10, 60}, {11, 14}, {33, 171}}) {
      const double sigma = LengthSigma(session, first, last);
      EXPECT_NEAR(AskedSigma(session, first, last), sigma, 0.06 * sigma)
          << noise << " " << first << " " << last;
    }
  }
}

}  // namespace
}  // namespace nightjar
