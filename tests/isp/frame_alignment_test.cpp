// SPDX-License-Identifier: Apache-2.0
#include "isp/frame_alignment.h"

#include <gmock/gmock.h>

#include <cmath>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "isp/coarse_shift.h"
#include "isp/linear_frame.h"
#include "isp/linear_pyramid.h"
#include "isp/rotation_field.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;

constexpr int kWidth = 320, kHeight = 240;

/// Turned about the middle, larger, and shifted.
struct Similarity {
  double turn_rad, scale;
  Vector2d shift_px;
  Vector2d operator()(double x, double y) const {
    const double u = x - kWidth / 2, v = y - kHeight / 2;
    return Vector2d(scale * (std::cos(turn_rad) * u - std::sin(turn_rad) * v) + kWidth / 2,
                    scale * (std::sin(turn_rad) * u + std::cos(turn_rad) * v) + kHeight / 2) +
           shift_px;
  }
};

double Light(const WaveTexture& texture, const Vector2d& at) {
  return std::max(0.0, 0.3 + 0.1 * texture(at.x(), at.y()));
}

/// Pixel p of the image shows the texture at `source`(p).
template <typename Source>
TrackingPyramid Pyramid(const NoiseProfile::Channel& noise, uint64_t seed, const Source& source) {
  const WaveTexture texture(5, 6, 60);
  TestRandom random(seed);
  Image<uint16_t> linear(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double light = Light(texture, source(x, y));
      const double sigma = std::sqrt(noise.scale * light + noise.offset);
      linear(x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(light + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
    }
  }
  return BuildTrackingPyramid(linear, LinearLevels(1)).value();
}

/// RMS error of a field over its inner tiles, px.
template <typename Motion>
double Error(const MotionField& field, const Motion& motion) {
  double sum = 0;
  int count = 0;
  for (int row = 1; row + 1 < field.rows(); ++row) {
    for (int column = 1; column + 1 < field.columns(); ++column) {
      const Vector2d at = MotionField::Centre(column, row);
      sum += (field.Node(column, row) - (motion(at.x(), at.y()) - at)).squaredNorm() / 2;
      ++count;
    }
  }
  return std::sqrt(sum / count);
}

TEST(FrameAlignment, FindsWhereAShakenCameraLooked) {
  struct Case {
    NoiseProfile::Channel noise;
    double largest_error_px;
  };
  // 1000, 150 and 30 electrons at white, 3 of read noise.
  for (const auto& [noise, largest_error_px] :
       {Case{{1e-3, 9e-6}, 0.015}, Case{{6.7e-3, 4e-4}, 0.05}, Case{{3.3e-2, 1e-2}, 0.25}}) {
    for (const Similarity& motion : {Similarity{0, 1, {0.4, -0.7}}, Similarity{0.02, 1, {9, -14}},
                                     Similarity{-0.03, 1.01, {-31, 22}}}) {
      // The reference shows the texture where `motion` leads, so that its pixel p lies at
      // motion(p).
      const TrackingPyramid reference = Pyramid(noise, 1, motion);
      const TrackingPyramid other =
          Pyramid(noise, 2, [](double x, double y) { return Vector2d(x, y); });
      const auto field = AlignFrames(reference, other, LinearPyramidNoise(noise, 1, 1), {});
      ASSERT_TRUE(field.has_value());
      EXPECT_LT(Error(*field, motion), largest_error_px)
          << noise.scale << ", " << motion.shift_px.transpose();
    }
  }
}

TEST(FrameAlignment, TakesWhatTheGyroKnows) {
  // 7 degrees of roll: too much to begin without.
  const auto model = MakeCameraModel("pinhole", {300, 300, 159.5, 119.5}).value();
  const Eigen::Quaterniond R_other_reference = so3::Exp(Eigen::Vector3d(0.02, -0.03, 0.12));
  const auto turned = [&](double x, double y) {
    return *model->Project(R_other_reference * *model->Unproject({x, y}));
  };
  const NoiseProfile::Channel noise = {6.7e-3, 4e-4};
  const TrackingPyramid reference = Pyramid(noise, 1, turned);
  const TrackingPyramid other =
      Pyramid(noise, 2, [](double x, double y) { return Vector2d(x, y); });
  const MotionField expected = RotationField(*model, kWidth, kHeight, R_other_reference);
  EXPECT_LT(Error(expected, turned), 1e-5);
  const auto field = AlignFrames(reference, other, LinearPyramidNoise(noise, 1, 1), {}, &expected);
  ASSERT_TRUE(field.has_value());
  EXPECT_LT(Error(*field, turned), 0.05);
}

TEST(FrameAlignment, FollowsTheSceneWhereAnObjectMovesOnItsOwn) {
  const NoiseProfile::Channel noise = {1e-3, 9e-6};
  const Similarity motion = {0.01, 1, {4, 3}};
  const auto with_object = [&](double x, double y) -> Vector2d {
    const bool inside = std::abs(x - 200) < 30 && std::abs(y - 100) < 30;
    return inside ? Vector2d(x + 500, y - 300) : motion(x, y);
  };
  const TrackingPyramid reference = Pyramid(noise, 1, with_object);
  const TrackingPyramid other =
      Pyramid(noise, 2, [](double x, double y) { return Vector2d(x, y); });
  const auto field = AlignFrames(reference, other, LinearPyramidNoise(noise, 1, 1), {});
  ASSERT_TRUE(field.has_value());
  for (const Vector2d& at : {Vector2d(60, 60), Vector2d(60, 180), Vector2d(280, 200)})
    EXPECT_LT((field->At(at.x(), at.y()) - (motion(at.x(), at.y()) - at)).norm(), 0.05);
}

TEST(FrameAlignment, StaysWhereThereIsNothingToSee) {
  const Image<uint16_t> flat = FilledImage<uint16_t>(64, 48, 9000);
  const TrackingPyramid pyramid = BuildTrackingPyramid(flat, LinearLevels(1)).value();
  const auto field = AlignFrames(pyramid, pyramid, LinearPyramidNoise({1e-3, 1e-5}, 1, 1), {});
  ASSERT_TRUE(field.has_value());
  for (const float motion : field->nodes) EXPECT_NEAR(motion, 0, 1e-3);
}

TEST(FrameAlignment, TakesNoNoiseForTexture) {
  const NoiseProfile::Channel noise = {6.7e-3, 4e-4};
  TestRandom random(3);
  const auto flat = [&] {
    return Render<uint16_t>(
        160, 120, [](double, double) { return 9000.0; }, 57344 * std::sqrt(6.7e-3 * 0.0855 + 4e-4),
        random.Bits());
  };
  const TrackingPyramid a = BuildTrackingPyramid(flat(), LinearLevels(1)).value();
  const TrackingPyramid b = BuildTrackingPyramid(flat(), LinearLevels(1)).value();
  const MotionField still = MotionField::Still(160, 120);
  const auto field = AlignFrames(a, b, LinearPyramidNoise(noise, 1, 1), {}, &still);
  ASSERT_TRUE(field.has_value());
  for (const float motion : field->nodes) EXPECT_NEAR(motion, 0, 1);
}

TEST(FrameAlignment, RefusesImagesOfDifferentSizes) {
  const TrackingPyramid a =
      BuildTrackingPyramid(FilledImage<uint16_t>(64, 48, 9000), LinearLevels(1)).value();
  const TrackingPyramid b =
      BuildTrackingPyramid(FilledImage<uint16_t>(64, 50, 9000), LinearLevels(1)).value();
  const auto field = AlignFrames(a, b, {}, {});
  ASSERT_FALSE(field.has_value());
  EXPECT_EQ(field.error().kind, ErrorKind::kUsage);
  FrameAlignmentOptions options;
  options.fine_steps = 0;
  EXPECT_FALSE(AlignFrames(a, a, {}, options).has_value());
}

TEST(CoarseShift, FindsWholePixels) {
  const WaveTexture texture(3, 8, 60);
  Image<int16_t> reference(94, 60), other(94, 60);
  reference.for_each_element([&](int x, int y) {
    reference(x, y) = static_cast<int16_t>(4000 + 1000 * texture(x, y));
    other(x, y) = static_cast<int16_t>(4000 + 1000 * texture(x - 9, y + 5));
  });
  EXPECT_EQ(CoarseShift(reference, other), Vector2d(9, -5));
}

}  // namespace
}  // namespace nightjar
