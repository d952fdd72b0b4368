// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stereo_check.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

#include "apps/pipeline/process.h"
#include "apps/pipeline/simulate.h"
#include "calibration/rig_yaml.h"
#include "tests/pipeline/session_reading.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// A walk in good light with two cameras, made once for all tests.
class StereoCheckTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    fs::remove_all(log());
    SimulateOptions options;
    options.simulation.seconds = 2;
    options.simulation.lux = 300;
    options.simulation.seed = 5;
    options.log = log();
    const auto made = Simulate(options);
    ASSERT_TRUE(made) << made.error().Message();
  }
  static void TearDownTestSuite() {
    std::error_code ignored;
    fs::remove_all(log(), ignored);
  }
  static fs::path log() {
    return fs::path(testing::TempDir()) / ("nightjar.stereo_check." + std::to_string(getpid()));
  }
  static fs::path Root(const fs::path& of) { return fs::exists(of / "mav0") ? of / "mav0" : of; }

  Result<ProcessSummary> Run(const fs::path& of, const std::string& depth) const {
    ProcessOptions options;
    options.log = of;
    options.session = folder_.path() / "session";
    options.images = false;
    options.depth = true;
    options.config = folder_.path() / "config.yaml";
    WriteText(options.config, "depth: {" + depth + "}\n");
    return Process(options);
  }
  // The log with another rig.
  template <typename Change>
  fs::path WithRig(const Change& change) const {
    fs::path copy = folder_.path() / "log";
    fs::copy(log(), copy, fs::copy_options::recursive);
    const fs::path file = Root(copy) / "rig.yaml";
    auto rig = ReadRigYaml(file);
    EXPECT_TRUE(rig) << rig.error().Message();
    change(*rig);
    fs::remove(file);
    EXPECT_TRUE(WriteRigYaml(*rig, file));
    return copy;
  }

  TemporaryFolder folder_;
};

TEST_F(StereoCheckTest, ARigThatIsRightHasDepthOfBothAndNoWarning) {
  const auto summary = Run(log(), "");
  ASSERT_TRUE(summary) << summary.error().Message();
  ASSERT_TRUE(summary->depth);
  EXPECT_EQ(summary->depth->source, "cam0 and cam1");
  EXPECT_THAT(summary->warnings, Not(Contains(HasSubstr("cam0 and cam1"))));
  EXPECT_THAT(summary->warnings, Not(Contains(HasSubstr("end at the range"))));
}

TEST_F(StereoCheckTest, SwappedPicturesAreNamedAndMotionIsUsed) {
  const fs::path copy = WithRig([](Rig&) {});
  const fs::path root = Root(copy);
  fs::rename(root / "cam0", root / "other");
  fs::rename(root / "cam1", root / "cam0");
  fs::rename(root / "other", root / "cam1");
  const auto summary = Run(copy, "");
  ASSERT_TRUE(summary) << summary.error().Message();
  ASSERT_TRUE(summary->depth);
  EXPECT_EQ(summary->depth->source, "the motion of cam0");
  EXPECT_THAT(summary->warnings, Contains(AllOf(HasSubstr("cam0 and cam1 are of no use"),
                                                HasSubstr("left and right are swapped"),
                                                HasSubstr("from the motion of cam0 instead"))));
}

TEST_F(StereoCheckTest, SwappedPlacesAreNamedAndGiveNoDepth) {
  const fs::path copy = WithRig(
      [](Rig& rig) { std::swap(rig.cameras[0].T_body_camera, rig.cameras[1].T_body_camera); });
  const auto summary = Run(copy, "source: stereo");
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_FALSE(summary->depth);
  EXPECT_FALSE(fs::exists(folder_.path() / "session" / "depth"));
  EXPECT_THAT(summary->warnings,
              Contains(AllOf(HasSubstr("no depth: cam0 and cam1"), HasSubstr("swapped"))));
}

TEST_F(StereoCheckTest, ACameraThatIsTurnedIsNamedWithItsRows) {
  const fs::path copy = WithRig([](Rig& rig) {
    const Eigen::Quaterniond nod(Eigen::AngleAxisd(M_PI / 180, Eigen::Vector3d::UnitX()));
    rig.cameras[1].T_body_camera.rotation = rig.cameras[1].T_body_camera.rotation * nod;
  });
  const auto summary = Run(copy, "source: stereo");
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_FALSE(summary->depth);
  // 460 px of focal length turned by a degree: 8.0 px, and more off the axis.
  EXPECT_THAT(summary->warnings,
              Contains(AllOf(HasSubstr("not where the rig says"), HasSubstr("off by -8."))));
}

TEST_F(StereoCheckTest, ThingsNearerThanTheRangeAreNamed) {
  const auto summary = Run(log(), "source: stereo, nearest_m: 100");
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_THAT(summary->warnings,
              Contains(AllOf(HasSubstr("end at the range"), HasSubstr("nearer than 3."))));
}

TEST_F(StereoCheckTest, ARangeThatIsShorterThanAskedIsNamed) {
  const auto summary = Run(log(), "source: stereo, nearest_m: 0.05");
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_THAT(summary->warnings,
              Contains(AllOf(HasSubstr("nearest_m is 0.05"), HasSubstr("nothing nearer than 0."))));
}

}  // namespace
}  // namespace nightjar
