// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/gathered_pair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "isp/linear_frame.h"
#include "isp/undistortion.h"
#include "tests/isp/plane_scene.h"

namespace nightjar {
namespace {

constexpr int kFrames = 5, kNow = 2;  // the keyframe is in the middle
constexpr NoiseProfile::Channel kNoise = {1.6e-3, 1.6e-5};
constexpr double kLight = 0.012;
constexpr double kDisc = 0.04;  // light of what moves by itself

SensorTime At(int frame) { return SensorTime(std::chrono::milliseconds(50 * frame)); }

/// A walk of 1.2 m/s past a slanted, textured plane.
Se3 PoseOf(int frame) {
  const double k = frame - kNow;
  Se3 T_world_body;
  T_world_body.translation = {0.03 * k, 0.01 * k, 0.05 * k};
  T_world_body.rotation = Eigen::AngleAxisd(0.012 * k, Eigen::Vector3d(0.3, 1, 0.2).normalized());
  return T_world_body;
}

std::optional<Se3> Walked(SensorTime from, SensorTime to) {
  const auto frame = [](SensorTime time) {
    return static_cast<int>((time - At(0)) / (At(1) - At(0)));
  };
  return PoseOf(frame(to)).Inverse() * PoseOf(frame(from));
}

/// A dark stereo sequence of which the light is known.
class Sequence {
 public:
  explicit Sequence(bool with_disc, double mean_light = kLight) : mean_light_(mean_light) {
    for (int k = 0; k < kFrames; ++k) {
      std::vector<MatchedFrame> frames;
      for (const RigCamera& camera : rig_.cameras) {
        const Image<float> light = LightOf(camera, k, with_disc);
        if (k == kNow) clean_.push_back(light);
        frames.push_back(Exposed(light, 100 + 10 * k + frames.size()));
      }
      pairs_.push_back({At(k), frames[0], frames[1]});
    }
  }

  const Rig& rig() const { return rig_; }
  std::vector<MatchedPair>& pairs() { return pairs_; }
  const Image<float>& clean(size_t camera) const { return clean_[camera]; }

  Result<MatchedPair> Gather(const Move& move = Walked) const {
    std::vector<const MatchedPair*> others;
    for (const int k : {1, 3, 0, 4}) others.push_back(&pairs_[static_cast<size_t>(k)]);
    return GatherPair(rig_, 1, pairs_[kNow], others, Depth(), move);
  }

  DepthMap Depth() const {
    RigCamera camera = rig_.cameras[0];
    const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
    camera.model = MakeCameraModel("pinhole", {view.focal, view.focal, view.cx, view.cy}).value();
    DepthMap depth = UnknownDepthMap(At(kNow), 0, view);
    depth.depth_m.for_each_element([&](int x, int y) {
      const auto point = scene_.Hit(camera, {}, {x, y});
      if (point) depth.depth_m(x, y) = static_cast<float>(point->z());
    });
    return depth;
  }

  /// Whether the disc is there in some frame, and in the keyframe.
  static bool IsInDisc(int frame, int x, int y) {
    return std::hypot(x - (110 + 40 * frame), y - 120) < 18;
  }

 private:
  Image<float> LightOf(const RigCamera& camera, int frame, bool with_disc) const {
    Image<float> light(camera.width, camera.height);
    light.for_each_element([&](int x, int y) {
      const auto point = scene_.Hit(camera, PoseOf(frame), {x, y});
      const bool disc = with_disc && IsInDisc(frame, x, y);
      light(x, y) = static_cast<float>(
          disc ? kDisc : mean_light_ * std::max(0.1, 1 + texture_(point->x(), point->y())));
    });
    return light;
  }

  static MatchedFrame Exposed(const Image<float>& light, uint64_t seed) {
    TestRandom random(seed);
    Image<uint16_t> linear(light.width(), light.height());
    for (int y = 0; y < light.height(); ++y) {
      for (int x = 0; x < light.width(); ++x) {
        const double sigma = std::sqrt(kNoise.scale * light(x, y) + kNoise.offset);
        linear(x, y) =
            static_cast<uint16_t>(std::lround(ToLinear(light(x, y) + sigma * random.Normal())));
      }
    }
    return {linear, true, PictureNoise{{}, kNoise}};
  }

  double mean_light_;
  Rig rig_ = StereoRig();
  PlaneScene scene_{4};
  WaveTexture texture_{9, 0.06, 0.5, 60};
  std::vector<MatchedPair> pairs_;
  std::vector<Image<float>> clean_;  // by camera
};

/// Mean and mean square of x - clean where `counts`.
template <typename Counts>
std::pair<double, double> Errors(const MatchedFrame& frame, const Image<float>& clean,
                                 const Counts& counts) {
  const auto& image = std::get<Image<uint16_t>>(frame.image);
  double sum = 0, squares = 0, count = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      if (!counts(x, y)) continue;
      const double error = FromLinear(image(x, y)) - clean(x, y);
      sum += error;
      squares += error * error;
      count += 1;
    }
  }
  return {sum / count, squares / count};
}

bool Everywhere(int, int) { return true; }

TEST(GatheredPair, HasTheVarianceThatItSays) {
  Sequence sequence(false);
  const auto gathered = sequence.Gather();
  ASSERT_TRUE(gathered) << gathered.error().Message();
  const MatchedPair& now = sequence.pairs()[kNow];
  for (const auto& [after, before, camera] :
       {std::tuple(&gathered->left, &now.left, 0), {&gathered->right, &now.right, 1}}) {
    SCOPED_TRACE(camera);
    const Image<float>& clean = sequence.clean(static_cast<size_t>(camera));
    const double share =
        Errors(*after, clean, Everywhere).second / Errors(*before, clean, Everywhere).second;
    const double told = after->noise->noise.offset / kNoise.offset;
    EXPECT_EQ(after->noise->noise.scale / kNoise.scale, told);
    EXPECT_LT(share, 0.35);
    // What is told is the 1.25th power of what is left.
    EXPECT_NEAR(std::pow(told, 1 / 1.25) / share, 1, 0.2) << share;
  }
}

// Alone most of it is refused; what both know is nearer to the truth.
TEST(GatheredPair, MatchesBetter) {
  Sequence sequence(false, kLight / 4);
  auto stereo = StereoDepth::Create(sequence.rig(), {}, {});
  ASSERT_TRUE(stereo && *stereo);
  const DepthMap truth = sequence.Depth();
  const DepthMap alone = (*stereo)->Measure(sequence.pairs()[kNow], RunInTurn).value().map;
  const DepthMap gathered = (*stereo)->Measure(sequence.Gather().value(), RunInTurn).value().map;
  size_t known = 0, known_gathered = 0;
  std::vector<double> errors, errors_gathered;  // px
  truth.depth_m.for_each_element([&](int x, int y) {
    const double exact = truth.depth_m(x, y), a = alone.depth_m(x, y), g = gathered.depth_m(x, y);
    if (!std::isfinite(exact)) return;
    known += std::isfinite(a) ? 1 : 0;
    known_gathered += std::isfinite(g) ? 1 : 0;
    if (!std::isfinite(a) || !std::isfinite(g)) return;
    errors.push_back(229 * 0.11 * std::abs(1 / a - 1 / exact));
    errors_gathered.push_back(229 * 0.11 * std::abs(1 / g - 1 / exact));
  });
  ASSERT_GT(known, 10000U);
  EXPECT_GT(static_cast<double>(known_gathered), 1.5 * static_cast<double>(known));
  const auto median = [](std::vector<double>& values) {
    std::ranges::nth_element(values, values.begin() + static_cast<ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
  };
  ASSERT_GT(errors.size(), 10000U);
  EXPECT_LT(median(errors_gathered), 0.7 * median(errors)) << median(errors);
}

TEST(GatheredPair, WhatMovesByItselfIsNotSmeared) {
  Sequence sequence(true);
  const auto gathered = sequence.Gather();
  ASSERT_TRUE(gathered) << gathered.error().Message();
  const auto in_disc = [](int x, int y) { return Sequence::IsInDisc(kNow, x, y); };
  const auto in_others = [&](int x, int y) {
    return !in_disc(x, y) && (Sequence::IsInDisc(1, x, y) || Sequence::IsInDisc(3, x, y));
  };
  // A mean of five frames would be off by 4/5 and 1/5 of 0.028.
  EXPECT_NEAR(Errors(gathered->left, sequence.clean(0), in_disc).first, 0, 0.0015);
  EXPECT_NEAR(Errors(gathered->left, sequence.clean(0), in_others).first, 0, 0.0015);
}

void ExpectNothingAdded(const Sequence& sequence, const MatchedPair& now, const Move& move) {
  const auto gathered = sequence.Gather(move);
  ASSERT_TRUE(gathered) << gathered.error().Message();
  for (const auto& [after, before] :
       {std::pair(&gathered->left, &now.left), {&gathered->right, &now.right}}) {
    EXPECT_EQ(std::get<Image<uint16_t>>(after->image).data(),
              std::get<Image<uint16_t>>(before->image).data());
    EXPECT_EQ(after->noise->noise.offset, before->noise->noise.offset);
  }
}

TEST(GatheredPair, WithoutPosesNothingIsAdded) {
  Sequence sequence(false);
  ExpectNothingAdded(sequence, sequence.pairs()[kNow],
                     [](SensorTime, SensorTime) { return std::nullopt; });
}

TEST(GatheredPair, FramesOfAnotherKindAddNothing) {
  Sequence sequence(false);
  for (MatchedPair& pair : sequence.pairs()) {
    if (pair.time == At(kNow)) continue;
    pair.left.exposure = 1.5;
    pair.right.noise->noise.scale *= 2;
  }
  ExpectNothingAdded(sequence, sequence.pairs()[kNow], Walked);
  for (MatchedPair& pair : sequence.pairs()) pair.left.is_noise_white = false;
  ExpectNothingAdded(sequence, sequence.pairs()[kNow], Walked);
}

TEST(NoiseShare, IsThatOfTheMeanLight) {
  Sequence sequence(false);
  MatchedFrame frame = sequence.pairs()[0].left;
  const double light = kLight;  // about
  EXPECT_NEAR(NoiseShare(frame), std::sqrt(kNoise.scale * light + kNoise.offset) / light, 0.05);
  frame.is_noise_white = false;
  EXPECT_EQ(NoiseShare(frame), 0);
  frame.is_noise_white = true;
  frame.noise.reset();
  EXPECT_EQ(NoiseShare(frame), 0);
}

}  // namespace
}  // namespace nightjar
