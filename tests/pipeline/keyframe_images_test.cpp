// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_images.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "apps/pipeline/simulate.h"
#include "calibration/rig_yaml.h"
#include "core/staged_folder.h"
#include "tests/data/decoded_jpeg.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

class KeyframeImagesTest : public testing::Test {
 protected:
  void SetUp() override {
    SimulateOptions options;
    options.simulation.seconds = 0.2;
    options.simulation.lux = 60;
    options.simulation.motion = HeadMotion::kStand;
    options.simulation.rig = "mono";
    options.log = log_;
    const auto made = Simulate(options);
    ASSERT_TRUE(made) << made.error().Message();
  }

  /// The picture of the log's first frame, with this lens shading in the rig.
  DecodedJpeg Picture(const LensShading& shading) {
    auto log = OpenSensorLog(log_);
    EXPECT_TRUE(log);
    Rig rig = (*log)->rig();
    rig.cameras[0].sensor.lens_shading = shading;
    const auto rig_file = folder_.path() / "rig.yaml";
    EXPECT_TRUE(WriteRigYaml(rig, rig_file));
    Session session;
    session.rig = rig;
    for (auto record = (*log)->Next(); record && *record; record = (*log)->Next()) {
      const auto* frame = std::get_if<Frame>(&**record);
      if (frame == nullptr) continue;
      session.keyframes.emplace_back();
      session.keyframes.back().state.time = frame->time;
      break;
    }
    KeyframeImagesOptions options;
    options.log = log_;
    options.reading.rig_file = rig_file;
    const auto out = folder_.path() / "out";
    std::filesystem::remove_all(out);
    auto staged = StagedFolder::Create(out, [](const auto&) { return std::string(); });
    EXPECT_TRUE(staged);
    const auto images = WriteKeyframeImages(session, options, &*staged);
    EXPECT_TRUE(images && images->size() == 1);
    EXPECT_TRUE(staged->Commit());
    return DecodeJpeg(ReadText(out / images->front().file));
  }

  TemporaryFolder folder_;
  std::filesystem::path log_ = folder_.path() / "log";
};

TEST_F(KeyframeImagesTest, TakeOutTheLensShadingOfTheRig) {
  const DecodedJpeg as_it_is = Picture({0, 0, 0}), corrected = Picture({1, 0, 0});
  ASSERT_EQ(as_it_is.channels, 1);
  ASSERT_EQ(as_it_is.pixels.size(), corrected.pixels.size());
  // Means of the picture's inner and outer part, by the distance from its middle.
  const auto mean = [](const DecodedJpeg& picture, double least, double most) {
    double sum = 0, count = 0;
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) {
        const double u = 2.0 * x / picture.width - 1, v = 2.0 * y / picture.height - 1;
        const double r2 = (u * u + v * v) / 2;
        if (r2 < least || r2 >= most) continue;
        sum += picture.pixels[static_cast<size_t>(y * picture.width + x)];
        ++count;
      }
    }
    return sum / count;
  };
  const double inside = mean(corrected, 0, 0.05) / mean(as_it_is, 0, 0.05);
  const double outside = mean(corrected, 0.5, 1) / mean(as_it_is, 0.5, 1);
  // 1.5 to 2 times the light, of which the tone curve leaves less; exposure is automatic.
  EXPECT_GT(outside / inside, 1.15);
  EXPECT_LT(outside / inside, 2);
}

}  // namespace
}  // namespace nightjar
