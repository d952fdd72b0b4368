// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <temporal_fusion.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "isp/linear_frame.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/halide_generators/temporal_fusion_replica.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

using Side = TemporalFusionReplica::Side;

struct Noise {
  float S, O;
};
constexpr Noise kNoises[] = {{1.6e-3F, 1.6e-5F}, {1e-4F, 6e-8F}, {0, 1e-4F}, {1e-2F, 1e-7F}};
constexpr std::pair<int, int> kSizes[] = {{16, 16},  {17, 19},  {33, 65},
                                          {128, 16}, {129, 31}, {301, 40}};

Side Frame(int width, int height) {
  return {FilledImage<uint16_t>(width, height, 0),
          FilledImage((width + 3) / 4, (height + 3) / 4, -1.F)};
}

/// A texture under `noise`, of which `share` is there; a square of `patch` px at the middle has
/// another brightness by `step` of x.
Side Scene(int width, int height, const Noise& noise, float share, uint64_t seed, int patch = 0,
           double step = 0) {
  const WaveTexture texture(5, 4, 40);
  TestRandom random(seed);
  Side side = Frame(width, height);
  for (float& value : side.remaining) value = share;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool inside =
          2 * std::abs(x - width / 2) < patch && 2 * std::abs(y - height / 2) < patch;
      const double light = std::max(0.0, 0.2 + 0.1 * texture(x, y)) + (inside ? step : 0);
      const double sigma =
          std::sqrt(static_cast<double>(share) *
                    (static_cast<double>(noise.S) * light + static_cast<double>(noise.O)));
      side.linear(x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(light + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
    }
  }
  return side;
}

Status Fuse(Side& base, Side& other, const Noise& noise, Side& fused, float caution = 1) {
  KernelCall call("temporal_fusion");
  return call.Finish(temporal_fusion(call.context(), base.linear, base.remaining, other.linear,
                                     other.remaining, noise.S, noise.O, caution, fused.linear,
                                     fused.remaining));
}

TEST(TemporalFusionKernel, HasTheBytesOfItsPlainLoops) {
  for (const Noise& noise : kNoises) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", S " << noise.S);
      Side base = Scene(width, height, noise, 0.25F, 1);
      Side other = Scene(width, height, noise, 1, 2, 12, 0.1);
      TestRandom random(3);
      for (float& share : base.remaining) share = static_cast<float>(random.Uniform(0.1, 1));
      other.remaining(0, 0) = 1e4F;
      Side fused = Frame(width, height), expected = Frame(width, height);
      ASSERT_TRUE(Fuse(base, other, noise, fused, 1.5F).has_value());
      TemporalFusionReplica(noise.S, noise.O, 1.5F)(base, other, expected);
      fused.linear.for_each_element([&](int x, int y) {
        ASSERT_EQ(fused.linear(x, y), expected.linear(x, y)) << x << ", " << y;
      });
      fused.remaining.for_each_element([&](int h, int v) {
        ASSERT_EQ(std::memcmp(&fused.remaining(h, v), &expected.remaining(h, v), sizeof(float)), 0)
            << h << ", " << v << ": " << fused.remaining(h, v) << " is not "
            << expected.remaining(h, v);
      });
    }
  }
}

/// RMS error of x over pixels at least `margin` from the edges.
double Rms(const Side& side, const Side& truth) {
  double sum = 0;
  side.linear.for_each_element([&](int x, int y) {
    const double error = (side.linear(x, y) - truth.linear(x, y)) / double{kLinearScale};
    sum += error * error;
  });
  return std::sqrt(sum / static_cast<double>(side.linear.number_of_elements()));
}

TEST(TemporalFusionKernel, AveragesWhatStandsStill) {
  const Noise noise = kNoises[0];
  Side truth = Scene(240, 160, noise, 0, 1);
  Side mean = Scene(240, 160, noise, 1, 100);
  constexpr int kFrames = 8;
  for (uint64_t k = 1; k < kFrames; ++k) {
    Side other = Scene(240, 160, noise, 1, 100 + k), fused = Frame(240, 160);
    ASSERT_TRUE(Fuse(mean, other, noise, fused).has_value());
    std::swap(mean, fused);
  }
  double share = 0;
  for (const float value : mean.remaining)
    share += static_cast<double>(value) / static_cast<double>(mean.remaining.number_of_elements());
  // var N / sigma^2: 1 would be the plain mean.
  EXPECT_GE(share * kFrames, 1.0);
  EXPECT_LE(share * kFrames, 1.1);
  const double single = Rms(Scene(240, 160, noise, 1, 100), truth);
  const double measured = std::pow(Rms(mean, truth) / single, 2) * kFrames;
  EXPECT_GE(measured, 0.95);
  EXPECT_LE(measured, 1.1);
}

TEST(TemporalFusionKernel, ForgetsWithCautionAndKnowsWhatIsLeft) {
  // Each frame with all before it: a caution of 3 goes slowly to a third of one frame's noise.
  const Noise noise = kNoises[0];
  Side truth = Scene(240, 160, noise, 0, 1);
  Side past = Scene(240, 160, noise, 1, 100);
  for (uint64_t k = 1; k < 12; ++k) {
    Side frame = Scene(240, 160, noise, 1, 100 + k), fused = Frame(240, 160);
    ASSERT_TRUE(Fuse(frame, past, noise, fused, 3).has_value());
    std::swap(past, fused);
  }
  const double single = Rms(Scene(240, 160, noise, 1, 100), truth);
  EXPECT_GT(past.remaining(20, 20), 0.33);
  EXPECT_LT(past.remaining(20, 20), 0.45);
  EXPECT_NEAR(std::pow(Rms(past, truth) / single, 2), past.remaining(20, 20), 0.03);
}

TEST(TemporalFusionKernel, KeepsTheMeanDownToNoLight) {
  for (const double light : {0.0, 0.002, 0.02, 0.2}) {
    const Noise noise = {0.1F, 0.09F};  // 10 electrons at white, 3 of read noise
    const auto frame = [&](uint64_t seed) {
      Side side = Frame(256, 256);
      for (float& share : side.remaining) share = 1;
      TestRandom random(seed);
      const double white = 16;  // linear frames hold 1.07: a scale that clips nothing
      side.linear.for_each_element([&](int x, int y) {
        const double sigma = std::sqrt(0.1 * light + 0.09) / white;
        side.linear(x, y) = static_cast<uint16_t>(
            std::clamp(ToLinear(light / white + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
      });
      return side;
    };
    Side mean = frame(1);
    const Noise scaled = {noise.S / 16, noise.O / 256};
    double sum = 0;
    for (uint64_t k = 2; k <= 8; ++k) {
      Side other = frame(k), fused = Frame(256, 256);
      ASSERT_TRUE(Fuse(mean, other, scaled, fused).has_value());
      std::swap(mean, fused);
    }
    mean.linear.for_each_element([&](int x, int y) { sum += FromLinear(mean.linear(x, y)); });
    EXPECT_NEAR(sum / (256 * 256), light / 16, 1.5e-4) << light;
  }
}

TEST(TemporalFusionKernel, LeavesAloneWhatMoved) {
  const Noise noise = kNoises[0];
  constexpr int kSide = 48;
  Side truth = Scene(240, 160, noise, 0, 1);
  Side base = Scene(240, 160, noise, 1, 2);
  const double single = Rms(base, truth);
  // An object that is there in all other frames and not in the base. At 0.2 sigma it is below what
  // a mean over 16 x 16 pixels tells (0.12 sigma, of which 2.4 are let pass), at half a sigma
  // little of it is left, from 2.5 sigma on nothing.
  struct Case {
    double step, largest_bias_sigmas;
  };
  for (const auto& [step, largest_bias_sigmas] :
       {Case{0.004, 0.2}, Case{0.01, 0.15}, Case{0.05, 0.03}, Case{0.3, 0.03}}) {
    Side mean = Scene(240, 160, noise, 1, 2);
    for (uint64_t k = 0; k < 7; ++k) {
      Side other = Scene(240, 160, noise, 1, 10 + k, kSide, step), fused = Frame(240, 160);
      ASSERT_TRUE(Fuse(mean, other, noise, fused).has_value());
      std::swap(mean, fused);
    }
    double inside = 0, outside = 0, bias = 0;
    int in = 0, out = 0;
    mean.linear.for_each_element([&](int x, int y) {
      const double error = (mean.linear(x, y) - truth.linear(x, y)) / double{kLinearScale};
      const int away = std::max(std::abs(x - 120), std::abs(y - 80));
      if (away < kSide / 2) {
        inside += error * error;
        bias += error;
        ++in;
      } else if (away > kSide / 2 + 16) {
        outside += error * error;
        ++out;
      }
    });
    EXPECT_LT(std::sqrt(inside / in), 1.05 * single) << step;
    EXPECT_LT(std::abs(bias / in), largest_bias_sigmas * single) << step;
    EXPECT_LT(std::sqrt(outside / out), 0.45 * single) << step;
  }
}

TEST(TemporalFusionKernel, RefusesOutputsOfAnotherSize) {
  Side base = Scene(64, 48, kNoises[0], 1, 1), other = Scene(64, 48, kNoises[0], 1, 2);
  Side fused = Frame(64, 47);
  EXPECT_FALSE(Fuse(base, other, kNoises[0], fused).has_value());
}

}  // namespace
}  // namespace nightjar
