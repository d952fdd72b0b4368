// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_warp.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>

#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

const PinholeView kView{161, 121, 120, 80, 60};

/// The plane normal . p = offset, in the view's frame.
struct Plane {
  Eigen::Vector3d normal;
  double offset;

  double Depth(const PinholeView& view, int x, int y) const {
    const Eigen::Vector3d ray((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
    return offset / normal.dot(ray);
  }
  DepthMap Seen(const PinholeView& view, float sigma) const {
    DepthMap map = UnknownDepthMap({}, 0, view);
    map.depth_m.for_each_element([&](int x, int y) {
      map.depth_m(x, y) = static_cast<float>(Depth(view, x, y));
      map.sigma_m(x, y) = sigma;
    });
    return map;
  }
};

const Plane kSlanted{Eigen::Vector3d(0.2, -0.1, 1).normalized(), 2};

TEST(TurnDepth, IsThatOfTheTurnedPlane) {
  const Eigen::Matrix3d R_source_target =
      Eigen::AngleAxisd(0.15, Eigen::Vector3d(0.3, 1, 0.4).normalized()).toRotationMatrix();
  const PinholeView target{141, 101, 110, 70, 50};
  const DepthMap turned = TurnDepth(kSlanted.Seen(kView, 0.02F), R_source_target, target);
  const Plane expected{R_source_target.transpose() * kSlanted.normal, kSlanted.offset};
  int known = 0, unknown = 0;
  turned.depth_m.for_each_element([&](int x, int y) {
    const Eigen::Vector3d along =
        R_source_target *
        Eigen::Vector3d((x - target.cx) / target.focal, (y - target.cy) / target.focal, 1);
    const double u = kView.focal * along.x() / along.z() + kView.cx;
    const double v = kView.focal * along.y() / along.z() + kView.cy;
    if (u < -0.5 || v < -0.5 || u > kView.width - 0.5 || v > kView.height - 0.5) {
      EXPECT_FALSE(std::isfinite(turned.depth_m(x, y))) << x << ' ' << y;
      ++unknown;
    } else if (u > 0 && v > 0 && u < kView.width - 1 && v < kView.height - 1) {
      EXPECT_NEAR(turned.depth_m(x, y), expected.Depth(target, x, y), 2e-4) << x << ' ' << y;
      EXPECT_NEAR(turned.sigma_m(x, y), 0.02 / along.z(), 1e-6);
      ++known;
    }
  });
  EXPECT_GT(known, 8000);
  EXPECT_GT(unknown, 100);
}

TEST(TurnDepth, DoesNotMixTwoSurfaces) {
  DepthMap step = UnknownDepthMap({}, 0, kView);
  step.depth_m.for_each_element([&](int x, int y) {
    step.depth_m(x, y) = x < 80 ? 1.F : 3.F;
    step.sigma_m(x, y) = 0.01F;
  });
  PinholeView shifted = kView;
  shifted.cx -= 0.4;  // between pixels
  const DepthMap turned = TurnDepth(step, Eigen::Matrix3d::Identity(), shifted);
  turned.depth_m.for_each_element([&](int x, int y) {
    if (x < 1 || x > 158 || y < 1 || y > 118) return;
    EXPECT_TRUE(turned.depth_m(x, y) == 1.F || turned.depth_m(x, y) == 3.F);
  });
}

TEST(MoveDepth, IsThatOfThePlaneFromElsewhere) {
  const Se3 T_target_source{
      Eigen::Quaterniond(Eigen::AngleAxisd(0.05, Eigen::Vector3d(1, 2, 0.5).normalized())),
      {0.1, -0.05, -0.2}};
  const DepthMap moved = MoveDepth(kSlanted.Seen(kView, 0.02F), T_target_source, kView, {});
  const Eigen::Vector3d normal = T_target_source.rotation * kSlanted.normal;
  const Plane expected{normal, kSlanted.offset + normal.dot(T_target_source.translation)};
  int known = 0;
  moved.depth_m.for_each_element([&](int x, int y) {
    if (!std::isfinite(moved.depth_m(x, y))) return;
    // A point lies beside the pixel's centre: its plane is followed to there.
    EXPECT_NEAR(moved.depth_m(x, y), expected.Depth(kView, x, y), 2e-4) << x << ' ' << y;
    ++known;
  });
  EXPECT_GT(known, 0.85 * 161 * 121);
  // No hole inside, though the picture grew by a tenth.
  for (int y = 30; y < 90; ++y)
    for (int x = 40; x < 120; ++x) EXPECT_TRUE(std::isfinite(moved.depth_m(x, y)));
}

struct Errors {
  double mean = 0, rms = 0;  // of error / sigma
};

const PinholeView kNarrow{161, 121, 400, 80, 60};

/// Of a noisy plane, seen from elsewhere; columns `left` .. `right` of the target's.
Errors OfNoisyPlane(const Plane& plane, float sigma, const Se3& T_target_source, int left = 15,
                    int right = 145) {
  TestRandom random(3);
  DepthMap map = plane.Seen(kNarrow, sigma);
  map.depth_m.for_each_element(
      [&](int x, int y) { map.depth_m(x, y) += static_cast<float>(sigma * random.Normal()); });
  const DepthMap moved = MoveDepth(map, T_target_source, kNarrow, {});
  const Eigen::Vector3d normal = T_target_source.rotation * plane.normal;
  const Plane expected{normal, plane.offset + normal.dot(T_target_source.translation)};
  double sum = 0, squares = 0, count = 0;
  for (int y = 15; y < 105; ++y) {
    for (int x = left; x < right; ++x) {
      if (!std::isfinite(moved.depth_m(x, y))) continue;
      const double error =
          (moved.depth_m(x, y) - expected.Depth(kNarrow, x, y)) / moved.sigma_m(x, y);
      sum += error;
      squares += error * error;
      ++count;
    }
  }
  EXPECT_GT(count, 0.5 * (right - left) * 90);
  return {sum / count, std::sqrt(squares / count)};
}

TEST(MoveDepth, OfNoisyDepthIsNeitherNearerNorFurther) {
  const Plane flat{Eigen::Vector3d::UnitZ(), 2};
  const auto along = [](double x, double z) {
    return Se3{Eigen::Quaterniond::Identity(), {x, 0, z}};
  };
  // Moving away several points fall on a pixel, moving ahead none on some.
  for (const Se3& moved : {along(0, 0), along(0.007, 0), along(0, 0.3), along(0, 0.6),
                           along(0, -0.2), along(0.02, 0.1)}) {
    SCOPED_TRACE(moved.translation.transpose());
    const Errors errors = OfNoisyPlane(flat, 0.03F, moved);
    EXPECT_NEAR(errors.mean, 0, 0.04);
    EXPECT_NEAR(errors.rms, 1, 0.06);
  }
  // A floor, 20 to 45 degrees from grazing: the depth changes by more than its sigma per pixel.
  for (const double degrees : {20.0, 30.0, 45.0}) {
    SCOPED_TRACE(degrees);
    const double angle = degrees * M_PI / 180;
    const Plane floor{{0, -std::cos(angle), std::sin(angle)}, 2 * std::sin(angle)};
    for (const Se3& moved : {along(0, 0), along(0.013, 0.02)}) {
      const Errors errors = OfNoisyPlane(floor, 0.01F, moved);
      EXPECT_NEAR(errors.mean, 0, 0.08);
      EXPECT_NEAR(errors.rms, 1, 0.12);
    }
  }
}

TEST(MoveDepth, SigmaIsThatOfTheTargetsAxis) {
  // 20 degrees about y: what was 30 mm along the source's axis is less on one side, more on the
  // other.
  const Se3 turned{Eigen::Quaterniond(Eigen::AngleAxisd(0.35, Eigen::Vector3d::UnitY())),
                   {0, 0, 0}};
  const Plane flat{Eigen::Vector3d::UnitZ(), 2};
  const DepthMap moved = MoveDepth(flat.Seen(kView, 0.03F), turned, kView, {});
  // The target's middle column looks along (-sin, 0, cos) of the source: z there is cos of z here.
  EXPECT_NEAR(moved.sigma_m(80, 60), 0.03 / std::cos(0.35), 2e-4);
}

TEST(DepthCollector, TheNearestSurfaceIsSeen) {
  DepthCollector collector({}, 0, kView);
  const auto add = [](DepthCollector& to, const Eigen::Vector3d& point, double sigma) {
    to.Add({point, Eigen::Vector3d::Zero(), sigma});
  };
  add(collector, {0, 0, 3}, 0.01);
  add(collector, {0, 0, 1}, 0.02);
  add(collector, {0, 0, 2}, 0.03);
  const DepthMap map = collector.Take();
  EXPECT_EQ(map.depth_m(80, 60), 1.F);
  EXPECT_EQ(map.sigma_m(80, 60), 0.02F);
  EXPECT_FALSE(std::isfinite(map.depth_m(83, 60)));
  // Behind the view, and too near.
  DepthCollector none({}, 0, kView);
  add(none, {0, 0, -1}, 0.01);
  add(none, {0, 0, 0.001}, 0.01);
  EXPECT_FALSE(std::isfinite(none.Take().depth_m(80, 60)));
}

TEST(DepthCollector, OfOneSurfaceTheMiddleOneAndNotTheNearest) {
  DepthCollector collector({}, 0, kView);
  const double z = 2;
  // 0.3 px beside the centre and a sigma nearer; 0.1 px beside it; half a metre behind it.
  collector.Add({{0.3 * z / 120, 0, z - 0.02}, {0, 0, 1}, 0.02});
  collector.Add({{0.1 * z / 120, 0, z}, {0, 0, 1}, 0.02});
  collector.Add({{0, 0, z + 0.5}, {0, 0, 1}, 0.02});
  EXPECT_NEAR(collector.Take().depth_m(80, 60), 2, 1e-6);
  // A slanted plane is followed to the centre: dz/dx = 1.
  DepthCollector slanted({}, 0, kView);
  slanted.Add({{0.5 * z / 120, 0, z}, {-1, 0, 1}, 0.02});
  EXPECT_NEAR(slanted.Take().depth_m(80, 60), z - 0.5 * z / 120, 1e-6);
  // Where it is not known, sigma has it.
  DepthCollector unknown({}, 0, kView);
  unknown.Add({{0.5 * z / 120, 0, z}, {0, 0, 0}, 0.02});
  EXPECT_NEAR(unknown.Take().sigma_m(80, 60), std::hypot(0.02, 0.5 * z / 120), 1e-6);
}

TEST(MoveDepth, PosesAddToSigma) {
  DepthMap one = UnknownDepthMap({}, 0, kView);
  one.depth_m(140, 60) = 2;  // 1 m beside the axis
  one.sigma_m(140, 60) = 0.03F;
  const DepthMap moved = MoveDepth(one, {}, kView, {0.04, 0.12});
  EXPECT_NEAR(moved.sigma_m(140, 60), 0.13, 1e-6);  // 3, 4, 12: 13
  // A plane at 45 degrees moves along a ray of its middle by root 2 times what its place is wrong
  // by.
  const Plane slope{Eigen::Vector3d(1, 0, 1).normalized(), 2};
  EXPECT_NEAR(MoveDepth(slope.Seen(kView, 0.03F), {}, kView, {0.04, 0}).sigma_m(80, 60),
              std::hypot(0.03, 0.04 * std::sqrt(2)), 1e-4);
}

}  // namespace
}  // namespace nightjar
