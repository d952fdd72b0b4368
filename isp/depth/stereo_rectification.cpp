// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_rectification.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <optional>

#include "core/portable_math.h"
#include "core/se3.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr double kShortestBaseline = 1e-3;  // m
constexpr int kSmallestSide = 16;           // px
constexpr int kStepOfLevels = 16;           // what matchers like
constexpr int kRaster = 64;                 // directions along each side of a picture

/// Part of the plane z = 1 of the rectified frame.
struct Window {
  Eigen::Array2d low{INFINITY, INFINITY}, high{-INFINITY, -INFINITY};

  void Include(const Eigen::Array2d& place) {
    low = low.min(place);
    high = high.max(place);
  }
};

/// x towards the second camera, z between the two axes. In the first camera's frame.
std::optional<Eigen::Matrix3d> RectifiedAxes(const Se3& T_first_second) {
  const Eigen::Vector3d x = T_first_second.translation.normalized();
  const Eigen::Vector3d forward =
      Eigen::Vector3d::UnitZ() + T_first_second.rotation * Eigen::Vector3d::UnitZ();
  const Eigen::Vector3d across = forward - x * x.dot(forward);
  if (across.norm() < 0.1 * std::max(1.0, forward.norm())) return std::nullopt;
  Eigen::Matrix3d R_first_view;
  R_first_view.col(0) = x;
  R_first_view.col(2) = across.normalized();
  R_first_view.col(1) = R_first_view.col(2).cross(R_first_view.col(0));
  return R_first_view;
}

/// Where a picture of `width` x `height` pixels reaches to. `bearing` of a pixel is in the camera's
/// frame, nothing where there is none.
template <typename Bearing>
Window WindowOf(int width, int height, const Eigen::Matrix3d& R_camera_view, double reach,
                const Bearing& bearing) {
  Window window;
  for (int j = 0; j <= kRaster; ++j) {
    for (int i = 0; i <= kRaster; ++i) {
      const std::optional<Eigen::Vector3d> seen =
          bearing(Eigen::Vector2d(i * (width - 1.0) / kRaster, j * (height - 1.0) / kRaster));
      if (!seen) continue;
      const Eigen::Vector3d along = R_camera_view.transpose() * *seen;
      if (along.z() < 1e-3) continue;
      const Eigen::Array2d place = along.hnormalized().array();
      window.Include(place.max(-reach).min(reach));
    }
  }
  return window;
}

/// Of a vector's component along `axis`, where its own components have independent sigmas.
double VarianceAlong(const Eigen::Vector3d& axis, const Eigen::Vector3d& sigma) {
  return (axis.array() * sigma.array()).square().sum();
}

}  // namespace

Status StereoRectificationOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (!(nearest_m >= 0.01 && nearest_m <= 1000)) return fail("nearest_m must be 0.01 .. 1000");
  if (most_disparities < kStepOfLevels || most_disparities > 256)
    return fail("most_disparities must be 16 .. 256");
  if (!(widest_deg >= 10 && widest_deg <= 80)) return fail("widest_deg must be 10 .. 80");
  if (!(most_relative_sigma >= 0.01 && most_relative_sigma <= 10))
    return fail("most_relative_sigma must be 0.01 .. 10");
  return {};
}

Result<StereoRectification> StereoRectification::Create(const RigCamera& first,
                                                        const RigCamera& second,
                                                        const StereoRectificationOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  const std::string where = first.name + ", " + second.name;
  const auto fail = [&where](const char* what) {
    return Fail(ErrorKind::kUnusableInput, what, where, "check the rig's poses");
  };
  const Se3 T_first_second = first.T_body_camera.Inverse() * second.T_body_camera;
  const double baseline = T_first_second.translation.norm();
  if (baseline < kShortestBaseline) return fail("cameras in one place see no depth");
  const auto axes = RectifiedAxes(T_first_second);
  if (!axes) return fail("cameras that do not look across their baseline cannot be rectified");
  const Eigen::Matrix3d R_second_view = T_first_second.RotationMatrix().transpose() * *axes;

  const PinholeView picture = UndistortedView(*first.model, first.width, first.height);
  const portable::SineCosine widest = portable::SinCos(options.widest_deg * M_PI / 180);
  const double reach = widest.sine / widest.cosine;
  const Window shown =
      WindowOf(first.width, first.height, *axes, reach,
               [&](const Eigen::Vector2d& pixel) -> std::optional<Eigen::Vector3d> {
                 return Eigen::Vector3d((pixel.x() - picture.cx) / picture.focal,
                                        (pixel.y() - picture.cy) / picture.focal, 1);
               });
  const Window other =
      WindowOf(second.width, second.height, R_second_view, reach,
               [&](const Eigen::Vector2d& pixel) { return second.model->Unproject(pixel); });
  const double wanted = picture.focal * baseline / options.nearest_m + 1;
  const int disparities =
      std::min(options.most_disparities / kStepOfLevels * kStepOfLevels,
               kStepOfLevels * static_cast<int>(std::ceil(wanted / kStepOfLevels)));
  // What is near, the second camera sees further to the left.
  const Eigen::Array2d low = shown.low.max(other.low);
  const Eigen::Array2d high =
      shown.high.min(other.high + Eigen::Array2d(disparities / picture.focal, 0));
  const Eigen::Array2d size = ((high - low) * picture.focal).floor() + 1;
  if (!(size.minCoeff() >= kSmallestSide)) return fail("the cameras have no view in common");

  const PinholeView view{static_cast<int>(size.x()), static_cast<int>(size.y()), picture.focal,
                         -low.x() * picture.focal, -low.y() * picture.focal};
  StereoRectification made(
      ViewMap(*first.model, first.width, first.height, view, *axes),
      ViewMap(*second.model, second.width, second.height, view, R_second_view));
  made.R_first_view_ = *axes;
  made.R_second_view_ = R_second_view;
  made.baseline_m_ = baseline;
  made.disparities_ = disparities;
  made.most_relative_sigma_ = options.most_relative_sigma;
  made.calibration_ = SigmaOf(first, second, *axes, R_second_view, view.focal, baseline);
  return made;
}

StereoRectification::CalibrationSigma StereoRectification::SigmaOf(
    const RigCamera& first, const RigCamera& second, const Eigen::Matrix3d& R_first_view,
    const Eigen::Matrix3d& R_second_view, double focal, double baseline_m) {
  double turn = 0, along = 0, centre = 0, scale = 0;  // variances
  const auto add = [&](const RigCamera& camera, const Eigen::Matrix3d& R_camera_view) {
    if (const auto& mount = camera.mount_sigma.T_body_sensor) {
      along += VarianceAlong(R_camera_view.col(0), mount->head<3>());
      turn += VarianceAlong(R_camera_view.col(1), mount->tail<3>());
    }
    if (camera.parameter_sigmas.size() >= 4) {  // fx fy cx cy
      scale += 0.25 * std::pow(camera.parameter_sigmas[0] / focal, 2);
      centre += std::pow(camera.parameter_sigmas[2], 2);
    }
  };
  add(first, R_first_view);
  add(second, R_second_view);
  return {std::sqrt(focal * focal * turn + centre),
          std::sqrt(along / (baseline_m * baseline_m) + scale)};
}

DepthMap StereoRectification::Depth(const DisparityMap& disparity, SensorTime time,
                                    int camera) const {
  DepthMap map = UnknownDepthMap(time, camera, view());
  const double focal_baseline = view().focal * baseline_m_;
  for (int y = 0; y < view().height; ++y) {
    for (int x = 0; x < view().width; ++x) {
      const float d = disparity.disparity_px(x, y), sigma_d = disparity.sigma_px(x, y);
      if (!IsKnown(d) || d <= 0 || !IsKnown(sigma_d) || !first_.Sees(x, y)) continue;
      const int there = static_cast<int>(std::lround(x - d));
      if (there < 0 || !second_.Sees(there, y)) continue;
      const double z = focal_baseline / d;
      const double of_disparity =
          double{sigma_d} * sigma_d + calibration_.disparity_px * calibration_.disparity_px;
      const double sigma = z * std::sqrt(of_disparity / (double{d} * d) +
                                         calibration_.relative * calibration_.relative);
      if (sigma > most_relative_sigma_ * z) continue;
      map.depth_m(x, y) = static_cast<float>(z);
      map.sigma_m(x, y) = static_cast<float>(sigma);
    }
  }
  return map;
}

}  // namespace nightjar
