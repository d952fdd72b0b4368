// SPDX-License-Identifier: Apache-2.0
// Tracks of events of a camera that turns before a far wall of crosses, against the true motion.
#include "isp/events/event_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "core/gyro_rotation.h"
#include "tests/isp/event_crosses.h"

namespace nightjar {
namespace {

using namespace crosses;  // NOLINT: the scene of all tests here

struct Outcome {
  double median_px = 0;  // of the observations' distance from where their tracks truly are
  double median_sigma_px = 0;
  double per_frame = 0;  // observations
};

// A track's direction in the world is the mean of all its views'; a lag that nobody takes out moves
// it with the turn's speed, which changes.
Outcome Follow(double lag_s, const EventTrackerOptions& options, const Motion& motion = kTurns) {
  const RigEventCamera camera = Camera();
  EventTracker tracker = EventTracker::Create(camera, options).value();
  const auto events = Events(lag_s, motion);
  GyroRotation gyro;
  size_t next = 0;
  double imu_s = -0.3;
  struct View {
    Eigen::Vector2d pixel;
    Eigen::Matrix3d R_world_camera;
    double sigma_px;
  };
  std::map<uint64_t, std::vector<View>> tracks;
  int frames = 0;
  size_t observations = 0;
  for (double t_s = kFrame_s; t_s < kSeconds - kFrame_s; t_s += kFrame_s) {
    for (; imu_s <= t_s; imu_s += 0.005) {
      const ImuSample sample{At(imu_s), motion.AngularVelocityBody(imu_s), {0, 0, 9.81}};
      gyro.Add(sample);
      tracker.Add(sample);
    }
    EventPacket packet{At(t_s - 2 * kFrame_s), {}};
    for (; next < events.size() && events[next].first < At(t_s); ++next) {
      Event event = events[next].second;
      if (events[next].first < packet.begin) continue;
      event.time_us =
          static_cast<uint32_t>((events[next].first - packet.begin) / std::chrono::microseconds(1));
      packet.events.push_back(event);
    }
    tracker.Add(packet);
    const auto seen = tracker.Track(At(t_s), gyro.TakeUpTo(At(t_s)), gyro.angular_velocity_body());
    if (!seen) ADD_FAILURE() << seen.error().Message();
    ++frames;
    observations += seen->features.size();
    for (const FeatureObservation& feature : seen->features) {
      EXPECT_EQ(feature.camera, 0);
      tracks[feature.track].push_back({feature.pixel, motion.R_world_camera(t_s).toRotationMatrix(),
                                       std::sqrt(0.5 * feature.covariance.trace())});
    }
  }
  std::vector<double> errors, sigmas;
  const CameraModel& model = *tracker.view().model;
  for (const auto& [track, views] : tracks) {
    if (views.size() < 4) continue;
    Eigen::Vector3d mean = Eigen::Vector3d::Zero();
    for (const View& view : views) mean += view.R_world_camera * *model.Unproject(view.pixel);
    for (const View& view : views) {
      errors.push_back(
          (view.pixel - *model.Project(view.R_world_camera.transpose() * mean)).norm());
      sigmas.push_back(view.sigma_px);
    }
  }
  const auto median = [](std::vector<double>& values) {
    if (values.empty()) return 1e9;
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
  };
  return {median(errors), median(sigmas), static_cast<double>(observations) / frames};
}

EventTrackerOptions Options(double lag_s, double lag_sigma_s) {
  EventTrackerOptions options;
  options.lag_s = lag_s;
  options.lag_sigma_s = lag_sigma_s;
  return options;
}

TEST(EventTracker, FollowsCornersThroughATurnToAndFro) {
  const Outcome outcome = Follow(0, Options(0, 0));
  EXPECT_GT(outcome.per_frame, 15);
  EXPECT_LT(outcome.median_px, 0.4);
}

TEST(EventTracker, ALagIsTakenOut) {
  const Outcome known = Follow(8e-3, Options(8e-3, 0));
  const Outcome unknown = Follow(8e-3, Options(0, 0));
  EXPECT_LT(known.median_px, 0.4);
  EXPECT_GT(unknown.median_px, 2 * known.median_px);
}

TEST(EventTracker, WhatIsNotKnownOfTheLagIsInTheCovariance) {
  const Outcome sure = Follow(0, Options(0, 0));
  const Outcome unsure = Follow(0, Options(0, 10e-3));
  // Of some 200 px/s, times 10 ms, and shared by all features of a frame.
  const double each_px = std::sqrt(
      (std::pow(unsure.median_sigma_px, 2) - std::pow(sure.median_sigma_px, 2)) / unsure.per_frame);
  EXPECT_NEAR(each_px, 2, 0.7);
  EXPECT_EQ(unsure.per_frame, sure.per_frame);
}

// px, 1 sigma, by which the lag moves a feature.
double MovedByLag(const Motion& motion) {
  const Outcome sure = Follow(0, Options(0, 0), motion);
  const Outcome unsure = Follow(0, Options(0, 10e-3), motion);
  // Of the covariance's two axes the lag widens one.
  return std::sqrt(2 * (std::pow(unsure.median_sigma_px, 2) - std::pow(sure.median_sigma_px, 2)) /
                   unsure.per_frame);
}

TEST(EventTracker, ALagMovesFeaturesByTurnAndDriftTogether) {
  const double slides_px = MovedByLag(kSlides);
  EXPECT_NEAR(slides_px, 1, 0.15);  // 0.5 m/s at 1 m with a focal length of 200 px, times 10 ms
  EXPECT_NEAR(MovedByLag(kSlidesAndTurnsBack) / slides_px, 0.5, 0.1);
}

TEST(EventTracker, WhatWasSkippedIsNotSeenAndTracksBeginAnew) {
  EventTracker tracker = EventTracker::Create(Camera()).value();
  const auto events = Events(0);
  uint64_t last = 0;
  std::vector<size_t> seen;
  for (int frame = 1; frame <= 9; ++frame) {
    const double t_s = kFrame_s * frame;
    for (int k = 0; k < 10; ++k) {
      const double sample_s = t_s + 0.005 * (k - 9);
      tracker.Add(ImuSample{At(sample_s), kTurns.AngularVelocityBody(sample_s), {0, 0, 9.81}});
    }
    tracker.Add(PacketOf(events, At(t_s - kFrame_s), At(t_s)));
    if (frame >= 4 && frame <= 6) {
      tracker.Skip(At(t_s));
      continue;
    }
    const auto turn =
        kTurns.R_world_camera(t_s - kFrame_s).conjugate() * kTurns.R_world_camera(t_s);
    const Eigen::Quaterniond& R_body_camera = Camera().T_body_camera.rotation;
    const auto found = tracker.Track(At(t_s), R_body_camera * turn * R_body_camera.conjugate(),
                                     kTurns.AngularVelocityBody(t_s));
    ASSERT_TRUE(found);
    seen.push_back(found->features.size());
    for (const FeatureObservation& feature : found->features) {
      if (frame > 6) {
        EXPECT_GT(feature.track, last) << "goes on over the gap";
      }
    }
    for (const FeatureObservation& feature : found->features) {
      if (frame < 4) last = std::max(last, feature.track);
    }
  }
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_EQ(seen[0], 0u);  // a motion takes two images
  EXPECT_GT(seen[2], 10u);
  EXPECT_EQ(seen[3], 0u);  // as at the begin
  EXPECT_GT(seen[5], 10u);
}

TEST(EventTracker, CovariancesAreScaled) {
  EventTrackerOptions as_matched = Options(0, 0);
  as_matched.covariance_scale = 1;
  EXPECT_NEAR(Follow(0, Options(0, 0)).median_sigma_px / Follow(0, as_matched).median_sigma_px,
              std::sqrt(10), 1e-6);
}

TEST(EventTracker, WithoutEventsOrSamplesNothingIsSeen) {
  EventTracker tracker = EventTracker::Create(Camera()).value();
  const auto no_samples = tracker.Track(At(0), Eigen::Quaterniond::Identity(), {0, 0, 0});
  ASSERT_TRUE(no_samples);
  EXPECT_TRUE(no_samples->features.empty());
  tracker.Add(ImuSample{At(0.01), {0, 0, 0}, {0, 0, 9.81}});
  const auto no_events = tracker.Track(At(0.05), Eigen::Quaterniond::Identity(), {0, 0, 0});
  ASSERT_TRUE(no_events);
  EXPECT_TRUE(no_events->features.empty());
}

TEST(EventTracker, EventsBehindTheInstantDoNotCount) {
  // What comes later than the frame may have come already.
  const auto run = [](bool early) {
    EventTracker tracker = EventTracker::Create(Camera()).value();
    const auto events = Events(0);
    for (double t_s = -0.2; t_s <= 0.2; t_s += 0.005)
      if (t_s <= 0.15)
        tracker.Add(ImuSample{At(t_s), kTurns.AngularVelocityBody(t_s), {0, 0, 9.81}});
    std::vector<FeatureObservation> seen;
    size_t next = 0;
    for (const double t_s : {0.05, 0.1, 0.15}) {
      const SensorTime until = early ? At(t_s + 0.001) : At(t_s);
      EventPacket packet{At(-0.2), {}};
      for (; next < events.size() && events[next].first <= until; ++next) {
        Event event = events[next].second;
        event.time_us = static_cast<uint32_t>((events[next].first - packet.begin) /
                                              std::chrono::microseconds(1));
        packet.events.push_back(event);
      }
      tracker.Add(packet);
      seen = tracker.Track(At(t_s), Eigen::Quaterniond::Identity(), {0, 0, 0})->features;
    }
    return seen;
  };
  const auto exact = run(false), early = run(true);
  ASSERT_FALSE(exact.empty());
  ASSERT_EQ(exact.size(), early.size());
  for (size_t i = 0; i < exact.size(); ++i) EXPECT_EQ(exact[i].pixel, early[i].pixel);
}

TEST(EventTracker, OptionsOutOfRangeAreRefused) {
  EXPECT_EQ(EventTracker::Create(Camera(), Options(-1e-3, 0)).error().what,
            "lag_s must be 0 .. 0.2");
  EXPECT_EQ(EventTracker::Create(Camera(), Options(0, 1)).error().what,
            "lag_sigma_s must be 0 .. 0.2");
  EventTrackerOptions options;
  options.covariance_scale = 0.5;
  EXPECT_EQ(EventTracker::Create(Camera(), options).error().what,
            "covariance_scale must be 1 .. 1000");
  options = {};
  options.image.events_per_pixel = 0;
  EXPECT_EQ(EventTracker::Create(Camera(), options).error().what,
            "events_per_pixel must be 0.01 .. 100");
}

}  // namespace
}  // namespace nightjar
