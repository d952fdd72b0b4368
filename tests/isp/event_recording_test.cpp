// SPDX-License-Identifier: Apache-2.0
// Images of warped events of a real camera that turns before boxes and before shapes, with the
// angular velocity that its IMU measured.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "calibration/pinhole_radial_tangential.h"
#include "isp/events/event_warp.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

constexpr int kWidth = 240, kHeight = 180;

std::vector<double> Numbers(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<double> numbers;
  for (double number; in >> number;) numbers.push_back(number);
  return numbers;
}

class Turning {
 public:
  explicit Turning(const std::filesystem::path& folder) {
    const std::vector<double> c = Numbers(folder / "calib.txt");
    const PinholeRadialTangential lens({c.at(0), c.at(1)}, {c.at(2), c.at(3)},
                                       {c.at(4), c.at(5), c.at(6), c.at(7)});
    warp_ =
        EventWarp::Create(lens, kWidth, kHeight, {kWidth, kHeight, 0.5 * (c[0] + c[1]), c[2], c[3]})
            .value();
    const std::vector<double> w = Numbers(folder / "motion.txt");
    angular_velocity_ = {w.at(0), w.at(1), w.at(2)};
    const std::vector<double> rows = Numbers(folder / "events.txt");
    packet_.begin = FromNanoseconds(0) + FromSeconds(rows.at(0));
    for (size_t i = 0; i + 3 < rows.size(); i += 4) {
      const Duration since = FromNanoseconds(0) + FromSeconds(rows[i]) - packet_.begin;
      packet_.events.push_back({static_cast<uint32_t>(since.count() / 1000),
                                static_cast<uint16_t>(rows[i + 1]),
                                static_cast<uint16_t>(static_cast<int>(rows[i + 2]) & 0x7FFF),
                                static_cast<uint16_t>(rows[i + 3] > 0 ? 1 : 0)});
    }
  }

  size_t events() const { return packet_.events.size(); }

  /// The variance for this multiple of the angular velocity, about a point so far behind the camera
  /// as a share of the scene's depth.
  double Sharpness(double scale, double lever = 0) {
    const ImuSample sample = {packet_.begin, scale * angular_velocity_, Eigen::Vector3d::Zero()};
    const Duration span = std::chrono::microseconds(packet_.events.back().time_us + 1);
    auto motion = MotionFromGyro({&sample, 1}, {}, packet_.begin, packet_.begin + span,
                                 packet_.begin + span / 2);
    const Eigen::Vector3d arm(0, 0, lever);
    for (EventMotion::Knot& knot : motion->knots)
      knot.T_reference_camera.translation = knot.T_reference_camera.rotation * arm - arm;
    warp_->Clear();
    EXPECT_TRUE(warp_->Add(packet_, *motion, &unit_depth_));
    Image<float> counts;
    warp_->Counts(counts);
    return Variance(counts);
  }

  double SharpestScale(double lever = 0) {
    double best = 0, best_scale = 0;
    for (double scale = 0.5; scale < 1.5; scale += 0.005) {
      const double sharpness = Sharpness(scale, lever);
      if (sharpness > best) {
        best = sharpness;
        best_scale = scale;
      }
    }
    return best_scale;
  }

 private:
  std::optional<EventWarp> warp_;
  Image<float> unit_depth_ = FilledImage(kWidth, kHeight, 1.0F);
  Eigen::Vector3d angular_velocity_;
  EventPacket packet_;
};

struct Expected {
  size_t events;
  double still, least_gain, most_gain;
};

void Check(const std::filesystem::path& folder, const Expected& expected) {
  Turning turning(folder);
  ASSERT_EQ(turning.events(), expected.events);
  const double still = turning.Sharpness(0), warped = turning.Sharpness(1);
  EXPECT_NEAR(still, expected.still, 0.02 * expected.still);
  EXPECT_GT(warped, expected.least_gain * still);
  EXPECT_LT(warped, expected.most_gain * still);
  EXPECT_LT(turning.Sharpness(-1), still);
  // Events are sharpest for 1.15 times the one reading of the gyro that there is of each window. A
  // hand turns about a point behind the camera: for one that is 0.17 of the scene's depth away they
  // are sharpest for the reading itself, in both recordings (docs/maths/events.md). On simulated
  // events the maximum is where it should be (event_warp_test.cpp).
  EXPECT_NEAR(turning.SharpestScale(), 1.15, 0.03);
  EXPECT_NEAR(turning.SharpestScale(0.17), 1, 0.05);
  EXPECT_GT(turning.Sharpness(1, 0.17), warped);
}

TEST(EventRecording, BoxesAreSharperAsTheGyroTurned) {
  NIGHTJAR_RECORDING(folder, "events/ecd_rotation/boxes_rotation");
  Check(folder, {30000, 0.34, 1.5, 1.8});
}

TEST(EventRecording, ShapesAreSharperAsTheGyroTurned) {
  NIGHTJAR_RECORDING(folder, "events/ecd_rotation/shapes_rotation");
  Check(folder, {20000, 1.33, 2.7, 3.3});
}

}  // namespace
}  // namespace nightjar
