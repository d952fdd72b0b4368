// SPDX-License-Identifier: Apache-2.0
#include "calibration/asl_sensor_yaml.h"

#include <yaml-cpp/yaml.h>

#include <Eigen/Geometry>
#include <Eigen/SVD>
#include <cmath>
#include <exception>
#include <sstream>
#include <system_error>
#include <utility>

#include "calibration/make_camera_model.h"

namespace nightjar {
namespace {

// The library reports by exceptions, so do the helpers of this file; nothing leaves it: see
// Guarded().
class SensorYamlError : public std::exception {
 public:
  explicit SensorYamlError(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

// A sensor.yaml being read: it knows where each of its nodes stands.
class SensorYaml {
 public:
  explicit SensorYaml(const std::filesystem::path& file)
      : file_(file.string()), root_(YAML::LoadFile(file_)) {
    if (!root_.IsMap())
      Throw(root_, "is not a list of 'key: value' lines", "see docs/formats/sensor-log.md");
  }

  [[noreturn]] void Throw(const YAML::Node& node, const std::string& what,
                          const std::string& remedy = {}) const {
    const int line = node.IsDefined() ? node.Mark().line : -1;  // 0-based; -1: unknown
    throw SensorYamlError({ErrorKind::kUnusableInput, what,
                           file_ + ":" + std::to_string(line < 0 ? 1 : line + 1), remedy});
  }

  YAML::Node Find(const std::string& key) const { return root_[key]; }

  YAML::Node Get(const std::string& key) const {
    YAML::Node node = root_[key];
    if (!node.IsDefined() || node.IsNull()) Throw(root_, "key " + key + " is missing", "add it");
    return node;
  }

  double Number(const YAML::Node& node, const std::string& key) const {
    double value = 0;
    if (!node.IsScalar() || !YAML::convert<double>::decode(node, value))
      Throw(node, key + " is not a number");
    if (!std::isfinite(value)) Throw(node, key + " is not finite");
    return value;
  }

  std::vector<double> Numbers(const YAML::Node& node, const std::string& key) const {
    if (!node.IsSequence()) Throw(node, key + " is not a list of numbers");
    std::vector<double> values;
    for (const YAML::Node& item : node) values.push_back(Number(item, key));
    return values;
  }

  std::string Text(const std::string& key) const {
    const YAML::Node node = Get(key);
    if (!node.IsScalar()) Throw(node, key + " is not a word");
    return node.Scalar();
  }

  void ExpectText(const std::string& key, const std::string& expected) const {
    if (Text(key) == expected) return;
    Throw(Get(key), key + " is '" + Text(key) + "'", "only '" + expected + "' can be read here");
  }

  double InRange(const std::string& key, double least, double most) const {
    const YAML::Node node = Get(key);
    const double value = Number(node, key);
    if (!(value >= least && value <= most)) {
      std::ostringstream range;  // "1e-09 to 10"
      range << least << " to " << most;
      Throw(node, key + " is not in " + range.str(),
            "give the value of the IMU's datasheet or Allan plot, in SI units");
    }
    return value;
  }

 private:
  std::string file_;
  YAML::Node root_;
};

Se3 ReadPose(const SensorYaml& yaml) {
  const YAML::Node node = yaml.Get("T_BS");
  const YAML::Node data = node.IsMap() ? node["data"] : YAML::Node(YAML::NodeType::Undefined);
  if (!data.IsDefined()) yaml.Throw(node, "T_BS has no data", "give data: 16 numbers, row by row");
  const std::vector<double> values = yaml.Numbers(data, "T_BS");
  if (values.size() != 16) {
    yaml.Throw(data, "T_BS has " + std::to_string(values.size()) + " values instead of 16",
               "give a 4x4 matrix, row by row");
  }
  const Eigen::Matrix4d T =
      Eigen::Map<const Eigen::Matrix<double, 4, 4, Eigen::RowMajor>>(values.data());
  const Eigen::Matrix3d R = T.topLeftCorner<3, 3>();
  const Eigen::RowVector4d last_row(0, 0, 0, 1);
  if ((T.row(3) - last_row).cwiseAbs().maxCoeff() > 1e-9)
    yaml.Throw(data, "the last row of T_BS is not 0 0 0 1");
  const double skew = (R.transpose() * R - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff();
  if (!(skew <= 1e-3) || !(R.determinant() > 0)) {
    yaml.Throw(data, "the upper left 3x3 of T_BS is not a rotation",
               "give the sensor's pose in the body frame");
  }
  // The nearest rotation (Frobenius): printed matrices carry a handful of digits.
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(R, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::Matrix3d nearest = svd.matrixU() * svd.matrixV().transpose();
  return {Eigen::Quaterniond(nearest).normalized(), T.topRightCorner<3, 1>()};
}

double ReadRate(const SensorYaml& yaml) {
  const YAML::Node node = yaml.Find("rate_hz");
  if (!node.IsDefined() || node.IsNull()) return 0;
  const double rate_hz = yaml.Number(node, "rate_hz");
  if (!(rate_hz >= 0)) yaml.Throw(node, "rate_hz is negative");
  return rate_hz;
}

void ReadResolution(const SensorYaml& yaml, AslCamera& camera) {
  const YAML::Node node = yaml.Get("resolution");
  const std::vector<double> values = yaml.Numbers(node, "resolution");
  if (values.size() != 2)
    yaml.Throw(node, "resolution does not have 2 values", "give [width, height]");
  for (double value : values) {
    if (value != std::floor(value) || !(value >= kMinImageSide && value <= kMaxImageSide)) {
      yaml.Throw(node, "resolution is not two whole numbers from " + std::to_string(kMinImageSide) +
                           " to " + std::to_string(kMaxImageSide));
    }
  }
  camera.width = static_cast<int>(values[0]);
  camera.height = static_cast<int>(values[1]);
}

AslCamera ParseCamera(const SensorYaml& yaml) {
  if (yaml.Find("sensor_type").IsDefined()) yaml.ExpectText("sensor_type", "camera");
  AslCamera camera;
  camera.T_base_camera = ReadPose(yaml);
  camera.rate_hz = ReadRate(yaml);
  ReadResolution(yaml, camera);
  yaml.ExpectText("camera_model", "pinhole");
  const std::vector<double> intrinsics = yaml.Numbers(yaml.Get("intrinsics"), "intrinsics");
  // Each half is checked by itself first: an error must name the line of the key that is wrong.
  if (auto model = MakeCameraModel("none", intrinsics, {}); !model) {
    yaml.Throw(yaml.Get("intrinsics"), model.error().what, model.error().remedy);
  }
  const std::string name = yaml.Text("distortion_model");
  std::vector<double> distortion;
  YAML::Node blamed = yaml.Find("distortion_coefficients");
  if (name != "none" || blamed.IsDefined()) {
    blamed = yaml.Get("distortion_coefficients");
    distortion = yaml.Numbers(blamed, "distortion_coefficients");
  }
  auto model = MakeCameraModel(name, intrinsics, distortion);
  if (!model) {
    const bool unknown_model = model.error().what.rfind("unknown", 0) == 0;
    yaml.Throw(unknown_model ? yaml.Get("distortion_model") : blamed, model.error().what,
               model.error().remedy);
  }
  camera.model = *std::move(model);
  return camera;
}

AslImu ParseImu(const SensorYaml& yaml) {
  if (yaml.Find("sensor_type").IsDefined()) yaml.ExpectText("sensor_type", "imu");
  AslImu imu;
  imu.T_base_imu = ReadPose(yaml);
  imu.rate_hz = ReadRate(yaml);
  imu.noise.gyro_noise_density =
      yaml.InRange("gyroscope_noise_density", kMinImuNoise, kMaxGyroNoise);
  imu.noise.gyro_random_walk =
      yaml.InRange("gyroscope_random_walk", kMinImuRandomWalk, kMaxGyroNoise);
  imu.noise.accelerometer_noise_density =
      yaml.InRange("accelerometer_noise_density", kMinImuNoise, kMaxAccelerometerNoise);
  imu.noise.accelerometer_random_walk =
      yaml.InRange("accelerometer_random_walk", kMinImuRandomWalk, kMaxAccelerometerNoise);
  return imu;
}

template <typename T>
Result<T> Guarded(const std::filesystem::path& file, T (*parse)(const SensorYaml&)) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) {  // reading a pipe would wait for ever
    return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string(),
                "a sensor.yaml must stand here");
  }
  try {
    return parse(SensorYaml(file));
  } catch (const SensorYamlError& error) {
    return tl::unexpected(error.error());
  } catch (const YAML::BadFile&) {
    return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string(),
                "a sensor.yaml must stand here");
  } catch (const YAML::Exception& error) {
    return Fail(ErrorKind::kUnusableInput, "is not valid YAML: " + error.msg,
                file.string() + ":" + std::to_string(error.mark.line + 1));
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kUnusableInput, std::string("cannot be parsed: ") + error.what(),
                file.string());
  }
}

}  // namespace

Result<AslCamera> ReadAslCamera(const std::filesystem::path& file) {
  return Guarded(file, &ParseCamera);
}
Result<AslImu> ReadAslImu(const std::filesystem::path& file) { return Guarded(file, &ParseImu); }

RigCamera MakeRigCamera(const std::string& name, const AslCamera& camera, const AslImu& imu) {
  RigCamera result;
  result.name = name;
  result.width = camera.width;
  result.height = camera.height;
  result.rate_hz = camera.rate_hz;
  result.model = camera.model;
  result.T_body_camera = imu.T_base_imu.Inverse() * camera.T_base_camera;
  return result;
}

}  // namespace nightjar
