// SPDX-License-Identifier: Apache-2.0
#include "calibration/make_camera_model.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace nightjar {
namespace {

TEST(MakeCameraModel, KnowsEveryName) {
  const std::vector<double> good = {400, 400, 320, 240};
  const auto name = [&](const std::string& asked, size_t count) {
    return MakeCameraModel(asked, good, std::vector<double>(count, 0.0)).value()->Name();
  };
  EXPECT_EQ(name("radial-tangential", 4), "radial-tangential");
  EXPECT_EQ(name("radtan", 5), "radial-tangential");
  EXPECT_EQ(name("radtan", 8), "rational");
  EXPECT_EQ(name("radtan8", 8), "rational");
  EXPECT_EQ(name("rational", 8), "rational");
  EXPECT_EQ(name("equidistant", 4), "equidistant");
  EXPECT_EQ(name("ds", 2), "double-sphere");
  EXPECT_EQ(name("double-sphere", 2), "double-sphere");
  EXPECT_EQ(name("FisheyeRadTanThinPrism", 12), "FisheyeRadTanThinPrism");
  EXPECT_EQ(name("none", 0), "radial-tangential");
  EXPECT_EQ(name("pinhole", 0), "radial-tangential");
  EXPECT_FALSE(IsCameraModelName("omni"));
}

TEST(MakeCameraModel, SaysWhatIsWrong) {
  const std::vector<double> good = {400, 400, 320, 240};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto what = [](const std::string& name, const std::vector<double>& intrinsics,
                       const std::vector<double>& distortion) {
    const auto model = MakeCameraModel(name, intrinsics, distortion);
    if (model) return std::string("accepted");
    EXPECT_EQ(model.error().kind, ErrorKind::kUnusableInput);
    return model.error().what;
  };
  EXPECT_EQ(what("fov", good, {0.9}), "unknown distortion model 'fov'");
  EXPECT_EQ(what("radtan", {400, 400, 320}, {0, 0, 0, 0}), "intrinsics has 3 values instead of 4");
  EXPECT_EQ(what("radtan", {0, 400, 320, 240}, {0, 0, 0, 0}),
            "intrinsics has a focal length that is not positive");
  EXPECT_EQ(what("radtan", {400, -1, 320, 240}, {0, 0, 0, 0}),
            "intrinsics has a focal length that is not positive");
  EXPECT_EQ(what("radtan", {nan, 400, 320, 240}, {0, 0, 0, 0}),
            "intrinsics has a value that is not finite");
  EXPECT_EQ(what("radtan", good, {0, nan, 0, 0}),
            "distortion_coefficients has a value that is not finite");
  EXPECT_EQ(what("radtan", good, {0, 0}),
            "distortion_coefficients has 2 values, which does not fit radtan");
  EXPECT_EQ(what("equidistant", good, {0, 0, 0, 0, 0}),
            "distortion_coefficients has 5 values, which does not fit equidistant");
  EXPECT_EQ(what("rational", good, {0, 0, 0, 0, 0}),
            "distortion_coefficients has 5 values, which does not fit rational");
  EXPECT_EQ(what("ds", good, {1, 0.5}), "distortion_coefficients has a xi outside (-1, 1)");
  EXPECT_EQ(what("ds", good, {0.5, 1.1}), "distortion_coefficients has an alpha outside [0, 1]");
  EXPECT_EQ(what("none", good, {0.1}),
            "distortion_coefficients has 1 values, which does not fit none");
  EXPECT_EQ(what("none", good, {0, 0, 0, 0}), "accepted");
}

}  // namespace
}  // namespace nightjar
