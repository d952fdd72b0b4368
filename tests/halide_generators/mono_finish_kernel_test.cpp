// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <mono_finish.h>
#include <mono_finish_detail.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/halide_generators/picture_detail_replica.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{16, 16},  {17, 19}, {33, 65},
                                          {128, 16}, {16, 97}, {301, 40}};
constexpr float kVignetting[] = {0.4F, -0.1F, 0.05F};

Image<uint16_t> Scene(int width, int height) {
  const WaveTexture texture(5, 4, 40);
  TestRandom random(3);
  Image<uint16_t> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double light = 0.2 * (1 + texture(x, y)) + (x + y > 30 ? 0.2 : 0);
      image(x, y) = static_cast<uint16_t>(
          std::clamp(4096 + 57344 * (light + 0.01 * random.Normal()), 0.0, 65535.0));
    }
  }
  image(width / 2, height / 2) = 65535;
  image(width / 3, height / 2) = 0;
  return image;
}

Halide::Runtime::Buffer<uint8_t, 1> Tone() {
  Halide::Runtime::Buffer<uint8_t, 1> tone(16384);
  for (int i = 0; i < 16384; ++i)
    tone(i) = static_cast<uint8_t>(255 * std::sqrt(i / 16383.0) + 0.5);
  return tone;
}

Status Finish(Image<uint16_t>& input, PlanarImage<float>& nodes, float local, float sharpening,
              Image<uint8_t>& output) {
  Halide::Runtime::Buffer<float, 1> vignetting(3);
  for (int i = 0; i < 3; ++i) vignetting(i) = kVignetting[i];
  auto tone = Tone();
  KernelCall call("mono_finish_detail");
  return call.Finish(mono_finish_detail(call.context(), input, vignetting, tone, nodes, local,
                                        sharpening, output));
}

/// Without nodes.
Status FinishPlain(Image<uint16_t>& input, Image<uint8_t>& output) {
  Halide::Runtime::Buffer<float, 1> vignetting(3);
  for (int i = 0; i < 3; ++i) vignetting(i) = kVignetting[i];
  auto tone = Tone();
  KernelCall call("mono_finish");
  return call.Finish(mono_finish(call.context(), input, vignetting, tone, output));
}

int Mirrored(int i, int size) {
  i = std::abs(i);
  return std::min(i, 2 * (size - 1) - i);
}

/// Light after the lens, mirrored beyond the image.
template <typename Real>
Real Light(const Image<uint16_t>& input, int x, int y) {
  const int w = input.width() - 1, h = input.height() - 1;
  const auto u = static_cast<Real>(2 * x - w), v = static_cast<Real>(2 * y - h);
  const Real r2 = (u * u + v * v) * (Real{1} / static_cast<Real>(w * w + h * h));
  const auto v0 = static_cast<Real>(kVignetting[0]), v1 = static_cast<Real>(kVignetting[1]),
             v2 = static_cast<Real>(kVignetting[2]);
  const Real gain = Real{1} + r2 * (v0 + r2 * (v1 + r2 * v2));
  return (static_cast<Real>(input(Mirrored(x, w + 1), Mirrored(y, h + 1))) - Real{4096}) *
         (gain * (Real{1} / 57344));
}

template <typename Real>
Real Code(Real light, Real gain) {
  return std::clamp(light * gain * 16383 + Real{0.5}, Real{0}, Real{16383});
}

TEST(MonoFinishKernel, HasTheBytesOfItsPlainLoopsAndIsItsDefinition) {
  const auto tone = Tone();
  constexpr float kLocal = 2.5F, kSharpening = 1.2F;
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Image<uint16_t> input = Scene(width, height);
    PlanarImage<float> nodes = SomeNodes(width, height);
    Image<uint8_t> output(width, height);
    ASSERT_TRUE(Finish(input, nodes, kLocal, kSharpening, output).has_value());
    const auto light = [&](int x, int y) { return Light<float>(input, x, y); };
    const auto defined = [&](int x, int y) { return Light<double>(input, x, y); };
    const PictureDetailReplica<float> plain(width, height, light, nodes, kLocal, kSharpening);
    const PictureDetailReplica<double> exact(width, height, defined, nodes, kLocal, kSharpening);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float code = Code(light(x, y), plain.Gain(x, y));
        ASSERT_EQ(output(x, y), tone(static_cast<int>(code))) << x << ", " << y;
        ASSERT_NEAR(static_cast<double>(code), Code(defined(x, y), exact.Gain(x, y)), 1e-5 * 16383);
      }
    }
  }
}

TEST(MonoFinishKernel, WithoutDetailIsTheToneOfTheLight) {
  const auto tone = Tone();
  for (const auto& [width, height] : kSizes) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    Image<uint16_t> input = Scene(width, height);
    PlanarImage<float> nodes = SomeNodes(width, height);
    Image<uint8_t> plain(width, height), nothing_asked(width, height);
    ASSERT_TRUE(FinishPlain(input, plain).has_value());
    ASSERT_TRUE(Finish(input, nodes, 0, 0, nothing_asked).has_value());
    plain.for_each_element([&](int x, int y) {
      ASSERT_EQ(plain(x, y), tone(static_cast<int>(Code(Light<float>(input, x, y), 1.F))));
      ASSERT_EQ(plain(x, y), nothing_asked(x, y));
    });
  }
}

TEST(MonoFinishKernel, RefusesOtherSizesAndTooFewNodes) {
  Image<uint16_t> input = Scene(64, 48);
  PlanarImage<float> nodes = SomeNodes(64, 48), few = SomeNodes(40, 48);
  Image<uint8_t> output(64, 48), smaller(64, 47);
  EXPECT_TRUE(Finish(input, nodes, 1, 1, output).has_value());
  EXPECT_FALSE(Finish(input, nodes, 1, 1, smaller).has_value());
  EXPECT_FALSE(FinishPlain(input, smaller).has_value());
  EXPECT_FALSE(Finish(input, few, 1, 1, output).has_value());
}

}  // namespace
}  // namespace nightjar
