// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <plane_mixing.h>
#include <plane_unmixing.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/image.h"
#include "halide_generators/variance_stabilisation.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{16, 16}, {17, 19}, {33, 65}, {1, 1}, {301, 40}};
constexpr float kProfile[4][2] = {{1e-3F, 2e-5F}, {2e-3F, 1e-5F}, {5e-4F, 4e-5F}, {0, 1e-4F}};
// Orthonormal; rows are channels.
constexpr float kBasis[4][4] = {{0.5F, 0.5F, 0.5F, 0.5F},
                                {0.5F, -0.5F, -0.5F, 0.5F},
                                {0.7071068F, 0, 0, -0.7071068F},
                                {0, 0.7071068F, -0.7071068F, 0}};
constexpr float kGain = 60;

using Planes = std::array<Image<uint16_t>, 4>;
using Channels = PlanarImage<uint16_t>;

/// Places of a mosaic whose first one is width x height; the others lack what an odd mosaic does.
Planes Scene(int width, int height) {
  TestRandom random(3);
  Planes planes;
  for (int p = 0; p < 4; ++p) {
    const int w = std::max(1, width - p % 2), h = std::max(1, height - p / 2);
    planes[static_cast<size_t>(p)] = Image<uint16_t>(w, h);
    planes[static_cast<size_t>(p)].for_each_value(
        [&](uint16_t& value) { value = static_cast<uint16_t>(65535 * random.Uniform(0, 1)); });
    planes[static_cast<size_t>(p)](w / 2, h / 2) = p % 2 == 0 ? 0 : 65535;
  }
  return planes;
}

Status Mix(Planes& planes, Channels& output) {
  Halide::Runtime::Buffer<float, 2> noise(4, 2), basis(4, 4);
  for (int p = 0; p < 4; ++p) {
    for (int i = 0; i < 2; ++i) noise(p, i) = kProfile[p][i];
    for (int k = 0; k < 4; ++k) basis(p, k) = kBasis[k][p];
  }
  KernelCall call("plane_mixing");
  return call.Finish(plane_mixing(call.context(), planes[0], planes[1], planes[2], planes[3], noise,
                                  basis, kGain, output));
}

/// Light of a sample of a plane, which goes on as at its edges.
template <typename Real>
Real Light(const Image<uint16_t>& plane, int x, int y) {
  const uint16_t dn = plane(std::min(x, plane.width() - 1), std::min(y, plane.height() - 1));
  return (static_cast<Real>(dn) - 4096) * (Real{1} / 57344);
}

/// In double: 2 / S (sqrt(S x + c) - sqrt(c)), and below x0 the tangent there.
double Stabilised(double x, double S, double O) {
  const double c = O + 0.375 * S * S;
  if (S == 0) return x / std::sqrt(c);
  const double x0 = -0.9375 * c / S, at = std::max(x, x0);
  return 2 / S * (std::sqrt(S * at + c) - std::sqrt(c)) + (x - at) / std::sqrt(S * at + c);
}

TEST(PlaneMixingKernel, HasTheBytesOfItsPlainLoopsAndIsItsDefinition) {
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Planes planes = Scene(width, height);
    Channels output(width, height, 4);
    ASSERT_TRUE(Mix(planes, output).has_value());
    output.for_each_element([&](int x, int y, int k) {
      float sum = 0;
      double exact = 0;
      for (int p = 0; p < 4; ++p) {
        const auto& plane = planes[static_cast<size_t>(p)];
        const generators::VarianceStabilisation<float> noise(kProfile[p][0], kProfile[p][1]);
        sum += kBasis[k][p] * noise.Forward(Light<float>(plane, x, y));
        exact += static_cast<double>(kBasis[k][p]) *
                 Stabilised(Light<double>(plane, x, y), static_cast<double>(kProfile[p][0]),
                            static_cast<double>(kProfile[p][1]));
      }
      const float code = std::clamp(sum * kGain + 32768.5F, 0.F, 65535.F);
      ASSERT_EQ(output(x, y, k), static_cast<uint16_t>(code)) << x << ", " << y << ", " << k;
      ASSERT_NEAR(static_cast<double>(code),
                  std::clamp(exact * static_cast<double>(kGain) + 32768.5, 0.0, 65535.0),
                  1e-5 * 65535);
    });
  }
}

struct Plane {
  Image<uint16_t> linear;
  Image<float> sigma;
};

Status Unmix(Channels& channels, PlanarImage<float>& sigmas, Image<float>& remaining, int place,
             float across, float down, Plane& plane) {
  Halide::Runtime::Buffer<float, 1> basis(4);
  for (int k = 0; k < 4; ++k) basis(k) = kBasis[k][place];
  KernelCall call("plane_unmixing");
  return call.Finish(plane_unmixing(call.context(), channels, sigmas, remaining, basis, across,
                                    down, kGain, kProfile[place][0], kProfile[place][1],
                                    plane.linear, plane.sigma));
}

TEST(PlaneUnmixingKernel, HasTheBytesOfItsPlainLoops) {
  constexpr float kAcross = 0.11F, kDown = -0.07F;
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Planes planes = Scene(width, height);
    Channels channels(width, height, 4);
    ASSERT_TRUE(Mix(planes, channels).has_value());
    TestRandom random(5);
    PlanarImage<float> sigmas(width, height, 4);
    sigmas.for_each_value([&](float& s) { s = static_cast<float>(1e-3 * random.Uniform(0, 1)); });
    Image<float> remaining((width + 3) / 4, (height + 3) / 4);
    remaining.for_each_value(
        [&](float& share) { share = static_cast<float>(random.Uniform(0, 1)); });
    for (int place = 0; place < 4; ++place) {
      const auto& as = planes[static_cast<size_t>(place)];
      Plane plane = {Image<uint16_t>(as.width(), as.height()),
                     Image<float>(as.width(), as.height())};
      ASSERT_TRUE(Unmix(channels, sigmas, remaining, place, kAcross, kDown, plane).has_value());
      const generators::VarianceStabilisation<float> noise(kProfile[place][0], kProfile[place][1]);
      const auto first = [&](int x, int y) {
        return static_cast<float>(
            channels(std::clamp(x, 0, width - 1), std::clamp(y, 0, height - 1), 0));
      };
      plane.linear.for_each_element([&](int x, int y) {
        float sum = 0, variance = 0;
        for (int k = 0; k < 4; ++k) {
          sum += kBasis[k][place] * (static_cast<float>(channels(x, y, k)) - 32768.F);
          const float sigma = kBasis[k][place] * sigmas(x, y, k);
          variance += sigma * sigma;
        }
        const float right = first(x + 1, y) - first(x - 1, y);
        const float lower = first(x, y + 1) - first(x, y - 1);
        const float per_gain = 1.F / kGain;
        const float f = (sum + 0.5F * (kAcross * right + kDown * lower)) * per_gain;
        const float value = noise.UnbiasedInverse(f, remaining(x / 4, y / 4));
        ASSERT_EQ(plane.linear(x, y),
                  static_cast<uint16_t>(std::clamp(value * 57344.F + 4096.5F, 0.F, 65535.F)))
            << x << ", " << y;
        ASSERT_EQ(plane.sigma(x, y), std::sqrt(variance) * (57344.F * per_gain) * noise.Slope(f));
      });
    }
  }
}

TEST(PlaneUnmixingKernel, UndoesMixingAndKnowsTheNoiseThatWasThere) {
  Planes planes = Scene(33, 31);
  Channels channels(33, 31, 4);
  ASSERT_TRUE(Mix(planes, channels).has_value());
  // Noise of 1 in every channel; none was removed, so that the root's bias does not count.
  PlanarImage<float> sigmas(33, 31, 4);
  sigmas.for_each_value([&](float& sigma) { sigma = kGain / 57344; });
  Image<float> remaining = FilledImage(1, 1, 1e-9F);
  for (int place = 0; place < 4; ++place) {
    const auto& as = planes[static_cast<size_t>(place)];
    Plane plane = {Image<uint16_t>(as.width(), as.height()), Image<float>(as.width(), as.height())};
    ASSERT_TRUE(Unmix(channels, sigmas, remaining, place, 0, 0, plane).has_value());
    as.for_each_element([&](int x, int y) {
      const auto S = static_cast<double>(kProfile[place][0]);
      const auto O = static_cast<double>(kProfile[place][1]);
      const auto light = Light<double>(as, x, y);
      if (S * light + O < 0.1 * O) return;  // straight there
      const double sigma = std::sqrt(S * light + O + 0.375 * S * S);
      // Half a code in each channel.
      ASSERT_NEAR(plane.linear(x, y), as(x, y), 1 + 57344 * sigma / static_cast<double>(kGain));
      ASSERT_NEAR(static_cast<double>(plane.sigma(x, y)), sigma, 0.02 * sigma) << x << ", " << y;
    });
  }
}

TEST(PlaneMixingKernel, RefusesOtherSizes) {
  Planes planes = Scene(32, 32);
  Channels narrow(31, 32, 4), three(32, 32, 3);
  EXPECT_FALSE(Mix(planes, narrow).has_value());
  EXPECT_FALSE(Mix(planes, three).has_value());
}

}  // namespace
}  // namespace nightjar
