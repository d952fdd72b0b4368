// SPDX-License-Identifier: Apache-2.0
#include "calibration/rig_yaml.h"

#include <cmath>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "calibration/camera_yaml.h"
#include "calibration/imu_yaml.h"
#include "calibration/sensor_name.h"
#include "calibration/yaml_document.h"

namespace nightjar {
namespace {

using Keys = std::vector<std::string_view>;

constexpr int kVersion = 1;

Keys operator+(Keys a, const Keys& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Keys CameraKeys() {
  return {
      "name", "resolution", "model", "intrinsics", "distortion_coefficients", "parameter_sigmas"};
}

Keys NoiseKeys() {
  return {"gyroscope_noise_density", "gyroscope_random_walk", "accelerometer_noise_density",
          "accelerometer_random_walk"};
}

Keys ImuKeys() {
  static const std::vector<std::string> kSigmas = NoiseSigmaKeys();
  return Keys{"name", "rate_hz"} + NoiseKeys() + Keys(kSigmas.begin(), kSigmas.end());
}

// The keys of how a sensor is mounted, for the pose's own name.
Keys MountKeys(std::string_view pose, std::string_view pose_sigma) {
  return {pose, pose_sigma, "time_offset_s", "time_offset_sigma_s"};
}

std::vector<double> ReadSigmas(const YamlDocument& yaml, const YAML::Node& node,
                               const std::string& name, size_t count) {
  std::vector<double> sigmas = yaml.Numbers(node, name, count);
  for (double sigma : sigmas)
    if (!(sigma > 0)) yaml.Throw(node, name + " has a sigma that is not positive");
  return sigmas;
}

std::optional<double> ReadSigma(const YamlDocument& yaml, const YAML::Node& sensor,
                                const std::string& key) {
  const YAML::Node node = yaml.Find(sensor, key);
  if (!node.IsDefined()) return std::nullopt;
  return yaml.Positive(node, key);
}

// A quaternion of length 1 to the last digits is kept bit for bit.
Eigen::Quaterniond ReadQuaternion(const YamlDocument& yaml, const YAML::Node& node,
                                  const std::string& name) {
  const std::vector<double> xyzw = yaml.Numbers(node, "quaternion_xyzw of " + name, 4);
  const Eigen::Quaterniond q(xyzw[3], xyzw[0], xyzw[1], xyzw[2]);
  const double error = std::abs(q.squaredNorm() - 1);
  if (!(error < 2e-3))
    yaml.Throw(node, "quaternion_xyzw of " + name + " is not a rotation: its length is not 1");
  return error < 1e-14 ? q : q.normalized();
}

// {translation_m, quaternion_xyzw}, or a 4x4 matrix.
Se3 ReadPose(const YamlDocument& yaml, const YAML::Node& sensor, const std::string& key) {
  const YAML::Node node = yaml.Get(sensor, key);
  if (!node.IsMap()) return yaml.Pose(node, key);
  yaml.ExpectOnlyKeys(node, {"translation_m", "quaternion_xyzw"});
  const std::vector<double> t =
      yaml.Numbers(yaml.Get(node, "translation_m"), "translation_m of " + key, 3);
  return {ReadQuaternion(yaml, yaml.Get(node, "quaternion_xyzw"), key), {t[0], t[1], t[2]}};
}

MountSigma ReadMountSigma(const YamlDocument& yaml, const YAML::Node& sensor,
                          const std::string& pose_sigma) {
  MountSigma sigma;
  if (const YAML::Node node = yaml.Find(sensor, pose_sigma); node.IsDefined())
    sigma.T_body_sensor = Vector6d(ReadSigmas(yaml, node, pose_sigma, 6).data());
  sigma.time_offset_s = ReadSigma(yaml, sensor, "time_offset_sigma_s");
  return sigma;
}

// The part that frame and event cameras share.
template <typename Camera>
void ReadLens(const YamlDocument& yaml, const YAML::Node& node, Camera& camera) {
  const Resolution resolution = ReadResolution(yaml, node);
  camera.width = resolution.width;
  camera.height = resolution.height;
  const YAML::Node name = yaml.Get(node, "model");
  camera.model = ReadModel(yaml, node, name, yaml.Text(name, "model"));
  camera.T_body_camera = ReadPose(yaml, node, "T_body_camera");
  camera.mount_sigma = ReadMountSigma(yaml, node, "T_body_camera_sigma");
  if (const YAML::Node sigmas = yaml.Find(node, "parameter_sigmas"); sigmas.IsDefined()) {
    camera.parameter_sigmas =
        ReadSigmas(yaml, sigmas, "parameter_sigmas", camera.model->Parameters().size());
  }
}

// Reads one rig.yaml; remembers which names are taken.
class RigReader {
 public:
  explicit RigReader(const YamlDocument& yaml) : yaml_(yaml) {}

  Rig Read() {
    const YAML::Node& root = yaml_.root();
    yaml_.ExpectOnlyKeys(root, {"version", "cameras", "imu", "further_imus", "event_cameras"});
    const YAML::Node version = yaml_.Get(root, "version");
    if (yaml_.Number(version, "version") != kVersion) {
      yaml_.Throw(version, "version " + yaml_.Text(version, "version") + " of rig.yaml is unknown",
                  "this program reads version 1");
    }
    Rig rig;
    ForEach("cameras", [&](const YAML::Node& node) { rig.cameras.push_back(ReadCamera(node)); });
    rig.imu = ReadBodyImu(yaml_.Get(root, "imu"));
    ForEach("further_imus",
            [&](const YAML::Node& node) { rig.further_imus.push_back(ReadFurtherImu(node)); });
    ForEach("event_cameras",
            [&](const YAML::Node& node) { rig.event_cameras.push_back(ReadEventCamera(node)); });
    return rig;
  }

 private:
  template <typename Function>
  void ForEach(const std::string& key, const Function& function) {
    const YAML::Node list = yaml_.Find(yaml_.root(), key);
    if (!list.IsDefined()) return;
    if (!list.IsSequence()) yaml_.Throw(list, key + " is not a list", "begin each entry with '- '");
    for (const YAML::Node& node : list) {
      yaml_.ExpectMap(node, "an entry of " + key);
      function(node);
    }
  }

  // A pose under the opposite name is not only an unknown key: its numbers are the wrong ones.
  void RejectInverse(const YAML::Node& sensor, const std::string& inverse, const std::string& key) {
    const YAML::Node node = yaml_.Find(sensor, inverse);
    if (!node.IsDefined()) return;
    yaml_.Throw(node, inverse + " is the inverse of what is asked for",
                "invert it and call it " + key);
  }

  std::string ReadName(const YAML::Node& sensor) {
    const YAML::Node node = yaml_.Get(sensor, "name");
    std::string name = yaml_.Text(node, "name");
    if (!IsSensorName(name)) yaml_.Throw(node, "name is '" + name + "'", kSensorNameRule);
    const int line = node.Mark().line + 1;
    const auto [earlier, is_new] = lines_.emplace(name, line);
    if (!is_new) {
      yaml_.Throw(node, "name " + name + " is taken by line " + std::to_string(earlier->second),
                  "give each sensor a name of its own");
    }
    return name;
  }

  RigCamera ReadCamera(const YAML::Node& node) {
    RigCamera camera;
    RejectInverse(node, "T_camera_body", "T_body_camera");
    yaml_.ExpectOnlyKeys(node, CameraKeys() + MountKeys("T_body_camera", "T_body_camera_sigma") +
                                   Keys(std::begin(kSampleKeys), std::end(kSampleKeys)) +
                                   Keys{"rate_hz", "readout_sigma_s"});
    camera.name = ReadName(node);
    camera.rate_hz = ReadRate(yaml_, node);
    ReadLens(yaml_, node, camera);
    ReadSampleKeys(yaml_, node, camera);
    camera.readout_sigma_s = ReadSigma(yaml_, node, "readout_sigma_s");
    return camera;
  }

  RigEventCamera ReadEventCamera(const YAML::Node& node) {
    RigEventCamera camera;
    RejectInverse(node, "T_camera_body", "T_body_camera");
    yaml_.ExpectOnlyKeys(node, CameraKeys() + MountKeys("T_body_camera", "T_body_camera_sigma"));
    camera.name = ReadName(node);
    ReadLens(yaml_, node, camera);
    camera.time_offset_s = ReadOrZero(yaml_, node, "time_offset_s");
    return camera;
  }

  RigImu ReadBodyImu(const YAML::Node& node) {
    yaml_.ExpectMap(node, "imu");
    for (const char* key : {"T_body_imu", "T_imu_body", "time_offset_s"}) {
      if (const YAML::Node extra = yaml_.Find(node, key); extra.IsDefined()) {
        yaml_.Throw(extra, std::string(key) + " of imu is given",
                    "remove it: this IMU's frame is the body's, its clock the rig's");
      }
    }
    yaml_.ExpectOnlyKeys(node, ImuKeys());
    return ReadImu(node);
  }

  RigImu ReadFurtherImu(const YAML::Node& node) {
    RejectInverse(node, "T_imu_body", "T_body_imu");
    yaml_.ExpectOnlyKeys(node, ImuKeys() + MountKeys("T_body_imu", "T_body_imu_sigma"));
    RigImu imu = ReadImu(node);
    imu.T_body_imu = ReadPose(yaml_, node, "T_body_imu");
    imu.time_offset_s = ReadOrZero(yaml_, node, "time_offset_s");
    imu.mount_sigma = ReadMountSigma(yaml_, node, "T_body_imu_sigma");
    return imu;
  }

  RigImu ReadImu(const YAML::Node& node) {
    RigImu imu;
    imu.name = ReadName(node);
    imu.rate_hz = ReadRate(yaml_, node);
    // All four or none: a part of them is a slip.
    for (std::string_view key : NoiseKeys()) {
      if (yaml_.Find(node, std::string(key)).IsDefined()) {
        imu.noise = ReadImuNoise(yaml_, node);
        break;
      }
    }
    imu.noise_sigma = ReadNoiseSigmas(yaml_, node);
    return imu;
  }

  const YamlDocument& yaml_;
  std::map<std::string, int> lines_;  // of the names so far
};

}  // namespace

Result<Rig> ReadRigYaml(const std::filesystem::path& file) {
  return ReadYamlFile(file, "a rig.yaml must stand here",
                      [](const YamlDocument& yaml) { return RigReader(yaml).Read(); });
}

}  // namespace nightjar
