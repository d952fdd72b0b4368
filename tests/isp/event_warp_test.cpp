// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_warp.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "calibration/pinhole_radial_tangential.h"
#include "core/so3.h"
#include "data/simulator/event_camera.h"
#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

constexpr int kWidth = 61, kHeight = 47;

PinholeRadialTangential Lens() { return {{70, 69}, {29.3, 24.1}, {-0.3, 0.1, 0.001, -0.002}}; }
PinholeView View() { return {57, 43, 70, 28, 22}; }
SensorTime At(double t_s) { return FromNanoseconds(0) + FromSeconds(t_s); }

Se3 PoseAt(double t_s) {
  return {so3::Exp(Eigen::Vector3d(0.5, -1, 2) * t_s), Eigen::Vector3d(0.4, -0.3, 0.7) * t_s};
}

EventMotion MovingCamera(double begin_s, double end_s) {
  EventMotion motion;
  for (double t_s = begin_s; t_s < end_s + 5e-4; t_s += 1e-3)
    motion.knots.push_back({At(t_s), PoseAt(t_s - begin_s)});
  return motion;
}

/// What the header says, in double precision and with the true motion.
Image<float> PlainCounts(const std::vector<Event>& events, double begin_s, double first_s,
                         double last_s, const Image<float>* inverse_depth) {
  const PinholeView view = View();
  std::vector<double> counts(static_cast<size_t>(view.width) * view.height);
  const auto lens = Lens();
  for (const Event& event : events) {
    if (event.x >= kWidth || event.y >= kHeight) continue;
    const auto bearing = lens.Unproject({event.x, event.y});
    if (!bearing) continue;
    const double t_s = std::clamp(begin_s + 1e-6 * event.time_us, first_s, last_s);
    const Se3 pose = PoseAt(t_s - first_s);
    const double rho = inverse_depth == nullptr ? 0 : (*inverse_depth)(event.x, event.y);
    const Eigen::Vector3d point =
        pose.rotation * Eigen::Vector3d(*bearing / bearing->z()) + rho * pose.translation;
    const double u = view.focal * point.x() / point.z() + view.cx;
    const double v = view.focal * point.y() / point.z() + view.cy;
    for (int y = static_cast<int>(std::floor(v)); y <= std::floor(v) + 1; ++y) {
      for (int x = static_cast<int>(std::floor(u)); x <= std::floor(u) + 1; ++x) {
        if (x < 0 || y < 0 || x >= view.width || y >= view.height) continue;
        counts[static_cast<size_t>(y * view.width + x)] +=
            (1 - std::abs(u - x)) * (1 - std::abs(v - y));
      }
    }
  }
  Image<float> image(view.width, view.height);
  std::copy(counts.begin(), counts.end(), image.data());
  return image;
}

void ExpectNear(const Image<float>& image, const Image<float>& expected, float tolerance) {
  ASSERT_EQ(image.width(), expected.width());
  ASSERT_EQ(image.height(), expected.height());
  expected.for_each_element(
      [&](int x, int y) { ASSERT_NEAR(image(x, y), expected(x, y), tolerance) << x << ", " << y; });
}

TEST(EventWarp, IsWhatItsHeaderSays) {
  // Packets that begin before, within and after the motion, far from time zero; knots do not fall
  // on whole microseconds.
  auto warp = EventWarp::Create(Lens(), kWidth, kHeight, View()).value();
  Image<float> inverse_depth(kWidth, kHeight), counts;
  inverse_depth.for_each_element(
      [&](int x, int y) { inverse_depth(x, y) = 0.02F * static_cast<float>((x * 7 + y) % 40); });
  for (const double first_s : {0.0101234567, 3.0, -20.0}) {
    const EventMotion motion = MovingCamera(first_s, first_s + 0.03);
    const double last_s = ToSeconds(motion.knots.back().time.time_since_epoch());
    for (const Image<float>* depth : {static_cast<Image<float>*>(nullptr), &inverse_depth}) {
      for (const double begin_s : {first_s - 0.003, first_s + 0.0051, first_s + 0.2}) {
        const std::vector<Event> events = RandomEvents(3001, kWidth, kHeight, 40000, 5);
        warp.Clear();
        const auto lost = warp.Add({At(begin_s), events}, motion, depth);
        ASSERT_TRUE(lost);
        EXPECT_GT(*lost, 0);
        warp.Counts(counts);
        // float positions are good to some 1e-5 px, even motion between knots to 1e-4.
        ExpectNear(counts, PlainCounts(events, begin_s, first_s, last_s, depth), 2e-3F);
      }
    }
  }
}

TEST(EventWarp, TellsTheTimeAtTheEndOfAPacketOf71Minutes) {
  auto warp = EventWarp::Create(Lens(), kWidth, kHeight, View()).value();
  std::vector<Event> events = RandomEvents(500, kWidth, kHeight, 20000, 6);
  for (Event& event : events) event.time_us += 0xFFFFFFFF - 20000;
  const double first_s = 1e-6 * (0xFFFFFFFF - 20000), begin_s = -first_s + 0.01;
  const EventMotion motion = MovingCamera(0, 0.04);
  ASSERT_TRUE(warp.Add({At(begin_s), events}, motion));
  Image<float> counts;
  warp.Counts(counts);
  ExpectNear(counts, PlainCounts(events, begin_s, 0, 0.04, nullptr), 2e-3F);
}

TEST(EventWarp, IsTheSameHoweverPacketsAreCut) {
  const std::vector<Event> events = RandomEvents(2000, kWidth, kHeight, 40000, 7);
  const EventMotion motion = MovingCamera(0, 0.04);
  auto whole = EventWarp::Create(Lens(), kWidth, kHeight, View()).value();
  auto cut = EventWarp::Create(Lens(), kWidth, kHeight, View()).value();
  const int64_t lost = whole.Add({At(0), events}, motion).value();
  int64_t also_lost = 0;
  for (size_t i = 0; i < events.size();) {
    const size_t size = std::min(i % 7, events.size() - i);
    also_lost += cut.Add({At(0), std::span(events).subspan(i, size)}, motion).value();
    i += std::max<size_t>(size, 1);
    if (size == 0)
      also_lost += cut.Add({At(0), std::span(events).subspan(i - 1, 1)}, motion).value();
  }
  EXPECT_EQ(also_lost, lost);
  Image<float> a, b;
  whole.Counts(a);
  cut.Counts(b);
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
}

TEST(EventWarp, CountsEventsOnceOrSaysThatTheyAreLost) {
  // A view so wide that everything lands in it.
  auto warp = EventWarp::Create(Lens(), kWidth, kHeight, {200, 200, 70, 100, 100}).value();
  const std::vector<Event> events = RandomEvents(4000, kWidth, kHeight, 40000, 8);
  const int64_t lost = warp.Add({At(0), events}, MovingCamera(0, 0.04)).value();
  const auto outside = std::count_if(
      events.begin(), events.end(), [](const Event& e) { return e.x >= kWidth || e.y >= kHeight; });
  EXPECT_EQ(lost, outside);
  Image<float> counts;
  warp.Counts(counts);
  double sum = 0;
  for (const float count : counts) sum += count;
  EXPECT_NEAR(sum, static_cast<double>(events.size()) - static_cast<double>(lost), 0.01);
  // A camera that has turned round sees nothing of them.
  EventMotion back;
  back.knots.push_back({At(0), {so3::Exp({0, 3.1, 0}), Eigen::Vector3d::Zero()}});
  EXPECT_EQ(warp.Add({At(0), events}, back).value(), 4000);
  EXPECT_EQ(warp.Add({At(0), {}}, back).value(), 0);
}

TEST(EventWarp, RefusesWhatIsWrong) {
  EXPECT_FALSE(EventWarp::Create(Lens(), 0, 5, View()));
  EXPECT_FALSE(EventWarp::Create(Lens(), 5, 5, {0, 5, 70, 0, 0}));
  EXPECT_FALSE(EventWarp::Create(Lens(), 5, 5, {5, 5, 0, 0, 0}));
  auto warp = EventWarp::Create(Lens(), kWidth, kHeight, View()).value();
  EXPECT_FALSE(warp.Add({At(0), {}}, {}));
  const Image<float> small = FilledImage(kWidth - 1, kHeight, 0.0F);
  EXPECT_FALSE(warp.Add({At(0), {}}, MovingCamera(0, 0.01), &small));
}

TEST(Variance, IsThatOfTheValues) {
  Image<float> image(2, 2);
  image(0, 0) = 1;
  image(1, 0) = 2;
  image(0, 1) = 3;
  image(1, 1) = 6;
  EXPECT_DOUBLE_EQ(Variance(image), 3.5);
  EXPECT_EQ(Variance(FilledImage(5, 3, 7.0F)), 0);
}

Eigen::Vector3d Turning(double t_s) {
  return Eigen::Vector3d(0.8, -1.5, 2) * (1 + 0.5 * std::sin(40 * t_s));
}

std::vector<ImuSample> Gyro(double scale) {
  std::vector<ImuSample> samples;
  for (int i = -5; i < 80; ++i)
    samples.push_back({At(1e-3 * i), scale * Turning(1e-3 * i), Eigen::Vector3d::Zero()});
  return samples;
}

TEST(MotionFromGyro, IsTheIntegralOfTheGyroSeenByTheCamera) {
  const GyroMount mount = {so3::Exp({0.3, 1, -0.4}), {0.1, 0.2, -0.1}};
  std::vector<ImuSample> samples = Gyro(1);
  for (ImuSample& sample : samples) sample.angular_velocity_body += mount.gyro_bias_body;
  const double begin_s = 0.0032, end_s = 0.0497, reference_s = 0.0211;
  const auto motion = MotionFromGyro(samples, mount, At(begin_s), At(end_s), At(reference_s));
  ASSERT_TRUE(motion);
  ASSERT_GE(motion->knots.size(), 47U);
  EXPECT_EQ(motion->knots.front().time, At(begin_s));
  EXPECT_EQ(motion->knots.back().time, At(end_s));
  for (const auto& knot : motion->knots) {
    // In fine steps from the reference, by the true angular velocity.
    const double t_s = ToSeconds(knot.time.time_since_epoch());
    Eigen::Quaterniond R_reference_now = Eigen::Quaterniond::Identity();
    constexpr int kSteps = 1000;
    for (int i = 0; i < kSteps; ++i) {
      const double step_s = (t_s - reference_s) / kSteps;
      R_reference_now =
          R_reference_now * so3::Exp(Turning(reference_s + (i + 0.5) * step_s) * step_s);
    }
    const Eigen::Quaterniond expected =
        mount.R_body_camera.conjugate() * R_reference_now * mount.R_body_camera;
    EXPECT_LT(knot.T_reference_camera.rotation.angularDistance(expected), 2e-5) << t_s;
    EXPECT_EQ(knot.T_reference_camera.translation, Eigen::Vector3d::Zero());
  }
}

TEST(MotionFromGyro, RefusesWhatIsWrong) {
  const std::vector<ImuSample> samples = Gyro(1);
  EXPECT_FALSE(MotionFromGyro({}, {}, At(0), At(1), At(0.5)));
  EXPECT_FALSE(MotionFromGyro(samples, {}, At(0), At(1), At(1.5)));
  EXPECT_FALSE(MotionFromGyro(samples, {}, At(0), At(11), At(1)));
  EXPECT_FALSE(MotionFromGyro(samples, {}, At(1), At(0), At(0.5)));
  const std::vector<ImuSample> falling(samples.rbegin(), samples.rend());
  EXPECT_FALSE(MotionFromGyro(falling, {}, At(0), At(1), At(0.5)));
  EXPECT_TRUE(MotionFromGyro(samples, {}, At(0), At(0), At(0)));
}

/// Events of a camera that turns before a distant pattern, by the simulator's pixels.
std::vector<Event> EventsOfTurning(const PinholeRadialTangential& lens, double seconds) {
  EventCamera camera({}, kWidth, kHeight, 1);
  std::vector<Eigen::Vector3d> rays;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) rays.push_back(lens.Unproject({x, y}).value());
  }
  Image<float> lux(kWidth, kHeight);
  const auto look = [&](const Eigen::Quaterniond& R_world_camera) {
    for (size_t i = 0; i < rays.size(); ++i) {
      const Eigen::Vector3d ray = R_world_camera * rays[i];
      const double u = ray.x() / ray.z(), v = ray.y() / ray.z();
      // Soft-edged tiles of 8 px or so.
      const double tile = std::sin(25 * u + 3 * std::sin(7 * v)) * std::sin(25 * v);
      lux.data()[i] = static_cast<float>(100 * std::exp(1.2 * std::tanh(6 * tile)));
    }
  };
  Eigen::Quaterniond R_world_camera = Eigen::Quaterniond::Identity();
  look(R_world_camera);
  camera.Begin(lux);
  std::vector<Event> events;
  constexpr double kStep = 2.5e-4;
  for (double t_s = 0; t_s < seconds - kStep / 2; t_s += kStep) {
    R_world_camera = R_world_camera * so3::Exp(Turning(t_s + kStep / 2) * kStep);
    look(R_world_camera);
    camera.Step(t_s, t_s + kStep, lux, 0, kHeight, events);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time_us < b.time_us; });
  return events;
}

TEST(EventWarp, IsSharpestForTheTrueMotion) {
  const auto lens = Lens();
  const std::vector<Event> events = EventsOfTurning(lens, 0.05);
  ASSERT_GT(events.size(), 5000U);
  auto warp = EventWarp::Create(lens, kWidth, kHeight, View()).value();
  const auto sharpness = [&](double scale) {
    const auto motion = MotionFromGyro(Gyro(scale), {}, At(0), At(0.05), At(0.025));
    warp.Clear();
    EXPECT_TRUE(warp.Add({At(0), events}, *motion));
    Image<float> counts;
    warp.Counts(counts);
    return Variance(counts);
  };
  const double still = sharpness(0);
  EXPECT_GT(sharpness(1), 7 * still);
  EXPECT_LT(sharpness(1), 12 * still) << "edges of one pixel do not allow for more";
  EXPECT_LT(sharpness(-1), 0.9 * still);
  double best = 0, best_scale = 0;
  for (double scale = 0.7; scale < 1.3; scale += 0.01) {
    if (sharpness(scale) <= best) continue;
    best = sharpness(scale);
    best_scale = scale;
  }
  EXPECT_NEAR(best_scale, 1, 0.03);
}

}  // namespace
}  // namespace nightjar
