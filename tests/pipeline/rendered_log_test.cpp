// SPDX-License-Identifier: Apache-2.0
// The renderer against the camera model that it does not use: what it draws by unprojecting pixels
// must be where projecting points puts it.
#include "tests/pipeline/rendered_log.h"

#include <gmock/gmock.h>

#include <cmath>

#include "spatial/trajectory_error.h"

namespace nightjar {
namespace {

const RenderedLog& Rendered() {
  static const RenderedLog log = [] {
    RenderOptions options;
    options.seconds = 1;
    return RenderLog(options);
  }();
  return log;
}

const Image<uint8_t>& Pixels(const Frame& frame) { return std::get<Image<uint8_t>>(frame.image); }

Se3 CameraPose(const Frame& frame) {
  const auto T_world_body = InterpolatePose(Rendered().truth, frame.time, 0.1);
  return *T_world_body * Rendered().rig.cameras[static_cast<size_t>(frame.camera)].T_body_camera;
}

// Where the ray through `pixel` leaves the room of 8 x 8 x 4 m: found by walking along it.
Eigen::Vector3d PointSeen(const Frame& frame, const Eigen::Vector2d& pixel) {
  const RigCamera& camera = Rendered().rig.cameras[static_cast<size_t>(frame.camera)];
  const Se3 T_world_camera = CameraPose(frame);
  const Eigen::Vector3d bearing = camera.model->Unproject(pixel).value();
  double near = 0;
  double far = 20;
  for (int i = 0; i < 60; ++i) {
    const double middle = (near + far) / 2;
    const Eigen::Vector3d point = T_world_camera * Eigen::Vector3d(middle * bearing);
    const bool inside = (point.cwiseAbs().array() < Eigen::Array3d(4, 4, 2)).all();
    (inside ? near : far) = middle;
  }
  return T_world_camera * Eigen::Vector3d(near * bearing);
}

double Interpolated(const Image<uint8_t>& image, const Eigen::Vector2d& pixel) {
  const int x = static_cast<int>(pixel.x());
  const int y = static_cast<int>(pixel.y());
  const double a = pixel.x() - x;
  const double b = pixel.y() - y;
  return (1 - b) * ((1 - a) * image(x, y) + a * image(x + 1, y)) +
         b * ((1 - a) * image(x, y + 1) + a * image(x + 1, y + 1));
}

struct Difference {
  double rms_dn = 0;
  int points = 0;
};

// Of the brightness of points on the walls in two frames; `offset` spoils the second one's place.
Difference Compare(const Frame& a, const Frame& b,
                   const Eigen::Vector2d& offset = Eigen::Vector2d::Zero()) {
  const RigCamera& camera = Rendered().rig.cameras[static_cast<size_t>(b.camera)];
  const Se3 T_camera_world = CameraPose(b).Inverse();
  Difference difference;
  double sum = 0;
  for (int y = 10; y < 230; y += 7) {
    for (int x = 10; x < 366; x += 7) {
      const auto pixel = camera.model->Project(T_camera_world * PointSeen(a, {x, y}));
      if (!pixel || pixel->x() < 2 || pixel->y() < 2 || pixel->x() > 373 || pixel->y() > 237) {
        continue;
      }
      const double error = Interpolated(Pixels(b), *pixel + offset) - Pixels(a)(x, y);
      sum += error * error;
      ++difference.points;
    }
  }
  difference.rms_dn = std::sqrt(sum / std::max(1, difference.points));
  return difference;
}

TEST(RenderedLog, AWallLooksTheSameFromEveryCameraAtEveryTime) {
  const auto& frames = Rendered().frames;
  ASSERT_EQ(frames.size(), 42U);
  for (const size_t other : {1U, 20U, 41U}) {
    const Difference difference = Compare(frames[0], frames[other]);
    EXPECT_GT(difference.points, 500) << other;
    // 1 DN of noise in each, and the interpolation of a texture some pixels fine.
    EXPECT_LT(difference.rms_dn, 2.5) << other;
    EXPECT_GT(difference.rms_dn, 0.8) << "noise-free";
    // Half a pixel beside it is seen at once: the texture can be tracked to a fraction of a pixel.
    EXPECT_GT(Compare(frames[0], frames[other], {0.5, 0}).rms_dn, 1.5 * difference.rms_dn);
    EXPECT_GT(Compare(frames[0], frames[other], {0, 0.5}).rms_dn, 1.5 * difference.rms_dn);
  }
}

TEST(RenderedLog, IsTheSameEveryTimeAndAnotherByAnotherSeed) {
  RenderOptions options;
  options.seconds = 0.1;
  const RenderedLog a = RenderLog(options);
  const RenderedLog b = RenderLog(options);
  options.seed = 2;
  const RenderedLog c = RenderLog(options);
  ASSERT_EQ(a.frames.size(), b.frames.size());
  const auto equal = [](const Frame& f, const Frame& g) {
    bool same = true;
    for (int y = 0; y < 240; ++y) {
      for (int x = 0; x < 376; ++x) same = same && Pixels(f)(x, y) == Pixels(g)(x, y);
    }
    return same;
  };
  for (size_t i = 0; i < a.frames.size(); ++i) {
    EXPECT_TRUE(equal(a.frames[i], b.frames[i]));
    EXPECT_FALSE(equal(a.frames[i], c.frames[i]));
  }
  for (size_t i = 0; i < a.imu.size(); ++i) {
    EXPECT_EQ(a.imu[i].specific_force_body, b.imu[i].specific_force_body);
  }
}

TEST(RenderedLog, UsesTheRangeOfItsPixelsAndTheImuStartsASecondEarlier) {
  const Image<uint8_t>& image = Pixels(Rendered().frames[0]);
  int clipped = 0;
  for (int y = 0; y < 240; ++y) {
    for (int x = 0; x < 376; ++x) clipped += image(x, y) == 0 || image(x, y) == 255;
  }
  EXPECT_LT(clipped, 376 * 240 / 100);
  EXPECT_EQ(Rendered().frames[0].time - Rendered().imu[0].time, std::chrono::seconds(1));
  EXPECT_EQ(Rendered().imu.size(), 401U);
  EXPECT_EQ(Rendered().frames.back().time, Rendered().imu.back().time);
}

}  // namespace
}  // namespace nightjar
