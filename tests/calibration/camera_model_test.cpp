// SPDX-License-Identifier: Apache-2.0
#include "calibration/camera_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "calibration/make_camera_model.h"
#include "calibration/pinhole_equidistant.h"
#include "calibration/pinhole_radial_tangential.h"
#include "tests/numeric_jacobian.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

struct ModelCase {
  std::string name;
  std::shared_ptr<const CameraModel> model;
  int width;
  int height;
};

std::ostream& operator<<(std::ostream& stream, const ModelCase& model_case) {
  return stream << model_case.name;
}

std::shared_ptr<const CameraModel> Make(const std::string& name,
                                        const std::vector<double>& intrinsics,
                                        const std::vector<double>& distortion) {
  return MakeCameraModel(name, intrinsics, distortion).value();
}

std::vector<ModelCase> ModelCases() {
  const std::vector<double> vga = {458.654, 457.296, 367.215, 248.375};
  return {
      {"barrel",
       Make("radial-tangential", vga, {-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05}), 752,
       480},
      {"barrel_k3", Make("radtan", vga, {-0.37, 0.19, 0.001, -0.0007, -0.03}), 752, 480},
      {"pincushion", Make("radtan", {600, 610, 320, 240}, {0.12, 0.05, -0.002, 0.003}), 640, 480},
      {"no_distortion", Make("none", {300, 310, 319.5, 239.5}, {}), 640, 480},
      {"fisheye",
       Make("equidistant", {190.97, 190.98, 254.93, 256.89}, {0.00348, 0.00071, -0.0021, 0.0002}),
       512, 512},
      {"fisheye_barrel", Make("equidistant", {240, 241, 320, 240}, {-0.02, 0.004, -0.001, 0.0001}),
       640, 480},
  };
}

class CameraModelTest : public testing::TestWithParam<ModelCase> {
 protected:
  const CameraModel& model() const { return *GetParam().model; }
};

TEST_P(CameraModelTest, EveryPixelOfTheImageComesBack) {
  const ModelCase& c = GetParam();
  double worst = 0;
  for (int y = 0; y < c.height; y += 3) {
    for (int x = 0; x < c.width; x += 3) {
      const Vector2d pixel(x, y);
      const auto bearing = model().Unproject(pixel);
      ASSERT_TRUE(bearing) << pixel.transpose();
      EXPECT_NEAR(bearing->norm(), 1, 1e-15);
      const auto again = model().Project(2.5 * *bearing);
      ASSERT_TRUE(again) << pixel.transpose();
      worst = std::max(worst, (*again - pixel).norm());
    }
  }
  EXPECT_LT(worst, 1e-9);
}

TEST_P(CameraModelTest, EveryDirectionOfTheImageComesBack) {
  const ModelCase& c = GetParam();
  for (int i = -20; i <= 20; ++i) {
    for (int k = -20; k <= 20; ++k) {
      const Vector3d bearing = Vector3d(0.04 * i, 0.03 * k, 1).normalized();
      const auto pixel = model().Project(bearing);
      if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() > c.width ||
          pixel->y() > c.height)
        continue;
      const auto again = model().Unproject(*pixel);
      ASSERT_TRUE(again);
      EXPECT_LT((*again - bearing).norm(), 1e-11);
    }
  }
}

// Wherever the model has a pixel for a direction, image or not, that pixel leads back to it.
TEST_P(CameraModelTest, EveryValidDirectionComesBack) {
  int valid = 0;
  for (int i = 0; i < 360; i += 15) {
    for (double angle = 0.01; angle < 1.3; angle += 0.02) {
      const double azimuth = i * M_PI / 180;
      const Vector3d bearing(std::sin(angle) * std::cos(azimuth),
                             std::sin(angle) * std::sin(azimuth), std::cos(angle));
      const auto pixel = model().Project(bearing);
      if (!pixel) continue;
      ++valid;
      const auto again = model().Unproject(*pixel);
      ASSERT_TRUE(again) << angle << " " << i;
      EXPECT_LT((*model().Project(*again) - *pixel).norm(), 1e-9) << angle << " " << i;
      EXPECT_LT((*again - bearing).norm(), 1e-7) << angle << " " << i;
    }
  }
  EXPECT_GT(valid, 500);
}

TEST_P(CameraModelTest, JacobianAgreesWithDifferences) {
  const std::vector<Vector3d> points = {{0, 0, 2},        {1e-8, 0, 1},     {0, -1e-5, 3},
                                        {0.3, -0.2, 1.5}, {-1.2, 0.4, 2.5}, {0.5, 0.5, 1},
                                        {-0.6, 0.1, 0.8}};
  for (const Vector3d& point : points) {
    Matrix23d J;
    ASSERT_TRUE(model().Project(point, &J)) << point.transpose();
    const auto f = [&](const Vector3d& p) { return *model().Project(p); };
    const Matrix23d numeric = NumericJacobian<2, 3>(f, point, 2e-4);
    EXPECT_LT((J - numeric).cwiseAbs().maxCoeff(), 1e-6) << point.transpose() << "\n"
                                                         << J << "\n"
                                                         << numeric;
  }
}

TEST_P(CameraModelTest, ScaleOfThePointDoesNotMatter) {
  const Vector3d point(0.2, -0.3, 1);
  const Vector2d pixel = *model().Project(point);
  for (double scale : {1e-6, 0.1, 1e6}) {
    EXPECT_LT((*model().Project(scale * point) - pixel).norm(), 1e-11);
  }
  // Moving along the ray moves nothing.
  Matrix23d J;
  ASSERT_TRUE(model().Project(point, &J));
  EXPECT_LT((J * point).norm(), 1e-12);
}

TEST_P(CameraModelTest, AxisProjectsToTheCentreAndRightAndDownAreUp) {
  const std::vector<double> parameters = model().Parameters();
  EXPECT_LT((*model().Project(Vector3d(0, 0, 3)) - Vector2d(parameters[2], parameters[3])).norm(),
            1e-12);
  EXPECT_GT(model().Project(Vector3d(0.1, 0, 1))->x(), parameters[2] + 1);
  EXPECT_GT(model().Project(Vector3d(0, 0.1, 1))->y(), parameters[3] + 1);
}

TEST_P(CameraModelTest, BadInputGivesNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(model().Project(Vector3d(0, 0, 0)));
  EXPECT_FALSE(model().Project(Vector3d(0, 0, -1)));
  EXPECT_FALSE(model().Project(Vector3d(nan, 0, 1)));
  EXPECT_FALSE(model().Project(Vector3d(infinity, 0, 1)));
  EXPECT_FALSE(model().Unproject(Vector2d(nan, 0)));
  EXPECT_FALSE(model().Unproject(Vector2d(infinity, 0)));
}

TEST_P(CameraModelTest, ParametersMakeTheSameModelAgain) {
  const std::vector<double> parameters = model().Parameters();
  const auto again = Make(model().Name(), {parameters.begin(), parameters.begin() + 4},
                          {parameters.begin() + 4, parameters.end()});
  const Vector3d point(0.3, 0.2, 1);
  EXPECT_EQ(*again->Project(point), *model().Project(point));
}

INSTANTIATE_TEST_SUITE_P(Models, CameraModelTest, testing::ValuesIn(ModelCases()),
                         [](const auto& test) { return test.param.name; });

TEST(PinholeRadialTangentialTest, NothingBeyondTheTurningRadius) {
  // Slope 1 + 3 k1 r^2 = 0 at r = 1 / sqrt(3 * 0.3).
  const PinholeRadialTangential model({400, 400}, {320, 240}, {-0.3, 0, 0, 0});
  const double edge = 1 / std::sqrt(0.9);
  EXPECT_NEAR(model.valid_radius(), edge, 1e-14);
  EXPECT_TRUE(model.Project(Vector3d(0.999 * edge, 0, 1)));
  EXPECT_FALSE(model.Project(Vector3d(1.001 * edge, 0, 1)));
  EXPECT_FALSE(model.Project(Vector3d(3 * edge, 0, 1)));
  // The same edge in pixels: f(edge) = edge * 2 / 3.
  EXPECT_TRUE(model.Unproject({320 + 0.999 * 400 * edge * 2 / 3, 240}));
  EXPECT_FALSE(model.Unproject({320 + 1.001 * 400 * edge * 2 / 3, 240}));
  EXPECT_FALSE(model.Project(Vector3d(0.1, 0.1, -1)));
}

TEST(PinholeEquidistantTest, SeesBesideAndBehindUpToItsAngle) {
  const PinholeEquidistant model({200, 200}, {500, 500}, {0, 0, 0, 0});
  EXPECT_EQ(model.valid_angle(), M_PI);
  EXPECT_NEAR(model.Project(Vector3d(1, 0, 0))->x(), 500 + 200 * M_PI / 2, 1e-11);
  EXPECT_NEAR(model.Project(Vector3d(0, 1, -1))->y(), 500 + 200 * 0.75 * M_PI, 1e-11);
  EXPECT_LT((*model.Unproject({500 + 200 * M_PI / 2, 500}) - Vector3d(1, 0, 0)).norm(), 1e-14);
  EXPECT_FALSE(model.Unproject({500 + 200 * 3.2, 500}));

  const PinholeEquidistant turning({200, 200}, {500, 500},
                                   {-1.0 / 12, 0, 0, 0});  // turns back at 2 rad
  EXPECT_TRUE(turning.Project(Vector3d(std::sin(1.99), 0, std::cos(1.99))));
  EXPECT_FALSE(turning.Project(Vector3d(std::sin(2.01), 0, std::cos(2.01))));
}

TEST(PinholeEquidistantTest, JacobianBehindTheCamera) {
  const PinholeEquidistant model({200, 210}, {500, 500}, {-0.01, 0.001, 0, 0});
  const Vector3d point(0.7, -0.4, -0.2);
  Matrix23d J;
  ASSERT_TRUE(model.Project(point, &J));
  const auto f = [&](const Vector3d& p) { return *model.Project(p); };
  EXPECT_LT((J - NumericJacobian<2, 3>(f, point, 2e-4)).cwiseAbs().maxCoeff(), 1e-7);
}

TEST(MakeCameraModelTest, SaysWhatIsWrong) {
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
  EXPECT_EQ(what("none", good, {0.1}),
            "distortion_coefficients has 1 values, which does not fit none");
  EXPECT_EQ(what("none", good, {0, 0, 0, 0}), "accepted");
}

}  // namespace
}  // namespace nightjar
