// SPDX-License-Identifier: Apache-2.0
#include "calibration/kalibr_yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "calibration/camera_yaml.h"
#include "calibration/imu_yaml.h"
#include "calibration/make_camera_model.h"
#include "calibration/yaml_document.h"

namespace nightjar {
namespace {

constexpr double kTolerance = 1e-3;  // m and rad: files are printed with six digits or more

// How far two poses that should be one are apart, in words; empty when they agree.
std::string Difference(const Se3& a, const Se3& b) {
  const Vector6d delta = se3::Log(a.Inverse() * b);
  const double distance = (a.translation - b.translation).norm();
  const double angle = delta.tail<3>().norm();
  if (distance <= kTolerance && angle <= kTolerance) return {};
  return fmt::format("{:.1f} mm and {:.2f} degrees", 1e3 * distance, angle * 180 / M_PI);
}

// What `node` gives must be `expected`, which follows from `source`.
void ExpectPose(const YamlDocument& yaml, const YAML::Node& node, const std::string& name,
                const Se3& expected, const std::string& source) {
  const Se3 given = yaml.Pose(node, name);
  const std::string difference = Difference(expected, given);
  if (difference.empty()) return;
  if (Difference(expected.Inverse(), given).empty()) {
    yaml.Throw(
        node,
        name + " is given the wrong way round: it is the inverse of what follows from " + source,
        "invert it, or remove it");
  }
  yaml.Throw(node, name + " differs from what follows from " + source + " by " + difference,
             "remove the one that is wrong");
}

std::shared_ptr<const CameraModel> ReadDoubleSphere(const YamlDocument& yaml,
                                                    const YAML::Node& camera) {
  const YAML::Node node = yaml.Get(camera, "intrinsics");
  const std::vector<double> values = yaml.Numbers(node, "intrinsics");
  if (values.size() != 6) {
    yaml.Throw(node, fmt::format("intrinsics has {} values instead of 6", values.size()),
               "give xi, alpha, fu, fv, pu, pv");
  }
  auto model = MakeCameraModel("double-sphere", {values[2], values[3], values[4], values[5]},
                               {values[0], values[1]});
  if (!model) yaml.Throw(node, model.error().what, "give xi, alpha, fu, fv, pu, pv");
  return *std::move(model);
}

std::shared_ptr<const CameraModel> ReadKalibrModel(const YamlDocument& yaml,
                                                   const YAML::Node& camera) {
  const YAML::Node model_node = yaml.Get(camera, "camera_model");
  const std::string model = yaml.Text(model_node, "camera_model");
  if (model != "pinhole" && model != "ds") {
    yaml.Throw(model_node, "camera_model is '" + model + "'",
               "pinhole and ds can be read; calibrate with one of them");
  }
  const YAML::Node distortion_node = yaml.Get(camera, "distortion_model");
  const std::string distortion = yaml.Text(distortion_node, "distortion_model");
  const bool is_known =
      distortion == "none" ||
      (model == "pinhole" && (distortion == "radtan" || distortion == "equidistant"));
  if (!is_known) {
    yaml.Throw(distortion_node, "distortion_model is '" + distortion + "' with " + model,
               "radtan, equidistant and none go with pinhole, none with ds");
  }
  if (model == "ds") return ReadDoubleSphere(yaml, camera);
  return ReadModel(yaml, camera, distortion_node, distortion, "distortion_coeffs");
}

// T_cam_imu of a camera: given, or through the chain from the camera before.
Se3 ReadImuPose(const YamlDocument& yaml, const YAML::Node& camera, const std::string& name,
                const std::optional<Se3>& T_before_imu) {
  const YAML::Node direct = yaml.Find(camera, "T_cam_imu");
  const YAML::Node inverse = yaml.Find(camera, "T_imu_cam");
  const YAML::Node chain = yaml.Find(camera, "T_cn_cnm1");
  std::optional<Se3> T_cam_imu;
  if (direct.IsDefined()) T_cam_imu = yaml.Pose(direct, "T_cam_imu");
  if (inverse.IsDefined()) {
    if (T_cam_imu) {
      ExpectPose(yaml, inverse, "T_imu_cam of " + name, T_cam_imu->Inverse(), "T_cam_imu");
    } else {
      T_cam_imu = yaml.Pose(inverse, "T_imu_cam").Inverse();
    }
  }
  if (chain.IsDefined() && T_before_imu) {
    if (T_cam_imu) {
      ExpectPose(yaml, chain, "T_cn_cnm1 of " + name, *T_cam_imu * T_before_imu->Inverse(),
                 "the cameras' T_cam_imu");
    } else {
      T_cam_imu = yaml.Pose(chain, "T_cn_cnm1") * *T_before_imu;
    }
  }
  if (!T_cam_imu) {
    yaml.Throw(camera, "key T_cam_imu of " + name + " is missing",
               "give the camchain-imucam.yaml that kalibr_calibrate_imu_camera writes");
  }
  return *T_cam_imu;
}

Rig ParseCamchain(const YamlDocument& yaml) {
  Rig rig;
  rig.imu.name = "imu0";
  std::optional<Se3> T_before_imu;
  for (int i = 0;; ++i) {
    RigCamera camera;
    camera.name = "cam" + std::to_string(i);
    const YAML::Node node = yaml.Find(yaml.root(), camera.name);
    if (!node.IsDefined()) break;
    yaml.ExpectMap(node, camera.name);
    const Resolution resolution = ReadResolution(yaml, node);
    camera.width = resolution.width;
    camera.height = resolution.height;
    camera.model = ReadKalibrModel(yaml, node);
    T_before_imu = ReadImuPose(yaml, node, camera.name, T_before_imu);
    camera.T_body_camera = T_before_imu->Inverse();
    camera.time_offset_s = ReadOrZero(yaml, node, "timeshift_cam_imu");
    rig.cameras.push_back(std::move(camera));
  }
  if (rig.cameras.empty()) yaml.Get(yaml.root(), "cam0");  // says that it is missing
  return rig;
}

RigImu ParseImu(const YamlDocument& yaml) {
  YAML::Node node = yaml.Find(yaml.root(), "imu0");
  if (!node.IsDefined()) node = yaml.root();
  RigImu imu;
  imu.name = "imu0";
  imu.noise = ReadImuNoise(yaml, node);
  if (const YAML::Node rate = yaml.Find(node, "update_rate"); rate.IsDefined())
    imu.rate_hz = yaml.NotNegative(rate, "update_rate");
  return imu;
}

std::string MatrixText(const std::string& key, const Se3& T) {
  Eigen::Matrix4d matrix = Eigen::Matrix4d::Identity();
  matrix.topLeftCorner<3, 3>() = T.RotationMatrix();
  matrix.topRightCorner<3, 1>() = T.translation;
  std::string text = "  " + key + ":\n";
  for (int row = 0; row < 4; ++row) {
    const Eigen::Vector4d numbers = matrix.row(row);
    text += "  - " + ListText({numbers.data(), numbers.data() + 4}) + "\n";
  }
  return text;
}

// camera_model, intrinsics, distortion_model and distortion_coeffs.
Result<std::string> ModelText(const RigCamera& camera) {
  const std::vector<double> p = camera.model->Parameters();
  const std::string name = camera.model->Name();
  if (name == "double-sphere") {
    return fmt::format(
        "  camera_model: ds\n  intrinsics: {}\n  distortion_model: none\n  distortion_coeffs: []\n",
        ListText({p[4], p[5], p[0], p[1], p[2], p[3]}));
  }
  const bool is_radtan = name == "radial-tangential" && (p.size() == 8 || p[8] == 0);
  if (!is_radtan && name != "equidistant") {
    return Fail(
        ErrorKind::kUnusableInput,
        fmt::format("{} with {} coefficients is none of Kalibr's models", name, p.size() - 4),
        "camera " + camera.name, "write another format");
  }
  return fmt::format(
      "  camera_model: pinhole\n  intrinsics: {}\n  distortion_model: {}\n  distortion_coeffs: "
      "{}\n",
      ListText({p.begin(), p.begin() + 4}), is_radtan ? "radtan" : name,
      ListText({p.begin() + 4, p.begin() + 8}));
}

void NoteWhatIsLost(const Rig& rig, std::vector<std::string>& notes) {
  for (const RigCamera& camera : rig.cameras) {
    if (camera.rate_hz > 0)
      notes.push_back("Kalibr's file has no camera rate: that of " + camera.name + " is lost");
    if (camera.readout_s != 0)
      notes.push_back("Kalibr's file has no readout time: that of " + camera.name + " is lost");
  }
  if (!rig.further_imus.empty()) notes.push_back("only the first IMU is written");
  if (!rig.event_cameras.empty()) notes.push_back("event cameras are not written");
}

}  // namespace

Result<Rig> ReadKalibrCamchain(const std::filesystem::path& file) {
  return ReadYamlFile(file, "a camchain-imucam.yaml must stand here", &ParseCamchain);
}

Result<RigImu> ReadKalibrImu(const std::filesystem::path& file) {
  return ReadYamlFile(file, "an imu.yaml must stand here", &ParseImu);
}

Result<std::string> KalibrCamchainText(const Rig& rig, std::vector<std::string>& notes) {
  std::string text;
  for (size_t i = 0; i < rig.cameras.size(); ++i) {
    const RigCamera& camera = rig.cameras[i];
    Result<std::string> model = ModelText(camera);
    if (!model) return model;
    const Se3 T_cam_imu = camera.T_body_camera.Inverse();
    const std::string name = fmt::format("cam{}", i);
    if (name != camera.name) notes.push_back(camera.name + " is written as " + name);
    text += name + ":\n" + MatrixText("T_cam_imu", T_cam_imu);
    if (i > 0) text += MatrixText("T_cn_cnm1", T_cam_imu * rig.cameras[i - 1].T_body_camera);
    text += *model + fmt::format("  resolution: [{}, {}]\n  rostopic: /{}/image_raw\n",
                                 camera.width, camera.height, camera.name);
    text += "  timeshift_cam_imu: " + NumberText(camera.time_offset_s) + "\n";
  }
  NoteWhatIsLost(rig, notes);
  return text;
}

std::string KalibrImuText(const RigImu& imu) {
  std::string text;
  for (const std::string& line : NoiseLines(imu.noise)) text += line + "\n";
  text += "rostopic: /" + imu.name + "\n";
  if (imu.rate_hz > 0) text += "update_rate: " + NumberText(imu.rate_hz) + "\n";
  return text;
}

}  // namespace nightjar
