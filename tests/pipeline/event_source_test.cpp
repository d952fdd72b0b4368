// SPDX-License-Identifier: Apache-2.0
// When the events of a log are used beside what its frames see.
#include "apps/pipeline/event_source.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/gyro_rotation.h"
#include "tests/isp/event_crosses.h"

namespace nightjar {
namespace {

using namespace crosses;  // NOLINT: the scene of all tests here

constexpr int kNumber = 2;  // two cameras are before this source
constexpr int kEnough = 10;

EventSourceOptions Options() {
  EventSourceOptions options;
  options.enough_frame_tracks = kEnough;
  return options;
}

/// Features of frames before the wall, of `frame_tracks` tracks each, and what events add to them.
struct Outcome {
  std::vector<FrameObservations> frames;
  std::vector<size_t> added;
  int64_t observations = 0, tracks = 0, used_in = 0;
};

Outcome Observe(const std::vector<int>& frame_tracks, const EventSourceOptions& options) {
  EventSource source = EventSource::Create(Camera(), kNumber, options).value();
  const auto events = Events(0);
  GyroRotation gyro;
  Outcome outcome;
  for (size_t k = 0; k < frame_tracks.size(); ++k) {
    const double t_s = kFrame_s * static_cast<double>(k + 1);
    for (int i = 0; i < 10; ++i) {
      const double sample_s = t_s + 0.005 * (i - 9);
      const ImuSample sample{At(sample_s), kTurns.AngularVelocityBody(sample_s), {0, 0, 9.81}};
      gyro.Add(sample);
      source.Add(sample);
    }
    source.Add(EventRecord{At(t_s - kFrame_s), 0, PacketOf(events, At(t_s - kFrame_s), At(t_s))});
    FrameObservations frame;
    frame.time = At(t_s);
    for (int track = 1; track <= frame_tracks[k]; ++track)
      frame.features.push_back(
          {static_cast<uint64_t>(track), 0, {0, 0}, Eigen::Matrix2d::Identity()});
    const auto turn = gyro.TakeUpTo(At(t_s));
    EXPECT_TRUE(source.Observe(turn, gyro.angular_velocity_body(), frame));
    outcome.added.push_back(frame.features.size() - static_cast<size_t>(frame_tracks[k]));
    outcome.frames.push_back(std::move(frame));
  }
  outcome.observations = source.observations();
  outcome.tracks = source.tracks();
  outcome.used_in = source.frames();
  return outcome;
}

TEST(EventSourceTest, IsUsedWhereFramesSeeTooLittleAndOnlyThere) {
  const Outcome outcome = Observe({15, 15, 15, 9, 9, 15, 10, 9, 9}, Options());
  for (const size_t k : {0, 1, 2, 5, 6}) EXPECT_EQ(outcome.added[k], 0u) << k;
  // Followed already while frames saw little more than enough.
  for (const size_t k : {3, 4, 7, 8}) EXPECT_GT(outcome.added[k], 10u) << k;
  EXPECT_EQ(outcome.used_in, 4);
  EXPECT_EQ(outcome.observations, static_cast<int64_t>(outcome.added[3] + outcome.added[4] +
                                                       outcome.added[7] + outcome.added[8]));
  EXPECT_GT(outcome.tracks, 10);
  EXPECT_LT(outcome.tracks, outcome.observations);
}

TEST(EventSourceTest, IsNotFollowedWhereFramesSeeFarMore) {
  const Outcome outcome = Observe({20, 20, 20, 9, 9}, Options());
  EXPECT_EQ(outcome.added[3], 0u) << "a motion takes two images";
  EXPECT_GT(outcome.added[4], 10u);
}

TEST(EventSourceTest, ItsTracksStandBehindAllOthersUnderItsNumber) {
  const Outcome outcome = Observe({9, 9, 9}, Options());
  const std::vector<FeatureObservation>& features = outcome.frames.back().features;
  ASSERT_GT(features.size(), 19u);
  for (size_t i = 0; i < features.size(); ++i) {
    EXPECT_EQ(features[i].camera, i < 9 ? 0 : kNumber);
    EXPECT_EQ(features[i].track >= uint64_t{1} << 40, i >= 9);
    if (i > 0) {
      EXPECT_GT(features[i].track, features[i - 1].track);
    }
  }
}

TEST(EventSourceTest, WithoutFramesItIsTheOnlySource) {
  EventSourceOptions options = Options();
  options.use_frames = false;
  const Outcome outcome = Observe({50, 50, 50}, options);
  ASSERT_GT(outcome.frames.back().features.size(), 10u);
  for (const FeatureObservation& feature : outcome.frames.back().features)
    EXPECT_EQ(feature.camera, kNumber);
}

TEST(EventSourceTest, OptionsOutOfRangeAreRefused) {
  EventSourceOptions options = Options();
  options.enough_frame_tracks = -1;
  EXPECT_EQ(EventSource::Create(Camera(), kNumber, options).error().what,
            "enough_frame_tracks must be 0 .. 10000");
}

}  // namespace
}  // namespace nightjar
