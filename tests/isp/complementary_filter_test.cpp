// SPDX-License-Identifier: Apache-2.0
#include "isp/events/complementary_filter.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "data/simulator/event_camera.h"
#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

constexpr int kWidth = 19, kHeight = 11;

SensorTime At(double t_s) { return FromNanoseconds(0) + FromSeconds(t_s); }

/// The equation of the header, one pixel after the other, in double precision.
struct Plain {
  double log_light = 0, frame = 0, rate = 2 * std::numbers::pi * 2, t_s = 0;
  void To(double now_s) {
    log_light = frame + (log_light - frame) * std::exp(-rate * (now_s - t_s));
    t_s = now_s;
  }
};

TEST(ComplementaryFilter, SolvesItsEquation) {
  ComplementaryFilterOptions options;
  options.threshold_on = 0.2;
  options.threshold_off = 0.3;
  options.crossover_hz = 2;
  ComplementaryFilter filter(options, kWidth, kHeight);
  std::vector<Plain> plain(kWidth * kHeight);
  Image<float> shown;
  const auto compare = [&](double now_s) {
    ASSERT_TRUE(filter.Show(At(now_s), shown));
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        Plain& pixel = plain[static_cast<size_t>(y * kWidth + x)];
        pixel.To(now_s);
        ASSERT_NEAR(shown(x, y), pixel.log_light, 1e-4) << x << ", " << y << " at " << now_s;
      }
    }
  };
  for (int step = 0; step < 8; ++step) {
    // Far from each other and over the end of 30 bits at last.
    const double begin_s = step < 6 ? 0.2 * step : 1070.0 + 2 * step;
    const std::vector<Event> events =
        RandomEvents(1000, kWidth, kHeight, 100000, static_cast<uint64_t>(step));
    const auto outside = std::count_if(events.begin(), events.end(), [](const Event& e) {
      return e.x >= kWidth || e.y >= kHeight;
    });
    EXPECT_EQ(filter.Add({At(begin_s), events}), outside);
    for (const Event& e : events) {
      if (e.x >= kWidth || e.y >= kHeight) continue;
      Plain& pixel = plain[static_cast<size_t>(e.y * kWidth + e.x)];
      pixel.To(begin_s + 1e-6 * e.time_us);
      pixel.log_light += e.on ? 0.2 : -0.3;
    }
    compare(begin_s + 0.11);
    if (step % 3 != 1) continue;
    Image<uint8_t> frame(kWidth, kHeight);
    frame.for_each_element([&](int x, int y) {
      frame(x, y) = static_cast<uint8_t>(x * 14 + y + step);
      Plain& pixel = plain[static_cast<size_t>(y * kWidth + x)];
      pixel.To(begin_s + 0.15);
      const double value = std::min<int>(frame(x, y), 200);
      const double share = std::min(std::min(value, 200 - value) / 200 / 0.05, 1.0);
      pixel.rate = 2 * std::numbers::pi * 2 * (0.1 + 0.9 * share);
      pixel.frame = std::log((value + 1) / 201);
      if (step == 1) pixel.log_light = pixel.frame;
    });
    ASSERT_TRUE(filter.AddFrame(frame, 200, At(begin_s + 0.15)));
    compare(begin_s + 0.17);
  }
}

TEST(ComplementaryFilter, SeesBetweenFramesWhatFramesAloneDoNot) {
  // Light that a simulated event camera sees: stripes that move by 60 px/s, for 1.5 s; a frame
  // every 100 ms.
  constexpr int kSide = 32;
  const auto light = [](double t_s) {
    Image<float> lux(kSide, kSide);
    lux.for_each_element([&](int x, int y) {
      lux(x, y) = static_cast<float>(
          400 * std::exp(std::sin((x - 60 * t_s) * 0.4) * std::cos(0.3 * y) - 1));
    });
    return lux;
  };
  EventCameraOptions pixels;
  pixels.shot_noise_rate_hz = 0.1;
  EventCamera camera(pixels, kSide, kSide, 3);
  camera.Begin(light(0));
  ComplementaryFilterOptions options;
  options.crossover_hz = 2;
  ComplementaryFilter filter(options, kSide, kSide);
  double filter_squares = 0, frame_squares = 0;
  int samples = 0;
  Image<uint16_t> frame(kSide, kSide);
  Image<float> shown;
  for (int ms = 0; ms < 1500; ++ms) {
    const double t_s = 1e-3 * ms;
    if (ms % 100 == 0) {
      const Image<float> lux = light(t_s);
      lux.for_each_element(
          [&](int x, int y) { frame(x, y) = static_cast<uint16_t>(lux(x, y) * 100); });
      ASSERT_TRUE(filter.AddFrame(frame, 65535, At(t_s)));
    }
    std::vector<Event> events;
    camera.Step(t_s, t_s + 1e-3, light(t_s + 1e-3), 0, kSide, events);
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.time_us < b.time_us; });
    EXPECT_EQ(filter.Add({At(0), events}), 0);
    if (ms < 500 || ms % 100 != 50) continue;
    const Image<float> truth = light(t_s + 1e-3);
    ASSERT_TRUE(filter.Show(At(t_s + 1e-3), shown));
    truth.for_each_element([&](int x, int y) {
      const double log_truth = std::log(truth(x, y) * 100 / 65536);
      filter_squares += std::pow(shown(x, y) - log_truth, 2);
      frame_squares += std::pow(std::log(frame(x, y) / 65536.0) - log_truth, 2);
      ++samples;
    });
  }
  const double filter_error = std::sqrt(filter_squares / samples);
  const double frame_error = std::sqrt(frame_squares / samples);
  // Half a threshold uniform is 0.07, thresholds that differ and the photoreceptor's lag add to it.
  EXPECT_LT(filter_error, 0.35 * frame_error) << frame_error;
  EXPECT_GT(filter_error, 0.06);
}

TEST(ComplementaryFilter, RefusesWhatIsWrong) {
  ComplementaryFilter filter({}, kWidth, kHeight);
  EXPECT_FALSE(filter.AddFrame(FilledImage<uint8_t>(kWidth, kHeight + 1, 1), 255, At(0)));
  EXPECT_FALSE(filter.AddFrame(FilledImage<uint8_t>(kWidth, kHeight, 1), 0, At(0)));
  const double nan = std::nan("");
  EXPECT_TRUE(ComplementaryFilterOptions{}.Validate());
  EXPECT_FALSE((ComplementaryFilterOptions{nan, 0.25, 1, 0.05, 0.1}.Validate()));
  EXPECT_FALSE((ComplementaryFilterOptions{0.25, 0, 1, 0.05, 0.1}.Validate()));
  EXPECT_FALSE((ComplementaryFilterOptions{0.25, 0.25, nan, 0.05, 0.1}.Validate()));
  EXPECT_FALSE((ComplementaryFilterOptions{0.25, 0.25, 1, 0.6, 0.1}.Validate()));
  EXPECT_FALSE((ComplementaryFilterOptions{0.25, 0.25, 1, 0.05, -1}.Validate()));
}

}  // namespace
}  // namespace nightjar
