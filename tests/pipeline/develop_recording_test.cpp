// SPDX-License-Identifier: Apache-2.0
// Development of real frames: the same scene at exposures that differ by factors of 5 and 10.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>

#include "apps/pipeline/develop_frame.h"
#include "isp/linear_frame.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

RawImage Frame(const std::filesystem::path& folder, const std::string& band,
               const std::string& exposure) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find("_" + band + "_" + exposure + "_") ==
        std::string::npos)
      continue;
    auto raw = ReadRawImage(entry.path());
    EXPECT_TRUE(raw.has_value());
    return *raw;
  }
  ADD_FAILURE() << "no frame of " << band << ", " << exposure;
  return {};
}

/// Of an estimate of a tenth (or so) of the light of `bright`, dB about the brightest pixel that
/// counts: neither saturated nor, in the dark frame, 0. The exposures are known to some percent
/// only, so the best factor is taken.
double Psnr(const DevelopedFrame& frame, const RawImage& dark, const RawImage& bright) {
  double own = 0, cross = 0, square = 0, peak = 0, count = 0;
  bright.samples.for_each_element([&](int x, int y) {
    const double reference = bright.samples(x, y) / 255.0;
    if (bright.samples(x, y) == 0 || bright.samples(x, y) >= 254 || dark.samples(x, y) == 0) return;
    const double value = FromLinear(frame.linear(x, y));
    own += value * value;
    cross += value * reference;
    square += reference * reference;
    peak = std::max(peak, reference);
    count += 1;
  });
  const double factor = cross / square;
  const double error = (own - cross * factor) / count;
  return 10 * std::log10(peak * factor * peak * factor / error);
}

TEST(DevelopRecording, DarkFramesComeNearerToBrightOnes) {
  NIGHTJAR_RECORDING(folder, "raw/flea3_exposures/disks");
  struct Case {
    const char *band, *exposure;
    double edge_db, offline_db;  // gains, as measured
  };
  for (const Case& c : {Case{"500nm", "25ms", 3.91, 4.02},
                        {"500nm", "50ms", 1.68, 1.74},
                        {"600nm", "25ms", 2.87, 2.89},
                        {"600nm", "50ms", 1.01, 1.05},
                        {"650nm", "25ms", 3.61, 3.72},
                        {"650nm", "50ms", 2.59, 2.62}}) {
    SCOPED_TRACE(testing::Message() << c.band << ", " << c.exposure);
    const RawImage dark = Frame(folder, c.band, c.exposure);
    const RawImage bright = Frame(folder, c.band, "250ms");
    FrameDevelopment how;
    how.colour_filter = ColourFilter::kGbrg;
    how.white = 255;
    how.denoise = false;
    const auto before = DevelopFrame(dark, how);
    ASSERT_TRUE(before.has_value());
    // One sensor at one gain: its noise is estimated about the same from every frame.
    ASSERT_TRUE(before->estimate.has_value());
    EXPECT_NEAR(before->estimate->noise.scale, 2.6e-4, 0.6e-4);
    how.denoise = true;
    for (const auto& [setting, gain_db] : {std::pair(DenoisingSetting::kEdge, c.edge_db),
                                           {DenoisingSetting::kOffline, c.offline_db}}) {
      how.denoising.spatial.setting = setting;
      const auto after = DevelopFrame(dark, how);
      ASSERT_TRUE(after.has_value()) << after.error().Message();
      const double before_db = Psnr(*before, dark, bright), after_db = Psnr(*after, dark, bright);
      std::printf("%s %s: %.2f -> %.2f dB\n", c.band, c.exposure, before_db, after_db);
      EXPECT_NEAR(after_db - before_db, gain_db, 0.1);
    }
  }
}

TEST(DevelopRecording, ColourCheckerIsGreyWhereItIs) {
  NIGHTJAR_RECORDING(file, "raw/infinite_isp_1080p_12bit/ColorCheckerRAW_1920x1080_12bit_BGGR.raw");
  RawImage raw;
  raw.samples = Image<uint16_t>(1920, 1080);
  std::ifstream stream(file, std::ios::binary);
  ASSERT_TRUE(stream.read(reinterpret_cast<char*>(raw.samples.data()), 2 * 1920 * 1080));
  FrameDevelopment how;
  how.colour_filter = ColourFilter::kBggr;
  how.black = 200;
  const auto frame = DevelopFrame(raw, how);
  ASSERT_TRUE(frame.has_value()) << frame.error().Message();
  const auto picture = MakePicture(*frame, ColoursOf(*frame, raw, how), how);
  ASSERT_TRUE(picture.has_value()) << picture.error().Message();
  const auto& pixels = std::get<PlanarImage<uint8_t>>(picture->pixels);
  const auto patch = [&](int left, int top, int colour) {
    double sum = 0;
    for (int y = top; y < top + 60; ++y)
      for (int x = left; x < left + 60; ++x) sum += pixels(x, y, colour) / 3600.0;
    return sum;
  };
  // Grey patches from white down to where the black level, which nobody told, matters; then a red
  // and a blue patch.
  double before = 256;
  for (const int left : {545, 690, 825, 970}) {
    EXPECT_NEAR(patch(left, 840, 0), patch(left, 840, 1), 10) << left;
    EXPECT_NEAR(patch(left, 840, 2), patch(left, 840, 1), 10) << left;
    EXPECT_LT(patch(left, 840, 1), before);
    before = patch(left, 840, 1);
  }
  EXPECT_GT(patch(825, 700, 0), patch(825, 700, 1) + 30);
  EXPECT_GT(patch(550, 700, 2), patch(550, 700, 0) + 30);
}

}  // namespace
}  // namespace nightjar
