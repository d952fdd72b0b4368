// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/sensed_depth.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calibration/make_camera_model.h"
#include "isp/undistortion.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

RigCamera Camera() {
  RigCamera camera;
  camera.width = 160;
  camera.height = 120;
  camera.model = MakeCameraModel("radial-tangential", {120, 120, 80, 60, -0.2, 0.05, 0, 0}).value();
  return camera;
}

/// What `sensor` sees of the plane z = `depth` of the camera's frame, which the body's is.
DepthFrame SeenPlane(const RigCamera& sensor, double depth) {
  DepthFrame frame;
  frame.depth_mm = Image<uint16_t>(sensor.width, sensor.height);
  const Eigen::Vector3d normal =
      sensor.T_body_camera.rotation.conjugate() * Eigen::Vector3d::UnitZ();
  const double offset = depth - sensor.T_body_camera.translation.z();
  frame.depth_mm.for_each_element([&](int x, int y) {
    const auto bearing = sensor.model->Unproject({x, y});
    const double along = offset / normal.dot(*bearing);
    frame.depth_mm(x, y) = static_cast<uint16_t>(std::lround(1000 * along * bearing->z()));
  });
  return frame;
}

const SensorTime kNow{std::chrono::seconds(3)};

TEST(SensedDepth, IsThatOfTheCamerasView) {
  const RigCamera camera = Camera();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  RigCamera aside = Camera();
  aside.T_body_camera.translation = {0.05, 0.02, -0.01};
  aside.T_body_camera.rotation = Eigen::AngleAxisd(0.05, Eigen::Vector3d::UnitY());
  for (const RigCamera& sensor : {camera, aside}) {
    const SensedDepth sensed(sensor, {}, camera, 0, view);
    const DepthMap map = sensed.InView(SeenPlane(sensor, 2), kNow);
    EXPECT_EQ(map.time, kNow);
    int known = 0;
    map.depth_m.for_each_element([&](int x, int y) {
      if (!std::isfinite(map.depth_m(x, y))) return;
      EXPECT_NEAR(map.depth_m(x, y), 2, 0.003);  // mm, and half a pixel of slant
      EXPECT_NEAR(map.sigma_m(x, y), DepthNoise().Sigma(2, 1), 0.0005);
      ++known;
    });
    EXPECT_GT(known, 0.8 * 160 * 120);
  }
}

TEST(SensedDepth, IsMovedToTheCamerasTime) {
  const RigCamera camera = Camera();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const SensedDepth sensed(camera, {}, camera, 0, view);
  // Since then the body went 0.1 m ahead: things are nearer.
  const Se3 T_now_then{Eigen::Quaterniond::Identity(), {0, 0, -0.1}};
  EXPECT_NEAR(sensed.InView(SeenPlane(camera, 2), kNow, T_now_then).depth_m(80, 60), 1.9, 1e-3);
}

TEST(SensedDepth, LeavesOutlinesAndTheUnknownOut) {
  const RigCamera camera = Camera();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const SensedDepth sensed(camera, {}, camera, 0, view);
  DepthFrame frame;
  frame.depth_mm = FilledImage<uint16_t>(160, 120, 2000);
  for (int y = 0; y < 120; ++y)
    for (int x = 0; x < 80; ++x) frame.depth_mm(x, y) = y < 20 ? 0 : 1000;
  const DepthMap map = sensed.InView(frame, kNow);
  EXPECT_FALSE(std::isfinite(map.depth_m(40, 5)));
  EXPECT_FALSE(std::isfinite(map.depth_m(78, 60)));  // 0.8 px of fraying, twice
  EXPECT_FALSE(std::isfinite(map.depth_m(80, 60)));
  EXPECT_FLOAT_EQ(map.depth_m(75, 60), 1);
  EXPECT_FLOAT_EQ(map.depth_m(85, 60), 2);
}

/// A floor that the middle of the picture sees at an angle of `degrees` and 2 m, with noise of
/// `sigmas` of the sensor's.
DepthFrame SeenFloor(const RigCamera& camera, double degrees, double sigmas) {
  TestRandom random(11);
  DepthFrame floor;
  floor.depth_mm = Image<uint16_t>(camera.width, camera.height);
  const double slope = std::tan(degrees * M_PI / 180);
  floor.depth_mm.for_each_element([&](int x, int y) {
    const auto bearing = camera.model->Unproject({x, y});
    double z = 2 / (1 + bearing->y() / bearing->z() / slope);
    if (z > 0.5 && z < 6)
      z += sigmas * DepthNoise().Sigma(z, std::sin(degrees * M_PI / 180)) * random.Normal();
    floor.depth_mm(x, y) = static_cast<uint16_t>(z > 0.5 && z < 6 ? std::lround(1000 * z) : 0);
  });
  return floor;
}

RigCamera FineCamera() {
  RigCamera camera = Camera();
  camera.width = 161;
  camera.height = 121;
  camera.model = MakeCameraModel("none", {450, 450, 80, 60}).value();
  return camera;
}

TEST(SensedDepth, OfASlantedFloorIsNeitherNearerNorFurther) {
  const RigCamera camera = FineCamera();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const SensedDepth sensed(camera, {}, camera, 0, view);
  for (const double degrees : {20.0, 30.0, 45.0, 80.0}) {
    SCOPED_TRACE(degrees);
    const double slope = std::tan(degrees * M_PI / 180);
    const auto truth = [&](const Eigen::Vector3d& ray) { return 2 / (1 + ray.y() / slope); };
    const DepthFrame frame = SeenFloor(camera, degrees, 1);
    const DepthMap map = sensed.InView(frame, kNow);
    double sum = 0, squares = 0, count = 0, along = 0, along_squares = 0, looks = 0;
    for (int y = 15; y < 105; ++y) {
      for (int x = 15; x < 145; ++x) {
        const Eigen::Vector3d ray((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
        if (std::isfinite(map.depth_m(x, y))) {
          const double error = (map.depth_m(x, y) - truth(ray)) / map.sigma_m(x, y);
          sum += error;
          squares += error * error;
          ++count;
        }
        // 0.4 px off the pixel.
        const Eigen::Vector3d beside = ray + Eigen::Vector3d(0.4, 0.4, 0) / view.focal;
        if (const auto look = sensed.LookAlong(frame, beside)) {
          const double error = (look->depth_m - truth(beside)) / look->sigma_m;
          along += error;
          along_squares += error * error;
          ++looks;
        }
      }
    }
    EXPECT_GT(count, 9000);
    EXPECT_GT(looks, 9000);
    EXPECT_NEAR(sum / count, 0, 0.06);
    EXPECT_NEAR(std::sqrt(squares / count), 1, 0.1);
    EXPECT_NEAR(along / looks, 0, 0.06);
    EXPECT_NEAR(std::sqrt(along_squares / looks), 1, 0.1);
  }
}

TEST(SensedDepth, TheMotionsErrorIsInSigma) {
  const RigCamera camera = FineCamera();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const SensedDepth sensed(camera, {}, camera, 0, view);
  const DepthFrame wall = SeenPlane(camera, 2);
  EXPECT_NEAR(sensed.InView(wall, kNow, {}, {0.02, 0}).sigma_m(80, 60),
              std::hypot(DepthNoise().Sigma(2, 1), 0.02), 3e-4);
}

TEST(SensedDepth, SigmaGrowsWithTheSlant) {
  // Nguyen et al., by hand: at 2 m 0.0012 + 0.0019 * 1.6^2, and of 75 degrees (1.309 / 0.2618)^2
  // times 0.0001 / sqrt(2).
  EXPECT_NEAR(DepthNoise().Sigma(2, 1), 0.006064, 1e-9);
  EXPECT_NEAR(DepthNoise().Sigma(2, std::cos(75 * M_PI / 180)), 0.006064 + 0.00176777, 1e-7);
  const RigCamera camera = Camera();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const SensedDepth sensed(camera, {}, camera, 0, view);
  DepthFrame floor;  // seen at a grazing angle: 10 degrees
  floor.depth_mm = Image<uint16_t>(160, 120);
  floor.depth_mm.for_each_element([&](int x, int y) {
    const auto bearing = camera.model->Unproject({x, y});
    const double slope = std::tan(10 * M_PI / 180);
    const double z = 2 / (1 + bearing->y() / bearing->z() / slope);
    floor.depth_mm(x, y) = static_cast<uint16_t>(z > 0.5 && z < 6 ? std::lround(1000 * z) : 0);
  });
  EXPECT_GT(sensed.InView(floor, kNow).sigma_m(80, 60), DepthNoise().Sigma(2, 1) + 0.002);
}

}  // namespace
}  // namespace nightjar
