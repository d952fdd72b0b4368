// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/plane_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

const PinholeView kView{160, 120, 130, 79.5, 59.5};
const SensorTime kNow{std::chrono::seconds(2)};

/// A textured plane z = 2 + 0.3 x (m, the reference's frame), and what is seen of it.
class Wall {
 public:
  Wall() {
    TestRandom random(7);
    for (Wave& wave : waves_) {
      const double k = 2 * M_PI / random.Uniform(0.06, 0.4), angle = random.Uniform(0, M_PI);
      wave = {k * std::cos(angle), k * std::sin(angle), random.Uniform(0, 2 * M_PI)};
    }
  }

  static double Depth(int x, int y) {
    (void)y;
    return 2 / (1 - kSlope * (x - kView.cx) / kView.focal);
  }

  Image<uint16_t> Seen(const Se3& T_view_reference, double noise, uint64_t seed) const {
    TestRandom random(seed);
    const Se3 T_reference_view = T_view_reference.Inverse();
    Image<uint16_t> picture(kView.width, kView.height);
    picture.for_each_element([&](int x, int y) {
      const Eigen::Vector3d along =
          T_reference_view.rotation *
          Eigen::Vector3d((x - kView.cx) / kView.focal, (y - kView.cy) / kView.focal, 1);
      const Eigen::Vector3d& from = T_reference_view.translation;
      const double distance = (2 + kSlope * from.x() - from.z()) / (along.z() - kSlope * along.x());
      const Eigen::Vector3d hit = from + distance * along;
      double value = 0;
      for (const Wave& wave : waves_)
        value += std::sin(wave.kx * hit.x() + wave.ky * hit.y() + wave.phase);
      picture(x, y) = static_cast<uint16_t>(20000 + 1500 * value + noise * random.Normal());
    });
    return picture;
  }

 private:
  struct Wave {
    double kx, ky, phase;
  };
  static constexpr double kSlope = 0.3;
  Wave waves_[12];
};

Se3 Moved(double x, double y, double z, double turn = 0) {
  return {Eigen::Quaterniond(Eigen::AngleAxisd(turn, Eigen::Vector3d(0.2, 1, 0.1).normalized())),
          {x, y, z}};
}

DepthMap Swept(const std::vector<Se3>& poses, double noise = 50, const MoveSigma& wrong = {},
               const PlaneSweepOptions& options = {}) {
  const Wall wall;
  std::vector<SweepView> views;
  for (const Se3& pose : poses) {
    views.push_back(
        {NormalisedTexture(wall.Seen(pose, noise, views.size() + 2), 200), pose, wrong});
  }
  return SweepPlanes(NormalisedTexture(wall.Seen({}, noise, 1), 200), kView, views, kNow, 0,
                     options)
      .value();
}

struct Score {
  double median, within_3_sigma, density;
};
Score Judge(const DepthMap& map) {
  std::vector<double> errors;
  int within = 0;
  map.depth_m.for_each_element([&](int x, int y) {
    EXPECT_EQ(std::isfinite(map.depth_m(x, y)), std::isfinite(map.sigma_m(x, y)));
    if (!std::isfinite(map.depth_m(x, y))) return;
    const double error = std::abs(map.depth_m(x, y) - Wall::Depth(x, y));
    errors.push_back(error / Wall::Depth(x, y));
    within += error < 3 * map.sigma_m(x, y) ? 1 : 0;
  });
  if (errors.empty()) return {1, 0, 0};
  std::nth_element(errors.begin(), errors.begin() + static_cast<long>(errors.size() / 2),
                   errors.end());
  const auto count = static_cast<double>(errors.size());
  return {errors[errors.size() / 2], within / count, count / (kView.width * kView.height)};
}

TEST(SweepPlanes, FindsASlantedWallFromMotionToEverySide) {
  const Score aside = Judge(Swept({Moved(0.15, 0, 0), Moved(-0.15, 0.02, 0, 0.05)}));
  EXPECT_LT(aside.median, 0.012);
  EXPECT_GT(aside.density, 0.8);
  EXPECT_GT(aside.within_3_sigma, 0.95);
  // Straight ahead the middle of the picture has no parallax: less of it is known.
  const Score ahead = Judge(Swept({Moved(0, 0, 0.3), Moved(0, 0, -0.3)}));
  EXPECT_LT(ahead.median, 0.03);
  EXPECT_LT(ahead.density, aside.density);
  EXPECT_GT(ahead.density, 0.3);
}

TEST(SweepPlanes, KnowsNothingWithoutMotion) {
  EXPECT_EQ(Judge(Swept({})).density, 0);
  EXPECT_EQ(Judge(Swept({Moved(0, 0, 0, 0.1)})).density, 0);
}

TEST(SweepPlanes, SigmaHasThePosesError) {
  const std::vector<Se3> poses = {Moved(0.15, 0, 0), Moved(-0.15, 0, 0)};
  const DepthMap exact = Swept(poses), doubtful = Swept(poses, 50, {0.015, 0});
  // 15 mm of 150: a tenth of the depth.
  const double z = exact.depth_m(80, 60);
  ASSERT_TRUE(std::isfinite(z));
  EXPECT_EQ(doubtful.depth_m(80, 60), exact.depth_m(80, 60));
  const double added = std::pow(doubtful.sigma_m(80, 60), 2) - std::pow(exact.sigma_m(80, 60), 2);
  EXPECT_NEAR(std::sqrt(added), 0.1 * z, 0.002 * z);
  // 10 mrad are 1.3 px, of 39 px (0.15 m at 0.5 m) from infinity to 0.5 m, 2 per m.
  const DepthMap turned = Swept(poses, 50, {0, 0.01});
  const double by_turn = std::pow(turned.sigma_m(80, 60), 2) - std::pow(exact.sigma_m(80, 60), 2);
  EXPECT_NEAR(std::sqrt(by_turn), z * z * 1.3 * 2 / 39, 0.02 * z * z * 1.3 * 2 / 39);
}

TEST(SweepPlanes, SigmaIsOfTheViewsThatCount) {
  // The view that moved most has seen something else: the depth is that of the other one, and so
  // are parallax and pose.
  const Wall wall;
  const Se3 far = Moved(0.2, 0, 0), near = Moved(0.08, 0, 0);
  const Image<uint8_t> reference = NormalisedTexture(wall.Seen({}, 50, 1), 200);
  const auto swept = [&](const MoveSigma& far_wrong, const MoveSigma& near_wrong) {
    const std::vector<SweepView> views = {
        {FilledImage<uint8_t>(kView.width, kView.height, 20), far, far_wrong},
        {NormalisedTexture(wall.Seen(near, 50, 3), 200), near, near_wrong}};
    return SweepPlanes(reference, kView, views, kNow, 0, {}).value();
  };
  const DepthMap exact = swept({}, {});
  const double z = exact.depth_m(80, 60);
  ASSERT_NEAR(z, 2, 0.1);
  const auto added = [&](const MoveSigma& far_wrong, const MoveSigma& near_wrong) {
    const double sigma = swept(far_wrong, near_wrong).sigma_m(80, 60);
    return std::sqrt(sigma * sigma - std::pow(exact.sigma_m(80, 60), 2));
  };
  EXPECT_NEAR(added({0.1, 0.1}, {}), 0, 1e-6);
  EXPECT_NEAR(added({}, {0.008, 0}), 0.1 * z, 0.002 * z);
  // 0.08 m move what is at 0.5 m by 20.8 px.
  EXPECT_NEAR(added({}, {0, 0.002}), z * z * 0.26 * 2 / 20.8, 0.02 * z * z * 0.26 * 2 / 20.8);
}

TEST(SweepPlanes, WhereLevelsJumpNothingIsKnown) {
  // Half of the picture sees noise that no view shares: there levels differ from pixel to pixel.
  const Wall wall;
  TestRandom random(9);
  Image<uint16_t> picture = wall.Seen({}, 50, 1);
  for (int y = 0; y < kView.height; ++y)
    for (int x = 0; x < kView.width / 2; ++x)
      picture(x, y) = static_cast<uint16_t>(20000 + 4000 * random.Normal());
  const Se3 left = Moved(0.15, 0, 0), right = Moved(-0.15, 0, 0);
  const std::vector<SweepView> views = {
      {NormalisedTexture(wall.Seen(left, 50, 2), 200), left, {}},
      {NormalisedTexture(wall.Seen(right, 50, 3), 200), right, {}}};
  const auto known = [&](double most_roughness, int begin, int end) {
    PlaneSweepOptions options;
    options.least_margin = 0;
    options.most_roughness = most_roughness;
    const DepthMap map =
        SweepPlanes(NormalisedTexture(picture, 200), kView, views, kNow, 0, options).value();
    int count = 0;
    for (int y = 10; y < kView.height - 10; ++y)
      for (int x = begin; x < end; ++x) count += std::isfinite(map.depth_m(x, y)) ? 1 : 0;
    return count / (100.0 * (end - begin));
  };
  EXPECT_LT(known(1.5, 10, 70), 0.7 * known(4, 10, 70));
  EXPECT_GT(known(1.5, 95, 145), 0.8);
}

TEST(SweepPlanes, IsTheSameHoweverItIsRun) {
  const Wall wall;
  const std::vector<SweepView> views = {
      {NormalisedTexture(wall.Seen(Moved(0.15, 0, 0), 50, 2), 200), Moved(0.15, 0, 0), 0}};
  const Image<uint8_t> reference = NormalisedTexture(wall.Seen({}, 50, 1), 200);
  const RunTasks backwards = [](std::span<const std::function<void()>> tasks) {
    for (size_t i = tasks.size(); i-- > 0;) tasks[i]();
  };
  const DepthMap a = SweepPlanes(reference, kView, views, kNow, 0, {}).value();
  const DepthMap b = SweepPlanes(reference, kView, views, kNow, 0, {}, backwards).value();
  EXPECT_EQ(a.time, kNow);
  EXPECT_TRUE(std::equal(a.depth_m.begin(), a.depth_m.end(), b.depth_m.begin()));
  EXPECT_TRUE(std::equal(a.sigma_m.begin(), a.sigma_m.end(), b.sigma_m.begin()));
}

TEST(NormalisedTexture, IgnoresGainAndOffset) {
  const Wall wall;
  const Image<uint16_t> picture = wall.Seen({}, 0, 1);
  Image<uint16_t> darker(kView.width, kView.height);
  darker.for_each_element(
      [&](int x, int y) { darker(x, y) = static_cast<uint16_t>(1000 + picture(x, y) / 4); });
  const Image<uint8_t> a = NormalisedTexture(picture, 4), b = NormalisedTexture(darker, 1);
  a.for_each_element([&](int x, int y) { ASSERT_NEAR(a(x, y), b(x, y), 1); });
  // Where there is nothing but noise of the floor's size, contrast stays small.
  const Image<uint8_t> flat = NormalisedTexture(FilledImage<uint16_t>(40, 30, 777), 10);
  EXPECT_TRUE(std::all_of(flat.begin(), flat.end(), [](uint8_t v) { return v == 128; }));
}

TEST(SweepPlanes, RangesOfOptions) {
  EXPECT_TRUE(PlaneSweepOptions{}.Validate());
  PlaneSweepOptions options;
  options.most_levels = 300;
  EXPECT_FALSE(options.Validate());
  options = {};
  options.match_sigma_px = 0;
  EXPECT_FALSE(options.Validate());
}

}  // namespace
}  // namespace nightjar
