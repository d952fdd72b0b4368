// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/frame_light.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nightjar {
namespace {

constexpr int kWidth = 5, kHeight = 3;  // 15 pixels: no multiple of four

FrameLightOptions Options(double gamma = 1) {
  FrameLightOptions options;
  options.white_lux = 200;
  options.gamma = gamma;
  options.floor = 0.01;
  return options;
}

template <typename T>
double Lux(const FrameLight& light, T dn) {
  return std::exp(light.LogLux(FilledImage(kWidth, kHeight, dn))(kWidth - 1, kHeight - 1));
}

TEST(FrameLight, IsAShareOfWhite) {
  const FrameLight light(Options(), {});
  EXPECT_NEAR(Lux<uint8_t>(light, 255), 202, 1e-3);
  EXPECT_NEAR(Lux<uint8_t>(light, 51), 42, 1e-3);
  EXPECT_NEAR(Lux<uint8_t>(light, 0), 2, 1e-5);
}

TEST(FrameLight, UndoesAGamma) {
  const FrameLight light(Options(2.2), {});
  EXPECT_NEAR(Lux<uint8_t>(light, 255), 202, 1e-3);
  EXPECT_NEAR(Lux<uint8_t>(light, 51), 200 * std::pow(0.2, 2.2) + 2, 1e-3);
  EXPECT_NEAR(Lux<uint8_t>(light, 0), 2, 1e-5);
}

TEST(FrameLight, KnowsBlackAndWhite) {
  CameraSensor sensor;
  sensor.pixel_format = PixelFormat::kRaw10;
  sensor.black_level = 64;
  sensor.white_level = 1000;
  const FrameLight light(Options(), sensor);
  EXPECT_NEAR(Lux<uint16_t>(light, 1000), 202, 1e-3);
  EXPECT_NEAR(Lux<uint16_t>(light, 532), 102, 1e-3);
  EXPECT_NEAR(Lux<uint16_t>(light, 64), 2, 1e-5);
  EXPECT_NEAR(Lux<uint16_t>(light, 3), 2, 1e-5) << "there is no less than no light";
  EXPECT_EQ(Lux<uint16_t>(light, 65'535), Lux<uint16_t>(light, 1023)) << "a damaged sample";
}

TEST(FrameLight, IsSampledWithoutAHole) {
  Image<float> from(kWidth, kHeight), to(kWidth, kHeight);
  from.for_each_element([&](int x, int y) {
    from(x, y) = std::log(1.0F + static_cast<float>(x));
    to(x, y) = std::log(10.0F + static_cast<float>(y));
  });
  EXPECT_NEAR(LargestChange(from, to), std::log(12.0), 1e-6);
  EXPECT_NEAR(LargestChange(to, from), std::log(12.0), 1e-6);
  const Image<float> middle = LuxBetween(from, to, 0.5), end = LuxBetween(from, to, 1);
  middle.for_each_element([&](int x, int y) {
    EXPECT_NEAR(middle(x, y), std::sqrt((1.0 + x) * (10.0 + y)), 1e-4) << "the geometric mean";
    EXPECT_NEAR(end(x, y), 10.0 + y, 1e-4);
  });
}

TEST(FrameLight, TakesNoStepThatIsTooLarge) {
  FrameInstantsOptions options;
  options.largest_change = 0.1;
  options.longest_s = 0.004;
  const auto bright = FrameInstants(2, 2.01, 0.95, options);
  ASSERT_EQ(bright.size(), 10U) << "by the change";
  EXPECT_NEAR(bright.front(), 2.001, 1e-12);
  EXPECT_EQ(bright.back(), 2.01);
  EXPECT_EQ(FrameInstants(2, 2.01, 0, options).size(), 3U) << "by the time";
  EXPECT_EQ(FrameInstants(2, 2.004, 0, options).size(), 1U);
  EXPECT_EQ(FrameInstants(2, 2.001, 0.1, options).size(), 1U);
}

TEST(FrameLight, NamesTheOptionThatIsWrong) {
  const auto refused = [](double FrameLightOptions::*member, double value) {
    FrameLightOptions options;
    options.*member = value;
    const Status valid = options.Validate();
    return valid ? std::string() : valid.error().Message();
  };
  EXPECT_EQ(refused(&FrameLightOptions::white_lux, 300), "");
  EXPECT_NE(refused(&FrameLightOptions::white_lux, 0).find("--lux"), std::string::npos);
  EXPECT_NE(refused(&FrameLightOptions::gamma, NAN).find("--gamma"), std::string::npos);
  EXPECT_NE(refused(&FrameLightOptions::floor, 0).find("--floor"), std::string::npos);
}

}  // namespace
}  // namespace nightjar
