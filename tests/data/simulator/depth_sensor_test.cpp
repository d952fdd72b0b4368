// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/depth_sensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "data/simulator/furnished_room.h"
#include "data/simulator/renderer.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr int kWidth = 160, kHeight = 120;
constexpr double kFocal = 150;

std::shared_ptr<const CameraModel> Model() {
  return MakeCameraModel("none", {kFocal, kFocal, 79.5, 59.5}, {}).value();
}

// A camera at the origin that looks along z of the world.
MotionSpline Still() { return MotionSpline(-1, 0.5, std::vector<Se3>(12)); }

// A square across the view, its middle `distance` ahead, turned about y by `turn`.
Panel Across(double distance, double turn, double size, double middle_x = 0) {
  const Eigen::Matrix3d R = so3::Exp(Vector3d(0, turn, 0)).toRotationMatrix();
  Panel panel;
  panel.u_axis = R * Vector3d::UnitY();
  panel.v_axis = R * Vector3d::UnitX();  // u x v looks back at the camera
  panel.width = panel.height = size;
  panel.corner = Vector3d(middle_x, 0, distance) - 0.5 * size * (panel.u_axis + panel.v_axis);
  return panel;
}

SimulatedScene Of(std::vector<Panel> panels, float albedo) {
  SimulatedScene scene;
  scene.textures.emplace_back(16, std::vector<float>(256, albedo));
  scene.panels = std::move(panels);
  return scene;
}

Image<uint16_t> Sense(const SimulatedScene& scene, int64_t frame,
                      const DepthSensorOptions& options = {}) {
  const SurfaceTree surfaces(scene);
  const DepthSensor sensor(options, scene, surfaces, *Model(), kWidth, kHeight, 1, 0);
  return sensor.Sense(Still(), {}, {0, 0, 0}, frame);
}

double NormalShareBelow(double x) { return 0.5 * std::erfc(-x / std::sqrt(2)); }

struct Errors {
  double mean_per_sigma = 0;
  double spread = 0;  // of error / sigma
  double share = 0;   // of pixels with a depth
  double count = 0;
};

// Of a wall, in pixels with a depth between two bounds.
Errors ErrorsOf(double distance, double turn, double low_m, double high_m) {
  const DepthSensorOptions options;
  const SimulatedScene scene = Of({Across(distance, turn, 30)}, 0.8F);
  const Panel& wall = scene.panels.front();
  const auto model = Model();
  Errors errors;
  double offered = 0, squares = 0;
  for (const int64_t frame : {0, 1, 2, 3}) {
    const Image<uint16_t> depth = Sense(scene, frame);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const Vector3d ray = *model->Unproject(Eigen::Vector2d(x, y));
        const double cosine = -wall.Normal().dot(ray);
        const double z = -wall.Normal().dot(wall.corner) / cosine * ray.z();
        if (!(z >= low_m && z < high_m)) continue;
        ++offered;
        if (depth(x, y) == 0) continue;
        const double error = (1e-3 * depth(x, y) - z) / DepthSigma(options, z, cosine);
        errors.mean_per_sigma += error;
        squares += error * error;
        ++errors.count;
      }
    }
  }
  errors.mean_per_sigma /= errors.count;
  errors.spread = std::sqrt(squares / errors.count);
  errors.share = errors.count / offered;
  return errors;
}

// By hand, from the paper's formula.
TEST(DepthSensor, SigmaIsThePapers) {
  const DepthSensorOptions options;
  EXPECT_NEAR(DepthSigma(options, 0.4, 1), 0.0012, 1e-12);
  EXPECT_NEAR(DepthSigma(options, 2.4, 1), 0.0012 + 0.0019 * 4, 1e-12);
  const double slant = (M_PI / 3) / (M_PI / 6);  // 60 degrees
  EXPECT_NEAR(DepthSigma(options, 4, 0.5), 0.0012 + 0.0019 * 3.6 * 3.6 + 0.0001 / 2 * slant * slant,
              1e-12);
}

TEST(DepthSensor, ErrorsHaveThatSigmaInBinsOfDepthAndSlant) {
  const double bins[] = {0.5, 0.7, 1, 1.5, 2, 3, 4, 5};
  for (size_t i = 0; i + 1 < std::size(bins); ++i) {
    for (const double turn : {0.1, 0.7}) {
      const Errors errors = ErrorsOf(0.5 * (bins[i] + bins[i + 1]), turn, bins[i], bins[i + 1]);
      std::printf("z %.1f .. %.1f, turned by %.1f: n %.0f, mean %.3f, std %.3f sigma\n", bins[i],
                  bins[i + 1], turn, errors.count, errors.mean_per_sigma, errors.spread);
      ASSERT_GT(errors.count, 1000);
      EXPECT_NEAR(errors.spread, 1, 0.06);
      // Where depth comes in steps of just 2 mm, as it does at 0.83 m, whole mm all err alike.
      EXPECT_NEAR(errors.mean_per_sigma, 0, 0.1);
    }
  }
}

TEST(DepthSensor, DepthComesInStepsOfDisparity) {
  const DepthSensorOptions options;
  const Image<uint16_t> depth = Sense(Of({Across(4, 0.3, 30)}, 0.8F), 0);
  int seen = 0;
  depth.for_each_value([&](uint16_t mm) {
    if (mm == 0) return;
    const double steps = options.focal_baseline_px_m / (1e-3 * mm) / options.disparity_step_px;
    // A mm is 0.02 of a step at 4 m.
    EXPECT_NEAR(steps, std::round(steps), 0.02) << mm;
    ++seen;
  });
  EXPECT_GT(seen, kWidth * kHeight / 2);
}

TEST(DepthSensor, NothingIsSeenOutOfRangeAtASlantAndInTheDark) {
  EXPECT_NEAR(ErrorsOf(2, 0.1, 1, 3).share, 1, 0.001);
  EXPECT_EQ(ErrorsOf(0.45, 0.3, 0.3, 0.5).count, 0);
  EXPECT_EQ(ErrorsOf(5.5, 0.3, 5, 7).count, 0);
  EXPECT_EQ(Sense(Of({}, 0.5F), 0)(80, 60), 0);

  const DepthSensorOptions options;
  const SimulatedScene slanted = Of({Across(1.5, 1.25, 30)}, 0.9F);
  const Image<uint16_t> depth = Sense(slanted, 0);
  const auto model = Model();
  int beyond = 0, within = 0;
  for (int x = 0; x < kWidth; ++x) {
    const Vector3d ray = *model->Unproject(Eigen::Vector2d(x, 60));
    const double cosine = -slanted.panels[0].Normal().dot(ray);
    const double z = -slanted.panels[0].Normal().dot(slanted.panels[0].corner) / cosine * ray.z();
    if (cosine < options.smallest_cosine) {
      EXPECT_EQ(depth(x, 60), 0);
      ++beyond;
    } else if (z > 0.5 && z < 2) {
      within += depth(x, 60) > 0;
    }
  }
  EXPECT_GT(beyond, 20);
  EXPECT_GT(within, 20);

  // Black at 2 m, the dark furniture at 3 m, twice the smallest signal, and what is safely seen.
  for (const auto& [albedo, distance] :
       {std::pair{0.05F, 1.9}, std::pair{0.05F, 2.2}, std::pair{0.12F, 3.0}, std::pair{0.225F, 3.0},
        std::pair{0.5F, 3.0}}) {
    const SimulatedScene wall = Of({Across(distance, 0, 30)}, albedo);
    const Image<uint16_t> seen = Sense(wall, 0);
    double offered = 0, lost = 0, expected = 0;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const double cosine = model->Unproject(Eigen::Vector2d(x, y))->z();
        expected += SignalDropout(options, static_cast<double>(albedo), distance, cosine);
        const double signal = static_cast<double>(albedo) * cosine / (distance * distance);
        // The closed form, by another implementation of the normal distribution.
        if (x == 0) {
          EXPECT_NEAR(SignalDropout(options, static_cast<double>(albedo), distance, cosine),
                      NormalShareBelow((1 - signal / options.smallest_signal) / 0.25), 1e-6);
        }
        ++offered;
        lost += seen(x, y) == 0;
      }
    }
    std::printf("albedo %.2f at %.1f m: %.3f lost, %.3f expected\n", static_cast<double>(albedo),
                distance, lost / offered, expected / offered);
    EXPECT_NEAR(lost, expected, 4 * std::sqrt(expected * (1 - expected / offered)) + 1);
  }
}

// A square at 1 m before a wall at 3 m: the projector is on the right of the camera, so the shadow
// is on the wall to the left of the square, f b (1/1 - 1/3) wide; the other edges are frayed.
TEST(DepthSensor, EdgesHaveAShadowOnOneSideAndAreFrayed) {
  constexpr double kHalf = 0.201;  // m; its edges are at x = 79.5 +- 30.15 px
  const SimulatedScene scene = Of({Across(3, 0, 30), Across(1, 0, 2 * kHalf)}, 0.8F);
  const DepthSensorOptions options;
  const double shadow_px = kFocal * options.projector_camera.x() * (1 - 1.0 / 3);  // 7.5
  double shadow = 0, beside = 0, right_of_it = 0, rows = 0;
  std::vector<double> near_share(10, 0);  // of the columns 105 .. 114, at the right edge
  for (int64_t frame = 0; frame < 40; ++frame) {
    const Image<uint16_t> depth = Sense(scene, frame);
    for (int y = 40; y < 80; ++y) {
      ++rows;
      const int left = 49;  // the last column that is outside on the left
      for (int k = 3; k < 6; ++k) shadow += depth(left - k, y) == 0;
      beside += depth(left - static_cast<int>(shadow_px) - 5, y) == 0;
      right_of_it += depth(115, y) == 0;
      for (size_t k = 0; k < near_share.size(); ++k) {
        const int mm = depth(105 + static_cast<int>(k), y);
        near_share[k] += mm > 0 && mm < 2000;
      }
    }
  }
  EXPECT_GT(shadow / (3 * rows), 0.995) << "three pixels beside the outline fray is rare";
  EXPECT_EQ(beside, 0);
  EXPECT_EQ(right_of_it, 0);
  for (size_t k = 0; k < near_share.size(); ++k) {
    const double inside_px = 79.5 + 30.15 - (105 + static_cast<double>(k));
    const double expected = NormalShareBelow(inside_px / options.lateral_px);
    EXPECT_NEAR(near_share[k] / rows, expected, 4 * std::sqrt(0.25 / rows)) << k;
  }
}

// In the furnished room, with what moves and a rolling shutter: the truth is the renderer's.
TEST(DepthSensor, IsTheTruthPlusNoiseInARoom) {
  RoomOptions room;
  room.path = {{0, 0, 1.5}};
  room.moving_objects = 4;
  const SimulatedScene scene = FurnishedRoom(room);
  const SurfaceTree surfaces(scene);
  const auto model = Model();
  std::vector<Se3> poses;
  for (int i = -20; i < 30; ++i) {
    poses.push_back({so3::Exp(Vector3d(0, 0, 0.3 * i)) * so3::Exp(Vector3d(-M_PI / 2, 0, 0)),
                     Vector3d(0.1 * i, 0, 1.5)});
  }
  const MotionSpline motion(-1.5, 0.1, poses);
  const ExposureSpan span = {0.5, 0, 0.03};
  const DepthSensor sensor({}, scene, surfaces, *model, kWidth, kHeight, 1, 0);
  const Image<uint16_t> sensed = sensor.Sense(motion, {}, span, 4);
  const Image<uint16_t> again = sensor.Sense(motion, {}, span, 4);
  const Image<float> truth = Renderer(scene, *model, kWidth, kHeight).Depth(motion, {}, span);
  double seen = 0, offered = 0, within = 0, edges = 0, unknown_at_edges = 0;
  for (int y = 1; y + 1 < kHeight; ++y) {
    for (int x = 1; x + 1 < kWidth; ++x) {
      ASSERT_EQ(sensed(x, y), again(x, y));
      const double z = static_cast<double>(truth(x, y));
      const auto differs = [&](int i, int j) {
        return std::abs(static_cast<double>(truth(i, j)) - z) > 0.2;
      };
      const bool edge = differs(x - 1, y) || differs(x + 1, y);
      if (edge) {
        ++edges;
        unknown_at_edges += sensed(x, y) == 0;
      }
      if (z < 0.5 || z > 5 || edge || differs(x, y - 1) || differs(x, y + 1)) continue;
      ++offered;
      if (sensed(x, y) == 0) continue;
      ++seen;
      // 5 sigma where it is seen at a slant of 75 degrees; a frayed edge is further away.
      within += std::abs(1e-3 * sensed(x, y) - z) < 5 * DepthSigma({}, z, 0.26);
    }
  }
  std::printf("seen %.3f of what is in range, %.4f of it near the truth; of edges %.3f unknown\n",
              seen / offered, within / seen, unknown_at_edges / edges);
  ASSERT_GT(offered, 5000);
  EXPECT_GT(seen / offered, 0.7);
  EXPECT_LT(seen / offered, 0.999);
  EXPECT_GT(within / seen, 0.98);
  EXPECT_GT(unknown_at_edges / edges, (offered - seen) / offered);
}

TEST(DepthSensor, SaysHowItErrs) {
  const std::string yaml = DescribeDepthNoise({});
  EXPECT_NE(yaml.find("  sigma_z_m: [0.0012, 0.0019, 0.4, 1e-04]\n"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("  disparity_step_px: 0.125\n"), std::string::npos) << yaml;
}

TEST(DepthSensor, OptionsAreChecked) {
  EXPECT_TRUE(DepthSensorOptions().Validate());
  using Numbers = double DepthSensorOptions::*;
  for (const Numbers field :
       {&DepthSensorOptions::constant_m, &DepthSensorOptions::quadratic_per_m,
        &DepthSensorOptions::sharpest_m, &DepthSensorOptions::slant,
        &DepthSensorOptions::lateral_px, &DepthSensorOptions::focal_baseline_px_m,
        &DepthSensorOptions::disparity_step_px, &DepthSensorOptions::nearest_m,
        &DepthSensorOptions::farthest_m, &DepthSensorOptions::smallest_cosine,
        &DepthSensorOptions::smallest_signal, &DepthSensorOptions::signal_sigma}) {
    for (const double wrong : {std::nan(""), -1.0, HUGE_VAL}) {
      DepthSensorOptions options;
      options.*field = wrong;
      EXPECT_FALSE(options.Validate());
    }
  }
  DepthSensorOptions options;
  options.nearest_m = 6;
  EXPECT_FALSE(options.Validate()) << "nothing lies between 6 m and 5 m";
  options.nearest_m = 0.5;
  options.projector_camera.y() = std::nan("");
  EXPECT_FALSE(options.Validate());
}

}  // namespace
}  // namespace nightjar
