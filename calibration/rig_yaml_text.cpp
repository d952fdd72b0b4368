// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "calibration/camera_yaml.h"
#include "calibration/imu_yaml.h"
#include "calibration/rig_yaml.h"
#include "core/check.h"
#include "core/whole_file.h"

namespace nightjar {
namespace {

using Lines = std::vector<std::string>;

void Append(Lines& lines, Lines more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

void AddPose(Lines& lines, std::string_view key, const Se3& T) {
  const Eigen::Quaterniond& q = T.rotation;
  lines.push_back(fmt::format("{}:", key));
  lines.push_back("  translation_m: " +
                  ListText({T.translation.x(), T.translation.y(), T.translation.z()}));
  lines.push_back("  quaternion_xyzw: " + ListText({q.x(), q.y(), q.z(), q.w()}));
}

void AddSigma(Lines& lines, std::string_view key, const std::optional<double>& sigma) {
  if (sigma) lines.push_back(fmt::format("{}: {}", key, NumberText(*sigma)));
}

void AddMountSigma(Lines& lines, std::string_view pose_key, const MountSigma& sigma) {
  if (sigma.T_body_sensor) {
    const Vector6d& values = *sigma.T_body_sensor;
    lines.push_back(
        fmt::format("{}: {}", pose_key, ListText({values.data(), values.data() + values.size()})));
  }
  AddSigma(lines, "time_offset_sigma_s", sigma.time_offset_s);
}

template <typename Camera>
void AddLens(Lines& lines, const Camera& camera) {
  NIGHTJAR_CHECK(camera.model != nullptr, "a camera of a rig.yaml has a model");
  const std::vector<double> parameters = camera.model->Parameters();
  lines.push_back(fmt::format("resolution: [{}, {}]", camera.width, camera.height));
  lines.push_back("model: " + camera.model->Name());
  lines.push_back("intrinsics: " + ListText({parameters.begin(), parameters.begin() + 4}));
  lines.push_back("distortion_coefficients: " +
                  ListText({parameters.begin() + 4, parameters.end()}));
  if (!camera.parameter_sigmas.empty())
    lines.push_back("parameter_sigmas: " + ListText(camera.parameter_sigmas));
  AddPose(lines, "T_body_camera", camera.T_body_camera);
  AddMountSigma(lines, "T_body_camera_sigma", camera.mount_sigma);
}

void AddRate(Lines& lines, double rate_hz) {
  if (rate_hz > 0) lines.push_back("rate_hz: " + NumberText(rate_hz));
}

Lines CameraLines(const RigCamera& camera) {
  Lines lines = {"name: " + camera.name};
  AddRate(lines, camera.rate_hz);
  AddLens(lines, camera);
  Append(lines, SampleLines(camera));
  AddSigma(lines, "readout_sigma_s", camera.readout_sigma_s);
  return lines;
}

Lines EventCameraLines(const RigEventCamera& camera) {
  Lines lines = {"name: " + camera.name};
  AddLens(lines, camera);
  if (camera.time_offset_s != 0)
    lines.push_back("time_offset_s: " + NumberText(camera.time_offset_s));
  return lines;
}

Lines ImuLines(const RigImu& imu) {
  Lines lines = {"name: " + imu.name};
  AddRate(lines, imu.rate_hz);
  if (imu.noise.IsKnown()) Append(lines, NoiseLines(imu.noise));
  if (imu.noise.IsKnown()) Append(lines, NoiseSigmaLines(imu.noise_sigma));
  return lines;
}

Lines FurtherImuLines(const RigImu& imu) {
  Lines lines = ImuLines(imu);
  AddPose(lines, "T_body_imu", imu.T_body_imu);
  if (imu.time_offset_s != 0) lines.push_back("time_offset_s: " + NumberText(imu.time_offset_s));
  AddMountSigma(lines, "T_body_imu_sigma", imu.mount_sigma);
  return lines;
}

template <typename Sensor>
std::string ListOf(std::string_view key, const std::vector<Sensor>& sensors,
                   Lines (*describe)(const Sensor&)) {
  if (sensors.empty()) return {};
  std::string text = fmt::format("\n{}:\n", key);
  for (const Sensor& sensor : sensors) {
    const char* indent = "  - ";
    for (const std::string& line : describe(sensor)) {
      text += indent + line + '\n';
      indent = "    ";
    }
  }
  return text;
}

}  // namespace

std::string RigYamlText(const Rig& rig) {
  std::string text = "version: 1\n" + ListOf("cameras", rig.cameras, &CameraLines) + "\nimu:\n";
  for (const std::string& line : ImuLines(rig.imu)) text += "  " + line + '\n';
  return text + ListOf("further_imus", rig.further_imus, &FurtherImuLines) +
         ListOf("event_cameras", rig.event_cameras, &EventCameraLines);
}

Status WriteRigYaml(const Rig& rig, const std::filesystem::path& file) {
  return WriteWholeFile(file, RigYamlText(rig));
}

}  // namespace nightjar
