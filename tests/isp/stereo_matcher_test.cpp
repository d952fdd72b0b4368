// SPDX-License-Identifier: Apache-2.0
#include "isp/stereo_matcher.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "isp/corner_detector.h"
#include "tests/isp/plane_scene.h"

namespace nightjar {
namespace {

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<size_t>(share * static_cast<double>(values.size() - 1)));
}

class StereoMatcherAt : public testing::TestWithParam<double> {
 protected:
  StereoMatcherAt() : scene_(11, GetParam()) {
    for (int c = 0; c < 2; ++c) frames_[c] = scene_.Look(rig_.cameras[c], {}, 150, c + 1);
  }

  Rig rig_ = StereoRig();
  PlaneScene scene_;
  TrackingPyramid frames_[2];
  PatchTracker tracker_;
  StereoMatcher matcher_{rig_.cameras[0], rig_.cameras[1], StereoMatcherOptions(), tracker_};
};

TEST_P(StereoMatcherAt, FindsPixelAndDistanceOfASlantedPlane) {
  int tried = 0, found = 0;
  std::vector<double> pixel_errors, inverse_distance_errors;
  const auto corners = DetectCorners(frames_[0], {}).value();
  for (const Eigen::Vector2d& corner : corners) {
    const auto point = scene_.Hit(rig_.cameras[0], {}, corner);
    ASSERT_TRUE(point.has_value());
    const auto expected = PlaneScene::Project(rig_.cameras[1], {}, *point);
    if (!expected || (expected->array() < 15).any() || expected->x() > 360 || expected->y() > 224)
      continue;
    const auto patch = tracker_.Extract(frames_[0], corner);
    ASSERT_TRUE(patch.has_value());
    ++tried;
    const StereoResult match = matcher_.Search(*patch, frames_[0], frames_[1]);
    if (!match) continue;
    ++found;
    pixel_errors.push_back((match->pixel - *expected).norm());
    inverse_distance_errors.push_back(std::abs(match->inverse_distance - 1.0 / point->norm()));
    EXPECT_LE(match->epipolar_error_px, StereoMatcherOptions().epipolar_gate_px);
    EXPECT_LT(match->covariance.trace(), 1);

    const StereoResult near = matcher_.MatchNear(*patch, frames_[1], match->inverse_distance * 1.2);
    ASSERT_TRUE(near.has_value());
    EXPECT_LT((near->pixel - match->pixel).norm(), 0.1);
  }
  EXPECT_GT(tried, 12);
  EXPECT_GE(found, 0.75 * tried) << "of " << tried;
  // Square patches of a slanted plane do not fit exactly: near by, some are half a pixel off. f *
  // baseline is 25 px m.
  EXPECT_LT(Quantile(pixel_errors, 0.5), 0.2);
  EXPECT_LT(Quantile(pixel_errors, 0.9), 0.6);
  EXPECT_LT(Quantile(inverse_distance_errors, 0.5), 0.2 / 25);
  EXPECT_LT(Quantile(inverse_distance_errors, 0.9), 0.6 / 25);
}

INSTANTIATE_TEST_SUITE_P(Distances, StereoMatcherAt, testing::Values(0.7, 2.0, 6.0),
                         [](const auto& test) {
                           return "cm" + std::to_string(std::lround(100 * test.param));
                         });

TEST(StereoMatcher, SaysWhyThereIsNoMatch) {
  const Rig rig = StereoRig();
  const PlaneScene scene(12), other(13);
  const PatchTracker tracker;
  const StereoMatcher matcher(rig.cameras[0], rig.cameras[1], {}, tracker);
  const TrackingPyramid left = scene.Look(rig.cameras[0], {});
  const auto patch = tracker.Extract(left, {180, 120});
  ASSERT_TRUE(patch.has_value());
  // Another scene: nothing looks like it.
  const StereoResult wrong = matcher.Search(*patch, left, other.Look(rig.cameras[1], {}));
  EXPECT_FALSE(wrong.has_value());
  // The right camera lowered by 30 mm (3 px at this distance): what is found lies off the curve.
  Rig bent = rig;
  bent.cameras[1].T_body_camera.translation.y() += 0.03;
  const StereoResult off = matcher.Search(*patch, left, scene.Look(bent.cameras[1], {}));
  ASSERT_FALSE(off.has_value());
  EXPECT_THAT(off.error(), testing::AnyOf(StereoFailure::kOffEpipolar, StereoFailure::kNotFound));
  // The images swapped: the point would have to lie beyond infinity.
  const StereoMatcher swapped(rig.cameras[1], rig.cameras[0], {}, tracker);
  EXPECT_FALSE(swapped.MatchNear(*patch, scene.Look(rig.cameras[1], {}), 0.5).has_value());
}

// A short baseline, for what is held in the hand.
class StereoMatcherNear : public testing::TestWithParam<double> {};

TEST_P(StereoMatcherNear, FindsWhatIsNearerThanArmsLength) {
  Rig rig = StereoRig();
  rig.cameras[1].T_body_camera.translation.x() = 0.03;
  const double distance = GetParam();
  const PlaneScene scene(15, distance, distance / 1.5);
  const TrackingPyramid left = scene.Look(rig.cameras[0], {});
  const TrackingPyramid right = scene.Look(rig.cameras[1], {}, 150, 2);
  const PatchTracker tracker;
  StereoMatcherOptions options;
  options.min_distance_m = 0.5 * distance;
  const StereoMatcher matcher(rig.cameras[0], rig.cameras[1], options, tracker);
  int tried = 0;
  std::vector<double> search_errors, near_errors;  // of the inverse distance, relative
  const auto corners = DetectCorners(left, {}).value();
  for (const Eigen::Vector2d& corner : corners) {
    const auto point = scene.Hit(rig.cameras[0], {}, corner);
    const auto expected = PlaneScene::Project(rig.cameras[1], {}, *point);
    if (!expected || (expected->array() < 15).any() || expected->x() > 360 || expected->y() > 224)
      continue;
    const auto patch = tracker.Extract(left, corner);
    ASSERT_TRUE(patch.has_value());
    ++tried;
    const double truth = 1 / point->norm();
    if (const StereoResult match = matcher.Search(*patch, left, right)) {
      search_errors.push_back(std::abs(match->inverse_distance / truth - 1));
    }
    if (const StereoResult match = matcher.MatchNear(*patch, right, 0.9 * truth)) {
      near_errors.push_back(std::abs(match->inverse_distance / truth - 1));
    }
  }
  EXPECT_GT(tried, 12);
  for (const auto& errors : {search_errors, near_errors}) {
    ASSERT_GE(static_cast<double>(errors.size()), 0.7 * tried) << "of " << tried;
    EXPECT_LT(Quantile(errors, 0.5), 0.01);
  }
}

INSTANTIATE_TEST_SUITE_P(Distances, StereoMatcherNear, testing::Values(0.15, 0.3),
                         [](const auto& test) {
                           return "cm" + std::to_string(std::lround(100 * test.param));
                         });

TEST(StereoMatcher, NoDistanceNearerThanAsked) {
  const Rig rig = StereoRig();
  const PlaneScene scene(14, 0.7);
  const PatchTracker tracker;
  StereoMatcherOptions options;
  options.min_distance_m = 1.0;
  const StereoMatcher matcher(rig.cameras[0], rig.cameras[1], options, tracker);
  const TrackingPyramid left = scene.Look(rig.cameras[0], {});
  const TrackingPyramid right = scene.Look(rig.cameras[1], {});
  const auto corners = DetectCorners(left, {}).value();
  for (const Eigen::Vector2d& corner : corners) {
    const auto patch = tracker.Extract(left, corner);
    ASSERT_TRUE(patch.has_value());
    const StereoResult match = matcher.MatchNear(*patch, right, 1 / 0.7);
    if (scene.Hit(rig.cameras[0], {}, corner)->norm() < 0.95) {
      EXPECT_FALSE(match.has_value());
    }
  }
}

TEST(StereoMatcherOptions, AreValidated) {
  EXPECT_TRUE(StereoMatcherOptions().Validate().has_value());
  StereoMatcherOptions options;
  options.min_distance_m = 0;
  EXPECT_FALSE(options.Validate().has_value());
  options = {};
  options.search_level = kPyramidLevels;
  EXPECT_FALSE(options.Validate().has_value());
  options = {};
  options.epipolar_gate_px = NAN;
  EXPECT_FALSE(options.Validate().has_value());
}

}  // namespace
}  // namespace nightjar
