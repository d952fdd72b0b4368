// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/event_camera.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>

#include "data/simulator/simulation.h"

namespace nightjar {
namespace {

constexpr int kWidth = 45;  // no multiple of four
constexpr int kHeight = 20;
constexpr double kPixels = kWidth * kHeight;

// Pixels that do nothing but compare.
EventCameraOptions Ideal() {
  EventCameraOptions options;
  options.threshold_mismatch = 0;
  options.refractory_s = 0;
  options.dark_lux = 0;
  options.bandwidth_hz_per_lux = 1e6;
  options.largest_bandwidth_hz = 1e6;
  options.leak_rate_hz = 0;
  options.shot_noise_rate_hz = 0;
  return options;
}

// What the camera tells of light that is the same on all pixels and follows lux(t).
std::vector<Event> Watch(const EventCameraOptions& options, double seconds, double step_s,
                         const std::function<double(double)>& lux) {
  EventCamera camera(options, kWidth, kHeight, 3);
  const auto light = [&](double t) {
    return FilledImage(kWidth, kHeight, static_cast<float>(lux(t)));
  };
  camera.Begin(light(0));
  std::vector<Event> events;
  const int steps = static_cast<int>(std::lround(seconds / step_s));
  for (int i = 0; i < steps; ++i)
    camera.Step(i * step_s, (i + 1) * step_s, light((i + 1) * step_s), 0, kHeight, events);
  return events;
}

double ShareOn(const std::vector<Event>& events) {
  const auto on = std::count_if(events.begin(), events.end(), [](const Event& e) { return e.on; });
  return static_cast<double>(on) / static_cast<double>(events.size());
}

// Intervals between neighbouring events of each pixel, us.
std::vector<double> Intervals(std::vector<Event> events) {
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tuple(+a.y, +a.x, a.time_us) < std::tuple(+b.y, +b.x, b.time_us);
  });
  std::vector<double> intervals;
  for (size_t i = 1; i < events.size(); ++i) {
    if (events[i].x == events[i - 1].x && events[i].y == events[i - 1].y)
      intervals.push_back(events[i].time_us - events[i - 1].time_us);
  }
  return intervals;
}

TEST(EventCamera, TellsEveryThresholdThatTheLogarithmPasses) {
  for (const double sign : {1.0, -1.0}) {
    EventCameraOptions options = Ideal();
    options.threshold_on = 0.2;
    options.threshold_off = 0.4;
    const double threshold = sign > 0 ? 0.2 : 0.4;
    const double slope = sign * 5;  // e-folds per second
    const std::vector<Event> events =
        Watch(options, 1, 0.01, [slope](double t) { return 100 * std::exp(slope * t); });
    EXPECT_EQ(ShareOn(events), sign > 0 ? 1 : 0);
    // At the begin the difference to the last event is anywhere between the two thresholds: with
    // the rise of 5, 23 to 26 thresholds of 0.2 or 12 to 13.5 of 0.4, of which whole ones count.
    EXPECT_NEAR(static_cast<double>(events.size()) / kPixels, sign > 0 ? 24.0 : 37.0 / 3,
                5 * 0.82 / std::sqrt(kPixels));
    for (const double interval : Intervals(events))
      ASSERT_NEAR(interval, 1e6 * threshold / 5, 20) << "single precision of the logarithm";
  }
}

TEST(EventCamera, IsBlindForTheRefractoryTimeAndGoesOnFromWhatItSeesThen) {
  EventCameraOptions options = Ideal();
  options.refractory_s = 0.013;  // longer than a step
  const std::vector<Event> events =
      Watch(options, 1, 0.01, [](double t) { return 10 * std::exp(5 * t); });
  const std::vector<double> intervals = Intervals(events);
  ASSERT_GT(intervals.size(), 10 * kPixels);
  for (const double interval : intervals) ASSERT_NEAR(interval, 13000 + 1e6 * 0.25 / 5, 20);
}

// Light that swings by A e-folds around its mean, at the corner frequency: the photoreceptor's
// output swings by A / sqrt(2). References are a threshold apart, 2 A / sqrt(2) / threshold of them
// within the swing on average, and half a period tells the steps from the first to the last one.
TEST(EventCamera, SeesQuickChangesLessTheDarkerItIs) {
  EventCameraOptions options = Ideal();
  options.threshold_on = options.threshold_off = 0.01;
  options.bandwidth_hz_per_lux = 10;
  options.largest_bandwidth_hz = 200;
  const auto swing = [&](double lux, double frequency_hz) {
    const double seconds = 8 / frequency_hz;
    const auto light = [&](double t) {
      return lux * std::exp(0.1 * std::sin(2 * M_PI * frequency_hz * t));
    };
    const auto events = Watch(options, seconds, seconds / 1600, light);
    const double per_half = static_cast<double>(events.size()) / kPixels / 16;
    return 0.5 * 0.01 * (per_half + 1);
  };
  EXPECT_NEAR(swing(1, 10), 0.1 / std::sqrt(2), 0.003);
  EXPECT_NEAR(swing(5, 50), 0.1 / std::sqrt(2), 0.003);
  EXPECT_NEAR(swing(1, 50), 0.1 / std::sqrt(26), 0.001);
  EXPECT_NEAR(swing(1000, 200), 0.1 / std::sqrt(2), 0.003) << "no quicker than its bias allows";
}

TEST(EventCamera, LeaksAndFlickersInSteadyLight) {
  EventCameraOptions options = Ideal();
  options.leak_rate_hz = 2;
  const auto steady = [](double lux) { return [lux](double) { return lux; }; };
  const std::vector<Event> leak = Watch(options, 20, 0.05, steady(3));
  EXPECT_NEAR(static_cast<double>(leak.size()) / kPixels / 20, 2, 0.05);
  EXPECT_EQ(ShareOn(leak), 1);

  options.leak_rate_hz = 0;
  options.shot_noise_rate_hz = 4;
  options.shot_noise_lux = 5;
  for (const auto& [lux, rate_hz] : {std::pair{1e-6, 4.0}, {5.0, 2.0}, {95.0, 0.2}}) {
    const std::vector<Event> noise = Watch(options, 20, 0.05, steady(lux));
    const double expected = rate_hz * 20 * kPixels;
    EXPECT_NEAR(static_cast<double>(noise.size()), expected, 4 * std::sqrt(expected)) << lux;
    EXPECT_NEAR(ShareOn(noise), 0.5, 4 * 0.5 / std::sqrt(expected)) << lux;
  }
}

TEST(EventCamera, ThresholdsDifferBetweenPixels) {
  EventCameraOptions options = Ideal();
  options.threshold_mismatch = 0.03;
  const std::vector<Event> events =
      Watch(options, 1, 0.01, [](double t) { return std::exp(25 * t); });
  std::map<std::pair<int, int>, double> counts;
  for (const Event& event : events) ++counts[{event.x, event.y}];
  double sum = 0, square = 0;
  for (const auto& [pixel, count] : counts) {
    const double threshold = 25 / count;
    sum += threshold / kPixels;
    square += threshold * threshold / kPixels;
  }
  EXPECT_EQ(counts.size(), static_cast<size_t>(kPixels));
  EXPECT_NEAR(sum, 0.25, 0.005);
  EXPECT_NEAR(std::sqrt(square - sum * sum), 0.03, 0.003);
}

TEST(EventCamera, RowsMayBeAskedForInAnyParts) {
  const EventCameraOptions options;
  EventCamera whole(options, kWidth, kHeight, 3), parts(options, kWidth, kHeight, 3);
  std::vector<Event> of_whole, of_parts;
  for (int i = 0; i <= 50; ++i) {
    Image<float> light(kWidth, kHeight);
    light.for_each_element([&](int x, int y) {
      light(x, y) = static_cast<float>(5 + 4 * std::sin(0.3 * i + 0.2 * x + 0.1 * y));
    });
    if (i == 0) {
      whole.Begin(light);
      parts.Begin(light);
      continue;
    }
    whole.Step(0.01 * i - 0.01, 0.01 * i, light, 0, kHeight, of_whole);
    parts.Step(0.01 * i - 0.01, 0.01 * i, light, 7, kHeight, of_parts);
    parts.Step(0.01 * i - 0.01, 0.01 * i, light, 0, 7, of_parts);
  }
  const auto sort = [](std::vector<Event>& events) {
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::tuple(a.time_us, a.y, a.x, a.on) < std::tuple(b.time_us, b.y, b.x, b.on);
    });
  };
  sort(of_whole);
  sort(of_parts);
  ASSERT_GT(of_whole.size(), 1000U);
  ASSERT_EQ(of_whole.size(), of_parts.size());
  for (size_t i = 0; i < of_whole.size(); ++i) {
    const Event &a = of_whole[i], &b = of_parts[i];
    ASSERT_TRUE(a.time_us == b.time_us && a.y == b.y && a.x == b.x && a.on == b.on) << i;
  }
}

// One step, in which the photoreceptor gets about half the way: e-folds that its output goes by for
// light that changes by `change` e-folds around 1 lux, from the number of events.
double AnswerInOneStep(double change) {
  EventCameraOptions options = Ideal();
  options.threshold_on = options.threshold_off = 0.02;
  options.bandwidth_hz_per_lux = 20;
  const std::vector<Event> events = Watch(
      options, 0.01, 0.01, [change](double t) { return std::exp((t > 0 ? 0.5 : -0.5) * change); });
  EXPECT_EQ(ShareOn(events), change > 0 ? 1 : 0);
  // Half a threshold is not told yet, on average.
  return 0.02 * (static_cast<double>(events.size()) / kPixels + 0.5);
}

TEST(EventCamera, AnswersToRiseAndFallBetweenTheSameLightsAlike) {
  for (const double change : {0.5, 2.0, 4.0}) {
    const double rise = AnswerInOneStep(change);
    // A low-pass of first order: T = 1 / (2 pi 20 Hz) at 1 lux, the step of 0.01 s is 1.26 T.
    const double steps = 2 * M_PI * 20 * 0.01;
    EXPECT_NEAR(rise, change * (1 - (1 - std::exp(-steps)) / steps), 0.002) << change;
    EXPECT_NEAR(rise, AnswerInOneStep(-change), 0.002) << change;
  }
}

// The photoreceptor takes 1000 s and more to follow, a step is less than 1e-6 of that: its output
// goes by less than 1e-3 e-folds, which few pixels are that close to a threshold to tell.
TEST(EventCamera, HardlyMovesWhereItIsMuchSlowerThanTheChange) {
  EventCameraOptions options = Ideal();
  options.dark_lux = 0.02;
  options.bandwidth_hz_per_lux = 3e-4;
  const auto events =
      Watch(options, 0.1, 250e-6, [](double t) { return 0.02 * std::exp(3 * std::sin(60 * t)); });
  EXPECT_LT(events.size(), 10U);
}

TEST(EventCamera, LeaksAsMuchInShortStepsOfBrightLight) {
  EventCameraOptions options = Ideal();
  options.leak_rate_hz = 0.5;
  // Steps that are shorter than any that are made: the leak of one is 2.5e-7 e-folds, where the
  // logarithm of 100000 lux has a last bit of 9.5e-7.
  constexpr double kStep_s = 2e-6;
  constexpr int kSteps = 2'000'000, kSide = 4;
  EventCamera camera(options, kSide, kSide, 3);
  const Image<float> light = FilledImage(kSide, kSide, 1e5F);
  camera.Begin(light);
  std::vector<Event> events;
  for (int i = 0; i < kSteps; ++i)
    camera.Step(i * kStep_s, (i + 1) * kStep_s, light, 0, kSide, events);
  // 2 thresholds, of which half a one is not told on average.
  EXPECT_NEAR(static_cast<double>(events.size()) / (kSide * kSide), 1.5, 0.3);
}

TEST(EventCamera, OptionsAreChecked) {
  EXPECT_TRUE(EventCameraOptions().Validate());
  EXPECT_TRUE(Ideal().Validate());
  for (double EventCameraOptions::*field :
       {&EventCameraOptions::threshold_on, &EventCameraOptions::threshold_off,
        &EventCameraOptions::threshold_mismatch, &EventCameraOptions::refractory_s,
        &EventCameraOptions::dark_lux, &EventCameraOptions::bandwidth_hz_per_lux,
        &EventCameraOptions::largest_bandwidth_hz, &EventCameraOptions::leak_rate_hz,
        &EventCameraOptions::shot_noise_rate_hz, &EventCameraOptions::shot_noise_lux}) {
    for (const double wrong : {std::nan(""), -1.0, HUGE_VAL}) {
      EventCameraOptions options;
      options.*field = wrong;
      const Status valid = options.Validate();
      ASSERT_FALSE(valid);
      EXPECT_EQ(valid.error().kind, ErrorKind::kUsage);
    }
  }
}

TEST(EventCamera, LightThatIsNoLightEndsToo) {
  for (const float wrong : {NAN, -NAN, HUGE_VALF, -HUGE_VALF, 0.0F, -1.0F, 1e-40F, 3e38F}) {
    EventCameraOptions options = Ideal();
    options.shot_noise_rate_hz = 1;
    EventCamera camera(options, kWidth, kHeight, 3);
    const Image<float> good = FilledImage(kWidth, kHeight, 10.0F);
    Image<float> light = FilledImage(kWidth, kHeight, 10.0F);
    light(7, 7) = wrong;
    camera.Begin(light);
    std::vector<Event> events;
    for (int i = 0; i < 40; ++i)
      camera.Step(0.01 * i, 0.01 * (i + 1), i % 4 < 2 ? light : good, 0, kHeight, events);
    const auto told = [&](int x) {
      return std::count_if(events.begin(), events.end(),
                           [x](const Event& e) { return e.x == x && e.y == 7; });
    };
    EXPECT_GT(told(7), 10) << "a pixel in the dark or in glaring light at times, " << wrong;
    EXPECT_LT(told(7), 20'000) << wrong;
    EXPECT_LT(told(8), 10) << wrong;
  }
}

// In a room: what the events of a pixel add up to is how the logarithm of its light changed.
TEST(EventCamera, EventsAddUpToTheChangeOfTheImage) {
  SimulationOptions options;
  options.seconds = 0.1;
  options.lux = 1000;
  options.rig = "mono";
  options.motion = HeadMotion::kFast;
  options.events = true;
  options.event_camera = Ideal();
  const auto simulation = Simulation::Create(options).value();
  const std::vector<double> instants = simulation->EventInstants();
  EXPECT_GT(instants.size(), 40U);
  EXPECT_EQ(instants.front(), -0.3);
  EXPECT_EQ(std::count(instants.begin(), instants.end(), 0.0), 1) << "the events begin here";
  EXPECT_TRUE(std::is_sorted(instants.begin(), instants.end(), std::less_equal<>()));
  EXPECT_EQ(instants.back(), 0.1);
  EventCamera camera = simulation->MakeEventCamera();
  const Image<float> first = simulation->EventLight(instants.front());
  Image<float> last = first;
  camera.Begin(first);
  std::vector<Event> events;
  for (size_t i = 1; i < instants.size(); ++i) {
    last = simulation->EventLight(instants[i]);
    camera.Step(instants[i - 1], instants[i], last, 0, camera.height(), events);
  }
  Image<float> told = FilledImage(camera.width(), camera.height(), 0.0F);
  for (const Event& event : events) told(event.x, event.y) += event.on ? 0.25F : -0.25F;
  int changed = 0;
  for (int y = 0; y < camera.height(); ++y) {
    for (int x = 0; x < camera.width(); ++x) {
      const float change = std::log(last(x, y) / first(x, y));
      ASSERT_NEAR(told(x, y), change, 0.51F) << x << " " << y;
      changed += std::abs(change) > 0.5F;
    }
  }
  EXPECT_GT(changed, 1000) << "otherwise this says nothing";
}

}  // namespace
}  // namespace nightjar
