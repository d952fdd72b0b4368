// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_warp.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>

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
    // A point lies up to half a pixel from the pixel's centre (a whole one where it fills a gap).
    EXPECT_NEAR(moved.depth_m(x, y), expected.Depth(kView, x, y), 0.009) << x << ' ' << y;
    ++known;
  });
  EXPECT_GT(known, 0.85 * 161 * 121);
  // No hole inside, though the picture grew by a tenth.
  for (int y = 30; y < 90; ++y)
    for (int x = 40; x < 120; ++x) EXPECT_TRUE(std::isfinite(moved.depth_m(x, y)));
}

TEST(MoveDepth, TheNearestIsSeen) {
  DepthCollector collector({}, 0, kView);
  collector.Add({0, 0, 3}, 0.01F);
  collector.Add({0, 0, 1}, 0.02F);
  collector.Add({0, 0, 2}, 0.03F);
  const DepthMap map = collector.Take();
  EXPECT_EQ(map.depth_m(80, 60), 1.F);
  EXPECT_EQ(map.sigma_m(80, 60), 0.02F);
  EXPECT_FALSE(std::isfinite(map.depth_m(83, 60)));
  // Behind the view, and too near.
  DepthCollector none({}, 0, kView);
  none.Add({0, 0, -1}, 0.01F);
  none.Add({0, 0, 0.001}, 0.01F);
  EXPECT_FALSE(std::isfinite(none.Take().depth_m(80, 60)));
}

TEST(MoveDepth, PosesAddToSigma) {
  DepthMap one = UnknownDepthMap({}, 0, kView);
  one.depth_m(140, 60) = 2;  // 1 m beside the axis
  one.sigma_m(140, 60) = 0.03F;
  const DepthMap moved = MoveDepth(one, {}, kView, {0.04, 0.12});
  EXPECT_NEAR(moved.sigma_m(140, 60), 0.13, 1e-6);  // 3, 4, 12: 13
}

}  // namespace
}  // namespace nightjar
