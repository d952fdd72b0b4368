// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_rectification.h"

#include <gmock/gmock.h>

#include <Eigen/Geometry>
#include <cmath>

#include "calibration/make_camera_model.h"
#include "core/random.h"

namespace nightjar {
namespace {

struct Lens {
  const char* model;
  std::vector<double> parameters;
};

RigCamera Camera(const Lens& lens, const Eigen::Vector3d& place, const Eigen::Vector3d& turn,
                 int width = 320, int height = 240) {
  RigCamera camera;
  camera.name = "cam";
  camera.width = width;
  camera.height = height;
  camera.model = MakeCameraModel(lens.model, lens.parameters).value();
  camera.T_body_camera.translation = place;
  if (turn.norm() > 0)
    camera.T_body_camera.rotation = Eigen::AngleAxisd(turn.norm(), turn.normalized());
  return camera;
}

const Lens kLenses[] = {
    {"radial-tangential", {200, 202, 158, 121, -0.3, 0.1, 1e-3, -5e-4}},
    {"rational", {210, 209, 161, 119, 0.2, -0.1, 1e-4, 2e-4, 0.01, 0.5, -0.05, 0.01}},
    {"equidistant", {150, 151, 161, 118, -0.01, 0.003, 0, 0}},
    {"double-sphere", {120, 120, 160, 120, -0.2, 0.55}},
    {"FisheyeRadTanThinPrism",
     {150, 150, 160, 120, 0.01, -0.005, 0.002, 0, 0, 0, 1e-4, -1e-4, 1e-4, 0, 2e-4, 0}},
    {"none", {200, 200, 160, 120}},
};

/// Points before both cameras: where each view has them.
void ExpectRowsAgree(const RigCamera& first, const RigCamera& second,
                     const StereoRectification& pair) {
  const PinholeView& view = pair.view();
  int compared = 0;
  for (int v = 10; v < view.height - 10; v += 17) {
    for (int u = 10; u < view.width - 10; u += 13) {
      for (const double z : {0.6, 2.0, 30.0}) {
        if (!pair.first().Sees(u, v)) continue;
        // By the tables alone: the pixel of the first camera, and the second one's of that point.
        const Eigen::Vector2d seen(pair.first().column(u, v), pair.first().row(u, v));
        const auto bearing = first.model->Unproject(seen);
        ASSERT_TRUE(bearing);
        const Eigen::Vector3d along = pair.R_first_view().transpose() * *bearing;
        const Eigen::Vector3d point_first = *bearing * (z / along.z());
        const Eigen::Vector3d point_second =
            second.T_body_camera.Inverse() * (first.T_body_camera * point_first);
        const auto other = second.model->Project(point_second);
        if (!other) continue;
        // Where the second view has it, straight from the geometry ...
        const Eigen::Vector3d there = pair.R_second_view().transpose() * point_second;
        const double x = view.focal * there.x() / there.z() + view.cx;
        const double y = view.focal * there.y() / there.z() + view.cy;
        EXPECT_NEAR(y, v, 1e-3) << u << ' ' << v << ' ' << z;
        EXPECT_NEAR(u - x, view.focal * pair.baseline_m() / z, 1e-3);
        // ... and its table leads back to the second camera's pixel.
        const int x0 = static_cast<int>(std::floor(x));
        if (x0 < 0 || x0 + 1 >= view.width || !pair.second().Sees(x0, v) ||
            !pair.second().Sees(x0 + 1, v))
          continue;
        const double share = x - x0;
        const double column =
            (1 - share) * pair.second().column(x0, v) + share * pair.second().column(x0 + 1, v);
        EXPECT_NEAR(column, other->x(), 0.05);  // the table is bent between its pixels
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100);
}

TEST(StereoRectification, RowsAreEpipolarLinesForEveryModel) {
  for (const Lens& lens : kLenses) {
    SCOPED_TRACE(lens.model);
    const RigCamera first = Camera(lens, {0, 0, 0}, {0, 0, 0});
    const RigCamera second = Camera(lens, {0.11, 0.003, -0.002}, {0.01, -0.03, 0.02});
    const auto pair = StereoRectification::Create(first, second, {});
    ASSERT_TRUE(pair) << pair.error().Message();
    EXPECT_NEAR(pair->baseline_m(), std::sqrt(0.11 * 0.11 + 0.003 * 0.003 + 0.002 * 0.002), 1e-12);
    ExpectRowsAgree(first, second, *pair);
  }
}

TEST(StereoRectification, WideCamerasThatLookApart) {
  const Lens& lens = kLenses[2];
  const RigCamera first = Camera(lens, {0, 0, 0}, {0, -0.26, 0});
  const RigCamera second = Camera(lens, {0.14, 0, 0}, {0, 0.26, 0});
  const auto pair = StereoRectification::Create(first, second, {});
  ASSERT_TRUE(pair) << pair.error().Message();
  ExpectRowsAgree(first, second, *pair);
}

TEST(StereoRectification, WhereverTheOtherCameraIs) {
  for (const Eigen::Vector3d& place :
       {Eigen::Vector3d(-0.1, 0, 0), Eigen::Vector3d(0, 0.1, 0), Eigen::Vector3d(0.05, -0.1, 0)}) {
    const RigCamera first = Camera(kLenses[0], {0, 0, 0}, {0, 0, 0});
    const RigCamera second = Camera(kLenses[0], place, {0, 0, 0});
    const auto pair = StereoRectification::Create(first, second, {});
    ASSERT_TRUE(pair) << pair.error().Message();
    EXPECT_NEAR(pair->R_first_view().determinant(), 1, 1e-12);  // no mirror
    ExpectRowsAgree(first, second, *pair);
  }
}

TEST(StereoRectification, DepthAndItsSigmaFromDisparity) {
  RigCamera first = Camera(kLenses[5], {0, 0, 0}, {0, 0, 0});
  RigCamera second = Camera(kLenses[5], {0.1, 0, 0}, {0, 0, 0});
  const auto exact = StereoRectification::Create(first, second, {}).value();
  const PinholeView& view = exact.view();
  DisparityMap disparity{FilledImage<float>(view.width, view.height, 10),
                         FilledImage<float>(view.width, view.height, 0.25F)};
  disparity.disparity_px(150, 100) = kNoDisparity;
  disparity.disparity_px(151, 100) = 0.5F;  // 0.25 px of sigma: half of the depth
  const DepthMap depth = exact.Depth(disparity, SensorTime(std::chrono::seconds(7)), 0);
  EXPECT_EQ(depth.time, SensorTime(std::chrono::seconds(7)));
  EXPECT_FLOAT_EQ(depth.depth_m(160, 120), 2);      // 200 px 0.1 m / 10 px
  EXPECT_FLOAT_EQ(depth.sigma_m(160, 120), 0.05F);  // 2 m 0.25 / 10
  EXPECT_FALSE(std::isfinite(depth.depth_m(150, 100)));
  EXPECT_FALSE(std::isfinite(depth.depth_m(151, 100)));
  EXPECT_FALSE(std::isfinite(depth.sigma_m(151, 100)));
  // What lies to the left of what the second camera sees cannot have been matched.
  EXPECT_FALSE(std::isfinite(depth.depth_m(5, 120)));

  // 1 mrad of turn about y: 0.2 px. 1 mm along the baseline: 1 %.
  Vector6d sigma = Vector6d::Zero();
  sigma << 1e-3, 0.5, 0.5, 0.5, 1e-3, 0.5;  // what lies across does not matter
  second.mount_sigma.T_body_sensor = sigma;
  const auto known = StereoRectification::Create(first, second, {}).value();
  EXPECT_NEAR(known.Depth(disparity, {}, 0).sigma_m(160, 120),
              2 * std::sqrt(0.025 * 0.025 + 0.02 * 0.02 + 0.01 * 0.01), 1e-5);
}

TEST(StereoRectification, HasTheLevelsThatTheNearestNeeds) {
  const RigCamera first = Camera(kLenses[5], {0, 0, 0}, {0, 0, 0});
  const RigCamera second = Camera(kLenses[5], {0.1, 0, 0}, {0, 0, 0});
  StereoRectificationOptions options;
  options.nearest_m = 0.5;  // 40 px
  EXPECT_EQ(StereoRectification::Create(first, second, options)->disparities(), 48);
  options.nearest_m = 0.02;
  EXPECT_EQ(StereoRectification::Create(first, second, options)->disparities(), 256);
}

TEST(StereoRectification, SaysWhatCannotBeRectified) {
  const RigCamera first = Camera(kLenses[5], {0, 0, 0}, {0, 0, 0});
  const auto message = [&](const RigCamera& second) {
    const auto pair = StereoRectification::Create(first, second, {});
    return pair ? std::string() : pair.error().Message();
  };
  EXPECT_THAT(message(Camera(kLenses[5], {0, 0, 0}, {0, 0, 0})), testing::HasSubstr("one place"));
  EXPECT_THAT(message(Camera(kLenses[5], {0, 0, 1}, {0, 0, 0})),
              testing::HasSubstr("across their baseline"));
  EXPECT_THAT(message(Camera(kLenses[5], {0.1, 0, 0}, {0, 1.6, 0})),
              testing::HasSubstr("no view in common"));
  StereoRectificationOptions options;
  options.nearest_m = 0;
  EXPECT_EQ(StereoRectification::Create(first, first, options).error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace nightjar
