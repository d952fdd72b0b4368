// SPDX-License-Identifier: Apache-2.0
#include "calibration/asl_sensor_yaml.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "calibration/camera_yaml.h"
#include "calibration/imu_yaml.h"
#include "calibration/yaml_document.h"
#include "core/check.h"

namespace nightjar {
namespace {

constexpr const char* kWanted = "a sensor.yaml must stand here";

void ExpectText(const YamlDocument& yaml, const std::string& key, const std::string& expected) {
  const YAML::Node node = yaml.Get(yaml.root(), key);
  const std::string text = yaml.Text(node, key);
  if (text == expected) return;
  yaml.Throw(node, key + " is '" + text + "'", "only '" + expected + "' can be read here");
}

// What every sensor.yaml has.
void ExpectSensor(const YamlDocument& yaml, const std::string& type) {
  if (yaml.Find(yaml.root(), "sensor_type").IsDefined()) ExpectText(yaml, "sensor_type", type);
}

Se3 ReadPose(const YamlDocument& yaml) {
  const YAML::Node node = yaml.Get(yaml.root(), "T_BS");
  const YAML::Node data = yaml.Find(node, "data");
  if (!data.IsDefined()) yaml.Throw(node, "T_BS has no data", "give data: 16 numbers, row by row");
  return yaml.Pose(data, "T_BS");
}

// ASL knows pinholes with a distortion_model; other cameras are named by their camera_model.
std::shared_ptr<const CameraModel> ReadAslModel(const YamlDocument& yaml) {
  const YAML::Node camera_model = yaml.Get(yaml.root(), "camera_model");
  const std::string name = yaml.Text(camera_model, "camera_model");
  if (name != "pinhole") {
    if (name != "double-sphere" && name != "ds" && name != "FisheyeRadTanThinPrism") {
      yaml.Throw(camera_model, "camera_model is '" + name + "'",
                 "known are pinhole, double-sphere and FisheyeRadTanThinPrism");
    }
    const YAML::Node distortion = yaml.Find(yaml.root(), "distortion_model");
    if (distortion.IsDefined() && yaml.Text(distortion, "distortion_model") != "none")
      yaml.Throw(distortion, "distortion_model beside camera_model '" + name + "'", "remove it");
    return ReadModel(yaml, yaml.root(), camera_model, name);
  }
  const YAML::Node node = yaml.Get(yaml.root(), "distortion_model");
  return ReadModel(yaml, yaml.root(), node, yaml.Text(node, "distortion_model"));
}

AslCamera ParseCamera(const YamlDocument& yaml) {
  ExpectSensor(yaml, "camera");
  AslCamera camera;
  camera.T_base_camera = ReadPose(yaml);
  camera.camera.rate_hz = ReadRate(yaml, yaml.root());
  const Resolution resolution = ReadResolution(yaml, yaml.root());
  camera.camera.width = resolution.width;
  camera.camera.height = resolution.height;
  camera.camera.model = ReadAslModel(yaml);
  ReadSampleKeys(yaml, yaml.root(), camera.camera);
  return camera;
}

AslImu ParseImu(const YamlDocument& yaml) {
  ExpectSensor(yaml, "imu");
  AslImu imu;
  imu.T_base_imu = ReadPose(yaml);
  imu.rate_hz = ReadRate(yaml, yaml.root());
  imu.noise = ReadImuNoise(yaml, yaml.root());
  return imu;
}

std::string PoseText(const Se3& T_base_sensor) {
  Eigen::Matrix<double, 4, 4, Eigen::RowMajor> T = Eigen::Matrix4d::Identity();
  T.topLeftCorner<3, 3>() = T_base_sensor.RotationMatrix();
  T.topRightCorner<3, 1>() = T_base_sensor.translation;
  return "T_BS:\n  cols: 4\n  rows: 4\n  data: " + ListText({T.data(), T.data() + 16}) + "\n";
}

std::string RateText(double rate_hz) {
  return rate_hz > 0 ? "rate_hz: " + NumberText(rate_hz) + "\n" : "";
}

}  // namespace

Result<AslCamera> ReadAslCamera(const std::filesystem::path& file) {
  return ReadYamlFile(file, kWanted, &ParseCamera);
}

Result<AslImu> ReadAslImu(const std::filesystem::path& file) {
  return ReadYamlFile(file, kWanted, &ParseImu);
}

RigCamera MakeRigCamera(const std::string& name, const AslCamera& camera, const AslImu& imu) {
  RigCamera result = camera.camera;
  result.name = name;
  result.T_body_camera = imu.T_base_imu.Inverse() * camera.T_base_camera;
  return result;
}

std::string AslCameraYaml(const RigCamera& camera, const Se3& T_base_body) {
  NIGHTJAR_CHECK(camera.model != nullptr, "a camera without a model has no sensor.yaml");
  const std::vector<double> parameters = camera.model->Parameters();
  const std::string name = camera.model->Name();
  const bool is_pinhole = name != "double-sphere" && name != "FisheyeRadTanThinPrism";
  std::string text = "sensor_type: camera\n" + PoseText(T_base_body * camera.T_body_camera) +
                     RateText(camera.rate_hz);
  text += fmt::format("resolution: [{}, {}]\ncamera_model: {}\nintrinsics: {}\n", camera.width,
                      camera.height, is_pinhole ? "pinhole" : name,
                      ListText({parameters.begin(), parameters.begin() + 4}));
  if (is_pinhole) text += "distortion_model: " + name + "\n";
  text += "distortion_coefficients: " + ListText({parameters.begin() + 4, parameters.end()}) + "\n";
  for (const std::string& line : SampleLines(camera)) text += line + "\n";
  return text;
}

std::string AslImuYaml(const RigImu& imu, const Se3& T_base_body) {
  std::string text =
      "sensor_type: imu\n" + PoseText(T_base_body * imu.T_body_imu) + RateText(imu.rate_hz);
  for (const std::string& line : NoiseLines(imu.noise)) text += line + "\n";
  return text;
}

}  // namespace nightjar
