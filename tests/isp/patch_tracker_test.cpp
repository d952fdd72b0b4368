// SPDX-License-Identifier: Apache-2.0
#include "isp/patch_tracker.h"

#include <gmock/gmock.h>

#include <Eigen/Dense>
#include <vector>

#include "isp/tracking_pyramid.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr int kWidth = 320;
constexpr int kHeight = 240;

/// 16-bit frame of a texture moved by (dx, dy), so that rounding to DN is far below the noise.
TrackingPyramid Frame(const WaveTexture& texture, const Eigen::Vector2d& shift,
                      double contrast = 5000, double noise = 0, uint64_t seed = 1,
                      double offset = 30000) {
  const auto image = Render<uint16_t>(
      kWidth, kHeight,
      [&](double x, double y) { return offset + contrast * texture(x - shift.x(), y - shift.y()); },
      noise, seed);
  return BuildTrackingPyramid(image).value();
}

TEST(PatchTracker, FindsSubPixelShifts) {
  const WaveTexture texture(1);
  const TrackingPyramid first = Frame(texture, {0, 0});
  const PatchTracker tracker;
  for (const Eigen::Vector2d& shift : {Eigen::Vector2d(0.25, -0.5), Eigen::Vector2d(-1.3, 2.7),
                                       Eigen::Vector2d(9.6, -7.1), Eigen::Vector2d(-14.2, 11.8)}) {
    const TrackingPyramid second = Frame(texture, shift);
    for (double y = 60; y < 180; y += 30.25) {
      for (double x = 60; x < 260; x += 40.4) {
        const auto patch = tracker.Extract(first, {x, y});
        ASSERT_TRUE(patch.has_value());
        const PatchResult match = tracker.Track(*patch, second, {x, y});
        ASSERT_TRUE(match.has_value()) << x << ' ' << y << " shift " << shift.transpose();
        // Linear interpolation of a texture with waves of 7 px is wrong by this much.
        EXPECT_NEAR(match->pixel.x(), x + shift.x(), 0.05);
        EXPECT_NEAR(match->pixel.y(), y + shift.y(), 0.05);
        EXPECT_GT(match->correlation, 0.99);
      }
    }
  }
}

TEST(PatchTracker, DoesNotSeeGainAndOffset) {
  const WaveTexture texture(2);
  const Eigen::Vector2d shift(1.4, -0.8);
  const TrackingPyramid first = Frame(texture, {0, 0}, 5000);
  const PatchTracker tracker;
  const auto patch = tracker.Extract(first, {150, 120});
  ASSERT_TRUE(patch.has_value());
  for (const double gain : {0.2, 0.5, 1.8}) {
    const TrackingPyramid second = Frame(texture, shift, 5000 * gain, 0, 1, 20000);
    const PatchResult match = tracker.Track(*patch, second, {150, 120});
    ASSERT_TRUE(match.has_value());
    EXPECT_NEAR((match->pixel - Eigen::Vector2d(150, 120) - shift).norm(), 0, 0.03) << gain;
  }
}

TEST(PatchTracker, UsesThePredictionWhereTheMotionIsLarge) {
  const WaveTexture texture(3);
  const Eigen::Vector2d shift(70, -45);
  const TrackingPyramid first = Frame(texture, {0, 0});
  const TrackingPyramid second = Frame(texture, shift);
  const PatchTracker tracker;
  const auto patch = tracker.Extract(first, {120, 150});
  ASSERT_TRUE(patch.has_value());
  const PatchResult match =
      tracker.Track(*patch, second, Eigen::Vector2d(120, 150) + shift + Eigen::Vector2d(2, 1), 1);
  ASSERT_TRUE(match.has_value());
  EXPECT_NEAR((match->pixel - Eigen::Vector2d(120, 150) - shift).norm(), 0, 0.03);
}

TEST(PatchTracker, SaysWhyItFails) {
  const WaveTexture texture(4);
  const TrackingPyramid frame = Frame(texture, {0, 0});
  const PatchTracker tracker;
  for (const Eigen::Vector2d& outside :
       {Eigen::Vector2d(4.9, 100), Eigen::Vector2d(100, 4.9), Eigen::Vector2d(kWidth - 6, 100),
        Eigen::Vector2d(100, kHeight - 5.5), Eigen::Vector2d(-1e9, 3)}) {
    EXPECT_EQ(tracker.Extract(frame, outside).error(), PatchFailure::kLeftImage)
        << outside.transpose();
  }
  EXPECT_TRUE(tracker.Extract(frame, {5.0, 5.0}).has_value());

  const auto patch = tracker.Extract(frame, {150, 100});
  ASSERT_TRUE(patch.has_value());
  EXPECT_EQ(tracker.Track(*patch, frame, {2, 100}, 0).error(), PatchFailure::kLeftImage);
  EXPECT_EQ(tracker.Track(*patch, frame, {NAN, 100}).error(), PatchFailure::kLeftImage);

  const TrackingPyramid other = Frame(WaveTexture(99), {0, 0});
  const PatchResult wrong = tracker.Track(*patch, other, {150, 100});
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error(),
              testing::AnyOf(PatchFailure::kDissimilar, PatchFailure::kNotConverged));

  const auto grey = Render<uint8_t>(kWidth, kHeight, [](double, double) { return 100; });
  EXPECT_EQ(tracker.Extract(BuildTrackingPyramid(grey).value(), {150, 100}).error(),
            PatchFailure::kFlat);
}

TEST(PatchTracker, AnEdgeIsFlatAlongItself) {
  const auto edge = [](double x, double) { return 20000 + 15000 * std::tanh((x - 150) / 2); };
  const TrackingPyramid frame =
      BuildTrackingPyramid(Render<uint16_t>(kWidth, kHeight, edge)).value();
  EXPECT_EQ(PatchTracker().Extract(frame, {150, 100}).error(), PatchFailure::kFlat);
  // With noise the edge has some texture along itself, but its position there means nothing.
  const TrackingPyramid a =
      BuildTrackingPyramid(Render<uint16_t>(kWidth, kHeight, edge, 300, 1)).value();
  const TrackingPyramid b =
      BuildTrackingPyramid(Render<uint16_t>(kWidth, kHeight, edge, 300, 2)).value();
  const auto patch = PatchTracker().Extract(a, {150, 100});
  if (patch.has_value()) {
    EXPECT_FALSE(PatchTracker().Track(*patch, b, {150, 100}, 0).has_value());
  }
}

struct Sample {
  double sigma, error;
};

/// In each of five equally filled bins of predicted sigma errors are as large as it says.
void ExpectTrueSigmas(std::vector<Sample> samples) {
  std::sort(samples.begin(), samples.end(),
            [](const Sample& a, const Sample& b) { return a.sigma < b.sigma; });
  const size_t fifth = samples.size() / 5;
  size_t wild = 0;
  for (size_t bin = 0; bin < 5; ++bin) {
    double sum = 0, count = 0;
    for (size_t i = bin * fifth; i < (bin + 1) * fifth; ++i) {
      const double e = samples[i].error / samples[i].sigma;
      if (std::abs(e) > 5) {
        ++wild;
        continue;
      }
      sum += e * e;
      ++count;
    }
    const double ratio = std::sqrt(sum / count);
    EXPECT_GT(ratio, 0.85) << "bin " << bin << " sigma " << samples[bin * fifth].sigma;
    EXPECT_LT(ratio, 1.15) << "bin " << bin << " sigma " << samples[bin * fifth].sigma;
    std::printf("bin %zu: sigma from %.3f px, std(e/sigma) %.3f\n", bin, samples[bin * fifth].sigma,
                ratio);
  }
  EXPECT_LE(wild, samples.size() / 100);
}

/// Tracks with noise from `least` on to 12 times that.
std::vector<Sample> ErrorsInNoise(const PatchTracker& tracker, double least, bool noise_is_known) {
  std::vector<Sample> samples;
  TestRandom random(17);
  for (int run = 0; run < 40; ++run) {
    const WaveTexture texture(100 + run);
    const double noise = least * std::pow(12.0, random.Uniform(0, 1));
    const Eigen::Vector2d shift(random.Uniform(-1, 1), random.Uniform(-1, 1));
    TrackingPyramid first = Frame(texture, {0, 0}, 3000, noise, 2 * run + 1);
    TrackingPyramid second = Frame(texture, shift, 3000, noise, 2 * run + 2);
    if (noise_is_known) {
      first.noise.offset = std::pow(noise * kPyramidWhite / 65535, 2);
      second.noise = first.noise;
    }
    for (int i = 0; i < 60; ++i) {
      const Eigen::Vector2d pixel(random.Uniform(20, kWidth - 20),
                                  random.Uniform(20, kHeight - 20));
      const auto patch = tracker.Extract(first, pixel);
      if (!patch) continue;
      const PatchResult match = tracker.Track(*patch, second, pixel + shift, 0);
      if (!match) continue;
      const Eigen::Vector2d error = match->pixel - pixel - shift;
      for (int a = 0; a < 2; ++a) samples.push_back({std::sqrt(match->covariance(a, a)), error[a]});
      // And along the axes of the ellipse, which sees the off-diagonal term.
      const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> axes(match->covariance);
      for (int a = 0; a < 2; ++a) {
        samples.push_back(
            {std::sqrt(axes.eigenvalues()[a]), axes.eigenvectors().col(a).dot(error)});
      }
    }
  }
  return samples;
}

TEST(PatchTracker, CovarianceIsTrueAtEveryLevelOfNoise) {
  PatchTrackerOptions options;
  options.sigma_floor_px = 0.01;
  options.min_correlation = 0.3;
  const auto samples = ErrorsInNoise(PatchTracker(options), 100, false);
  ASSERT_GT(samples.size(), 5000U);
  ExpectTrueSigmas(samples);
}

// With its defaults, where noise is up to five times the texture: on coarser levels, too.
TEST(PatchTracker, CovarianceIsTrueWhereTheNoiseIsKnown) {
  PatchTrackerOptions options;
  options.sigma_floor_px = 0.01;
  const auto samples = ErrorsInNoise(PatchTracker(options), 400, true);
  ASSERT_GT(samples.size(), 5000U);
  ExpectTrueSigmas(samples);
  // What is not known is not found: correlations are too low.
  EXPECT_LT(ErrorsInNoise(PatchTracker(options), 400, false).size(), 0.7 * samples.size());
}

/// The texture moved by `shift` while it moves evenly by `blur`.
TrackingPyramid BlurredFrame(const WaveTexture& texture, const Eigen::Vector2d& shift,
                             const Eigen::Vector2d& blur) {
  constexpr int kInstants = 40;
  return BuildTrackingPyramid(Render<uint16_t>(kWidth, kHeight,
                                               [&](double x, double y) {
                                                 double sum = 0;
                                                 for (int i = 0; i < kInstants; ++i) {
                                                   const Eigen::Vector2d at =
                                                       shift + ((i + 0.5) / kInstants - 0.5) * blur;
                                                   sum += texture(x - at.x(), y - at.y());
                                                 }
                                                 return 30000 + 9000 * sum / kInstants;
                                               }))
      .value();
}

// A frame that is blurred by 12 px, against a sharp one, either way.
TEST(PatchTracker, TheSignOfABlurMeansNothing) {
  const WaveTexture texture(3);
  const TrackingPyramid first = Frame(texture, {0, 0}),
                        second = Frame(texture, {0.4, 0.3}, 5000, 200);
  const PatchTracker tracker;
  const auto patch = tracker.Extract(first, {150, 120}, {6, 0});
  ASSERT_TRUE(patch.has_value());
  const PatchResult down = tracker.Track(*patch, second, {150, 120}, 0, {0, 6});
  const PatchResult up = tracker.Track(*patch, second, {150, 120}, 0, {0, -6});
  if (!down || !up) GTEST_FAIL() << "a patch that is blurred across is to be found";
  EXPECT_NEAR((down->covariance - up->covariance).norm(), 0, 1e-4);
}

TEST(PatchTracker, ComparesWithWhatMovedDuringTheExposure) {
  const PatchTracker tracker;
  const Eigen::Vector2d blur(11, -5), shift(1.3, -0.6);
  for (const bool blurred_first : {false, true}) {
    double with = 0, without = 0;
    int found_with = 0, found_without = 0, tried = 0;
    for (uint64_t seed = 0; seed < 3; ++seed) {
      const WaveTexture texture(40 + seed, 10);
      const Eigen::Vector2d none(0, 0);
      const TrackingPyramid first = BlurredFrame(texture, none, blurred_first ? blur : none);
      const TrackingPyramid second = BlurredFrame(texture, shift, blurred_first ? none : blur);
      const auto add = [&](bool told, double& squares, int& found, const Eigen::Vector2d& pixel) {
        const Eigen::Vector2d of_first = told && !blurred_first ? blur : none;
        const Eigen::Vector2d of_second = told && blurred_first ? blur : none;
        const auto patch = tracker.Extract(first, pixel, of_first);
        if (!patch) return;
        const PatchResult match = tracker.Track(*patch, second, pixel, 1, of_second);
        if (!match) return;
        squares += (match->pixel - pixel - shift).squaredNorm();
        ++found;
      };
      for (double y = 40; y < kHeight - 40; y += 20) {
        for (double x = 40; x < kWidth - 40; x += 20) {
          ++tried;
          add(true, with, found_with, {x, y});
          add(false, without, found_without, {x, y});
        }
      }
    }
    ASSERT_GT(found_with, 0.8 * tried);
    EXPECT_LT(std::sqrt(with / found_with), 0.08);
    // By pixels wrong, or not found: what makes the difference.
    EXPECT_TRUE(found_without < 0.5 * tried || std::sqrt(without / found_without) > 0.4)
        << found_without << " of " << tried << ", " << std::sqrt(without / found_without) << " px";
  }
}

}  // namespace
}  // namespace nightjar
