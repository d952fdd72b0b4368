// SPDX-License-Identifier: Apache-2.0
#include "calibration/make_camera_model.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "calibration/pinhole_equidistant.h"
#include "calibration/pinhole_radial_tangential.h"

namespace nightjar {
namespace {

bool AllFinite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

Status CheckIntrinsics(const std::vector<double>& intrinsics) {
  if (intrinsics.size() != 4) {
    return Fail(ErrorKind::kUnusableInput,
                "intrinsics has " + std::to_string(intrinsics.size()) + " values instead of 4", {},
                "give fx, fy, cx, cy in pixels");
  }
  if (!AllFinite(intrinsics))
    return Fail(ErrorKind::kUnusableInput, "intrinsics has a value that is not finite");
  if (!(intrinsics[0] > 0 && intrinsics[1] > 0)) {
    return Fail(ErrorKind::kUnusableInput, "intrinsics has a focal length that is not positive", {},
                "give fx, fy, cx, cy in pixels");
  }
  return {};
}

Status CheckDistortion(const std::string& model, size_t count, const char* names,
                       bool count_is_right) {
  if (count_is_right) return {};
  return Fail(ErrorKind::kUnusableInput,
              "distortion_coefficients has " + std::to_string(count) +
                  " values, which does not fit " + model,
              {}, std::string("give ") + names);
}

}  // namespace

Result<std::shared_ptr<const CameraModel>> MakeCameraModel(const std::string& distortion_model,
                                                           const std::vector<double>& intrinsics,
                                                           const std::vector<double>& distortion) {
  if (Status status = CheckIntrinsics(intrinsics); !status) return tl::unexpected(status.error());
  if (!AllFinite(distortion)) {
    return Fail(ErrorKind::kUnusableInput,
                "distortion_coefficients has a value that is not finite");
  }
  const Eigen::Vector2d focal(intrinsics[0], intrinsics[1]);
  const Eigen::Vector2d centre(intrinsics[2], intrinsics[3]);
  const size_t count = distortion.size();
  if (distortion_model == "radial-tangential" || distortion_model == "radtan") {
    Status status = CheckDistortion(distortion_model, count, "k1, k2, p1, p2 and perhaps k3",
                                    count == 4 || count == 5);
    if (!status) return tl::unexpected(status.error());
    return std::make_shared<PinholeRadialTangential>(focal, centre, distortion);
  }
  if (distortion_model == "equidistant") {
    Status status = CheckDistortion(distortion_model, count, "k1, k2, k3, k4", count == 4);
    if (!status) return tl::unexpected(status.error());
    return std::make_shared<PinholeEquidistant>(focal, centre, distortion);
  }
  if (distortion_model == "none") {
    const bool zero =
        std::all_of(distortion.begin(), distortion.end(), [](double value) { return value == 0; });
    Status status =
        CheckDistortion(distortion_model, count, "no coefficients, or a distortion model", zero);
    if (!status) return tl::unexpected(status.error());
    return std::make_shared<PinholeRadialTangential>(focal, centre, std::vector<double>(4, 0.0));
  }
  return Fail(ErrorKind::kUnusableInput, "unknown distortion model '" + distortion_model + "'", {},
              "known are radial-tangential, radtan, equidistant and none");
}

}  // namespace nightjar
