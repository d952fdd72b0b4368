// SPDX-License-Identifier: Apache-2.0
#include "calibration/camera_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "calibration/double_sphere.h"
#include "calibration/fisheye_rad_tan_thin_prism.h"
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
      {"rational",
       Make("rational", {310, 312, 322, 238}, {0.9, 0.12, -0.0006, 0.0004, 0.003, 1.25, 0.3, 0.02}),
       640, 480},
      {"double_sphere", Make("ds", {156.7, 157.1, 255.4, 256.9}, {-0.18, 0.59}), 512, 512},
      {"double_sphere_inside", Make("double-sphere", {301, 300, 318, 242}, {0.2, 0.35}), 640, 480},
      {"aria_slam",
       Make("FisheyeRadTanThinPrism", {240, 240, 320.5, 239.25},
            {-0.025, 0.1, -0.07, 0.0115, 0.0016, -0.0004, 0.0019, -0.0017, -0.003, -0.0003, 0.0026,
             0.0002}),
       640, 480},
      {"aria_colour",
       Make(
           "FisheyeRadTanThinPrism", {610, 610, 717, 706},
           {0.4, -0.48, 0.18, 1.1, -1.67, 0.63, -0.0004, 0.0007, -0.0006, 0.0002, 0.0003, -0.0002}),
       1408, 1408},
  };
}

Vector3d Bearing(double angle, double azimuth) {
  return {std::sin(angle) * std::cos(azimuth), std::sin(angle) * std::sin(azimuth),
          std::cos(angle)};
}

// The angle up to which everything from the axis on has a pixel of less than 1e4 px: far beyond,
// double holds no 1e-9 px.
double ValidAngle(const CameraModel& model, double azimuth) {
  const auto valid = [&](double angle) {
    const auto pixel = model.Project(Bearing(angle, azimuth));
    return pixel && pixel->norm() < 1e4;
  };
  double low = 0, high = 0.01;
  for (; high < M_PI && valid(high); high += 0.01) low = high;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (valid(middle) ? low : high) = middle;
  }
  return low;
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

// Wherever the model has a pixel for a direction, image or not, that pixel leads back to it: up to
// the edge, where the pixel still says 1e-9 px but directions are less sharp.
TEST_P(CameraModelTest, EveryValidDirectionComesBack) {
  for (int i = 0; i < 360; i += 7) {
    const double azimuth = i * M_PI / 180;
    const double edge = ValidAngle(model(), azimuth);
    ASSERT_GT(edge, 0.6);
    for (double part :
         {1e-9, 0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999}) {
      const Vector3d bearing = Bearing(part * edge, azimuth);
      const auto pixel = model().Project(bearing);
      ASSERT_TRUE(pixel);
      const auto again = model().Unproject(*pixel);
      ASSERT_TRUE(again) << part << " of " << edge << " at " << i;
      EXPECT_LT((*model().Project(*again) - *pixel).norm(), 1e-9) << part << " at " << i;
      EXPECT_LT((*again - bearing).norm(), 1e-8) << part << " of " << edge << " at " << i;
    }
  }
}

TEST_P(CameraModelTest, JacobiansAgreeWithDifferencesOverTheValidRegion) {
  const std::vector<double> parameters = model().Parameters();
  const auto count = static_cast<Eigen::Index>(parameters.size());
  for (int i = 0; i < 360; i += 30) {
    const double azimuth = i * M_PI / 180;
    const double edge = ValidAngle(model(), azimuth);
    for (double part : {0.0, 1e-8, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98}) {
      const Vector3d point = 1.7 * Bearing(part * edge, azimuth);
      Matrix23d J_point;
      Eigen::Matrix2Xd J_parameters;
      const auto pixel = model().Project(point, &J_point, &J_parameters);
      ASSERT_TRUE(pixel);
      // Far out a pinhole's image bends on the scale of the distance to the image plane.
      const double step = 1e-4 * std::min(1.0, edge * (1 - part));
      const Matrix23d numeric = NumericJacobian<2, 3>(
          [&](const Vector3d& p) { return model().Project(p).value_or(Vector2d(NAN, NAN)); }, point,
          step);
      const double scale = 1 + J_point.cwiseAbs().maxCoeff();
      EXPECT_LT((J_point - numeric).cwiseAbs().maxCoeff(), 1e-7 * scale)
          << part << " at " << i << "\n"
          << J_point << "\n"
          << numeric;

      ASSERT_EQ(J_parameters.cols(), count);
      for (Eigen::Index k = 0; k < count; ++k) {
        const auto moved = [&](const Eigen::Matrix<double, 1, 1>& delta) {
          std::vector<double> changed = parameters;
          changed[static_cast<size_t>(k)] += delta[0];
          const auto shifted = MakeCameraModel(model().Name(), changed).value();
          return shifted->Project(point).value_or(Vector2d(NAN, NAN));
        };
        // A step that moves the pixel by about 0.1 px keeps the point in the valid region.
        const double step_k = std::min(1e-4, 0.1 / (1 + J_parameters.col(k).norm()));
        const Vector2d column =
            NumericJacobian<2, 1>(moved, Eigen::Matrix<double, 1, 1>(0.0), step_k);
        EXPECT_LT((J_parameters.col(k) - column).norm(), 1e-6 * (1 + column.norm()))
            << "parameter " << k << ", " << part << " at " << i;
      }
    }
  }
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

TEST(PinholeRadialTangentialTest, TheRationalModelEndsWhereItTurnsBack) {
  // r / (1 + r^2) turns at r = 1, where it is 1/2.
  const PinholeRadialTangential model({400, 400}, {320, 240}, {0, 0, 0, 0, 0, 1, 0, 0});
  EXPECT_NEAR(model.valid_radius(), 1, 1e-14);
  EXPECT_TRUE(model.Project(Vector3d(0.999, 0, 1)));
  EXPECT_FALSE(model.Project(Vector3d(1.001, 0, 1)));
  EXPECT_TRUE(model.Unproject({320 + 199.9, 240}));
  EXPECT_FALSE(model.Unproject({320 + 200.1, 240}));
}

TEST(DoubleSphereTest, HandWorkedPoint) {
  // d1 = 3; z2 = 0.5 * 3 + 2 = 3.5; d2 = sqrt(1 + 4 + 12.25) = sqrt(17.25).
  const DoubleSphere model({100, 200}, {10, 20}, {0.5, 0.25});
  const double denominator = 0.25 * std::sqrt(17.25) + 0.75 * 3.5;
  const Vector2d expected(10 + 100 / denominator, 20 - 200 * 2 / denominator);
  EXPECT_LT((*model.Project(Vector3d(1, -2, 2)) - expected).norm(), 1e-12);
}

TEST(DoubleSphereTest, WithZerosItIsAPinhole) {
  const DoubleSphere model({100, 200}, {10, 20}, {0, 0});
  EXPECT_LT((*model.Project(Vector3d(1, -2, 4)) - Vector2d(35, -80)).norm(), 1e-12);
  EXPECT_FALSE(model.Project(Vector3d(1, 0, 0)));
  EXPECT_FALSE(model.Project(Vector3d(1, 0, -0.1)));
}

TEST(DoubleSphereTest, SeesBehindUpToItsEdge) {
  // xi = 0, alpha = 1/2: den = (d + z) / 2, the stereographic projection: all but straight behind.
  const DoubleSphere stereographic({100, 100}, {0, 0}, {0, 0.5});
  for (double angle : {0.5, 1.5, 2.5, 3.1}) {
    const Vector2d pixel = *stereographic.Project(Bearing(angle, 0));
    EXPECT_NEAR(pixel.x() / (200 * std::tan(angle / 2)), 1, 1e-12);
    EXPECT_LT((*stereographic.Unproject(pixel) - Bearing(angle, 0)).norm(), 1e-12);
  }
  // xi = 0, alpha = 1: orthographic, which turns back at 90 degrees, a radius of 1.
  const DoubleSphere orthographic({100, 100}, {0, 0}, {0, 1});
  EXPECT_NEAR(orthographic.Project(Bearing(1.2, 0))->x(), 100 * std::sin(1.2), 1e-12);
  EXPECT_TRUE(orthographic.Project(Bearing(1.57, 0)));
  EXPECT_FALSE(orthographic.Project(Bearing(1.58, 0)));
  EXPECT_TRUE(orthographic.Unproject({99.9, 0}));
  EXPECT_FALSE(orthographic.Unproject({100.1, 0}));
}

// Made with Project Aria's own library: projectaria-tools 2.3.0,
// CameraProjection(FISHEYE624, [f cx cy k0..k5 p0 p1 s0..s3]).project.
TEST(FisheyeRadTanThinPrismTest, AgreesWithAriasLibrary) {
  const FisheyeRadTanThinPrism model({240, 240}, {320.5, 239.25},
                                     {-0.03, 0.1, -0.07, 0.012, 0.0015, -0.0005, 0.0019, -0.0017,
                                      -0.003, -0.0003, 0.0026, 0.0002});
  const std::pair<Vector3d, Vector2d> known[] = {
      {{0.3, -0.2, 1}, {389.53320217271755, 193.23263337658838}},
      {{-1.2, 0.7, 0.9}, {112.08156065403998, 360.896731416964}},
      {{0.05, 2, 1.1}, {326.5648304727004, 498.5162835840316}},
      {{1e-9, 0, 1}, {320.50000024, 239.25}},
      {{-2.5, -1.5, 1}, {62.79110722892591, 85.4351859775449}}};
  for (const auto& [point, pixel] : known)
    EXPECT_LT((*model.Project(point) - pixel).norm(), 1e-10) << point.transpose();
}

TEST(PinholeEquidistantTest, AgreesWithAriasKannalaBrandt) {
  const PinholeEquidistant model({555, 556}, {319.5, 239.5}, {0.02, 0.13, -0.5, 0.53});
  EXPECT_LT(
      (*model.Project({0.3, -0.2, 1}) - Vector2d(479.86111470389153, 132.3999642337974)).norm(),
      1e-10);
}

}  // namespace
}  // namespace nightjar
