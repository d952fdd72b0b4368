// SPDX-License-Identifier: Apache-2.0
#include "calibration/make_camera_model.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <string_view>

#include "calibration/double_sphere.h"
#include "calibration/fisheye_rad_tan_thin_prism.h"
#include "calibration/pinhole_equidistant.h"
#include "calibration/pinhole_radial_tangential.h"

namespace nightjar {
namespace {

using Model = std::shared_ptr<const CameraModel>;
using Numbers = std::vector<double>;

// One name that a model goes by.
struct Entry {
  std::string_view name;
  bool (*fits)(const Numbers& distortion);
  const char* wanted;  // the coefficients, in words
  Model (*make)(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre, const Numbers&);
};

template <typename T>
Model Make(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre, const Numbers& distortion) {
  return std::make_shared<T>(focal, centre, distortion);
}

Model MakePinhole(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre, const Numbers&) {
  return std::make_shared<PinholeRadialTangential>(focal, centre, Numbers(4, 0.0));
}

template <size_t kCount>
bool Has(const Numbers& distortion) {
  return distortion.size() == kCount;
}

bool FitsRadialTangential(const Numbers& d) { return Has<4>(d) || Has<5>(d) || Has<8>(d); }

bool AllZero(const Numbers& distortion) {
  return std::all_of(distortion.begin(), distortion.end(), [](double v) { return v == 0; });
}

constexpr Entry kModels[] = {
    {"radial-tangential", &FitsRadialTangential, "k1, k2, p1, p2 and perhaps k3, or k3 to k6",
     &Make<PinholeRadialTangential>},
    {"radtan", &FitsRadialTangential, "k1, k2, p1, p2 and perhaps k3, or k3 to k6",
     &Make<PinholeRadialTangential>},
    {"rational", &Has<8>, "k1, k2, p1, p2, k3, k4, k5, k6", &Make<PinholeRadialTangential>},
    {"radtan8", &Has<8>, "k1, k2, p1, p2, k3, k4, k5, k6", &Make<PinholeRadialTangential>},
    {"equidistant", &Has<4>, "k1, k2, k3, k4", &Make<PinholeEquidistant>},
    {"double-sphere", &Has<2>, "xi, alpha", &Make<DoubleSphere>},
    {"ds", &Has<2>, "xi, alpha", &Make<DoubleSphere>},
    {"FisheyeRadTanThinPrism", &Has<12>, "k0 to k5, p0, p1, s0 to s3",
     &Make<FisheyeRadTanThinPrism>},
    {"none", &AllZero, "no coefficients, or a distortion model", &MakePinhole},
    {"pinhole", &AllZero, "no coefficients, or a distortion model", &MakePinhole},
};

const Entry* FindModel(const std::string& name) {
  const auto* found = std::find_if(std::begin(kModels), std::end(kModels),
                                   [&](const Entry& entry) { return entry.name == name; });
  return found == std::end(kModels) ? nullptr : found;
}

bool AllFinite(const Numbers& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

Status CheckIntrinsics(const Numbers& intrinsics) {
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

// Outside of these two points share a pixel, or none has one.
Status CheckDoubleSphere(double xi, double alpha) {
  if (!(xi > -1 && xi < 1)) {
    return Fail(ErrorKind::kUnusableInput, "distortion_coefficients has a xi outside (-1, 1)", {},
                "give xi, alpha in this order");
  }
  if (!(alpha >= 0 && alpha <= 1)) {
    return Fail(ErrorKind::kUnusableInput, "distortion_coefficients has an alpha outside [0, 1]",
                {}, "give xi, alpha in this order");
  }
  return {};
}

}  // namespace

Result<Model> MakeCameraModel(const std::string& distortion_model, const Numbers& intrinsics,
                              const Numbers& distortion) {
  if (Status status = CheckIntrinsics(intrinsics); !status) return tl::unexpected(status.error());
  if (!AllFinite(distortion)) {
    return Fail(ErrorKind::kUnusableInput,
                "distortion_coefficients has a value that is not finite");
  }
  const Entry* model = FindModel(distortion_model);
  if (model == nullptr) {
    return Fail(ErrorKind::kUnusableInput, "unknown distortion model '" + distortion_model + "'",
                {},
                "known are radial-tangential, rational, equidistant, double-sphere, "
                "FisheyeRadTanThinPrism and none");
  }
  if (!model->fits(distortion)) {
    return Fail(ErrorKind::kUnusableInput,
                "distortion_coefficients has " + std::to_string(distortion.size()) +
                    " values, which does not fit " + distortion_model,
                {}, std::string("give ") + model->wanted);
  }
  if (model->make == &Make<DoubleSphere>) {
    if (Status status = CheckDoubleSphere(distortion[0], distortion[1]); !status)
      return tl::unexpected(status.error());
  }
  return model->make({intrinsics[0], intrinsics[1]}, {intrinsics[2], intrinsics[3]}, distortion);
}

Result<Model> MakeCameraModel(const std::string& distortion_model, const Numbers& parameters) {
  const auto split = parameters.begin() + std::min<std::ptrdiff_t>(4, std::ssize(parameters));
  return MakeCameraModel(distortion_model, {parameters.begin(), split}, {split, parameters.end()});
}

bool IsCameraModelName(const std::string& name) { return FindModel(name) != nullptr; }

}  // namespace nightjar
