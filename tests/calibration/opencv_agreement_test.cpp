// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <opencv2/calib3d.hpp>
#include <random>
#include <vector>

#include "calibration/make_camera_model.h"

namespace nightjar {
namespace {

std::vector<cv::Point3d> Points(double spread) {
  std::mt19937 generator(5);
  std::uniform_real_distribution<double> uniform(-spread, spread);
  std::vector<cv::Point3d> points;
  for (int i = 0; i < 500; ++i) {
    const double depth = 0.5 + 0.01 * i;
    points.emplace_back(depth * uniform(generator), depth * uniform(generator), depth);
  }
  return points;
}

const std::vector<double> kIntrinsics = {458.654, 457.296, 367.215, 248.375};

cv::Mat CameraMatrix() {
  return (cv::Mat_<double>(3, 3) << kIntrinsics[0], 0, kIntrinsics[2], 0, kIntrinsics[1],
          kIntrinsics[3], 0, 0, 1);
}

// OpenCV's columns: rotation, translation, fx fy, cx cy, distortion. Ours: fx fy cx cy, distortion.
void ExpectSameJacobian(const CameraModel& model, const std::vector<cv::Point3d>& points,
                        const cv::Mat& J_opencv) {
  for (size_t i = 0; i < points.size(); ++i) {
    Matrix23d J_point;
    Eigen::Matrix2Xd J;
    ASSERT_TRUE(model.Project({points[i].x, points[i].y, points[i].z}, &J_point, &J));
    for (int row = 0; row < 2; ++row) {
      const double* expected = J_opencv.ptr<double>(2 * static_cast<int>(i) + row);
      for (int k = 0; k < 3; ++k)
        EXPECT_NEAR(J_point(row, k), expected[3 + k], 1e-8 * (1 + std::abs(expected[3 + k])));
      for (Eigen::Index k = 0; k < J.cols(); ++k)
        EXPECT_NEAR(J(row, k), expected[6 + k], 1e-8 * (1 + std::abs(expected[6 + k]))) << k;
    }
  }
}

void ExpectSame(const CameraModel& model, const std::vector<cv::Point3d>& points,
                const std::vector<cv::Point2d>& expected) {
  for (size_t i = 0; i < points.size(); ++i) {
    const auto pixel = model.Project({points[i].x, points[i].y, points[i].z});
    ASSERT_TRUE(pixel) << i;
    EXPECT_NEAR(pixel->x(), expected[i].x, 1e-9);
    EXPECT_NEAR(pixel->y(), expected[i].y, 1e-9);
  }
}

TEST(OpenCvAgreementTest, RadialTangential) {
  const std::vector<cv::Point3d> points = Points(0.6);
  for (const std::vector<double>& distortion :
       {std::vector<double>{-0.2834, 0.07396, 0.00194, -0.00176},
        std::vector<double>{-0.3, 0.1, 0.003, -0.002, 0.02},
        std::vector<double>{0.9, 0.12, -0.006, 0.004, 0.003, 1.25, 0.3, 0.02}}) {
    std::vector<cv::Point2d> expected;
    cv::Mat J;
    cv::projectPoints(points, cv::Vec3d(0, 0, 0), cv::Vec3d(0, 0, 0), CameraMatrix(), distortion,
                      expected, J);
    const auto model = MakeCameraModel("radial-tangential", kIntrinsics, distortion).value();
    ExpectSame(*model, points, expected);
    ExpectSameJacobian(*model, points, J);
  }
}

TEST(OpenCvAgreementTest, Equidistant) {
  const std::vector<cv::Point3d> points = Points(2.0);
  const std::vector<double> distortion = {-0.0135, 0.0205, -0.0095, 0.0015};
  std::vector<cv::Point2d> expected;
  cv::fisheye::projectPoints(points, expected, cv::Affine3d(), CameraMatrix(), distortion);
  ExpectSame(*MakeCameraModel("equidistant", kIntrinsics, distortion).value(), points, expected);
}

}  // namespace
}  // namespace nightjar
