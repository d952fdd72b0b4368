// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "calibration/aria_calibration.h"

namespace nightjar {
namespace {

using Json = OrderedJson;

Json ToJson(const Eigen::Vector3d& v) { return Json::array({v.x(), v.y(), v.z()}); }

// Aria's calibration puts the scalar first and nests the vector part; here it is not negative.
Json PoseJson(const Se3& T) {
  Eigen::Quaterniond q = T.rotation;
  if (q.w() < 0) q.coeffs() = -q.coeffs();
  return {{"Translation", ToJson(T.translation)},
          {"UnitQuaternion", Json::array({q.w(), Json::array({q.x(), q.y(), q.z()})})}};
}

Json BiasJson(const Eigen::Vector3d& bias) {
  return {{"Name", "Constant"}, {"Offset", ToJson(bias)}};
}

// Aria: t_device = t_imu - offset; here: t_device = t_imu + time_offset_s.
Json ImuJson(const RigImu& imu, const ImuBias& bias) {
  const Json identity = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
  const Json zero = {{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}};
  const Json gyro_model = {{"Name", "LinearGSensitivity"},
                           {"RectificationMatrix", identity},
                           {"GSensitivityMatrix", zero}};
  const Json accelerometer_model = {{"Name", "UpperTriagonalLinear"},
                                    {"RectificationMatrix", identity}};  // sic
  const double offset_s = imu.time_offset_s == 0 ? 0.0 : -imu.time_offset_s;
  return {{"Calibrated", true},
          {"Label", imu.name},
          {"SerialNumber", ""},
          {"Gyroscope",
           {{"TimeOffsetSec_Device_Gyro", offset_s},
            {"Bias", BiasJson(bias.gyro)},
            {"Model", gyro_model}}},
          {"Accelerometer",
           {{"TimeOffsetSec_Device_Accel", offset_s},
            {"Bias", BiasJson(bias.accelerometer)},
            {"Model", accelerometer_model}}},
          {"T_Device_Imu", PoseJson(imu.T_body_imu)}};
}

Json ProjectionJson(const CameraModel& model) {
  std::string name = model.Name();
  std::vector<double> parameters = model.Parameters();
  std::string description = "fx, fy, cx, cy, then the distortion coefficients";
  if (name == "equidistant") {
    name = "KannalaBrandtK3";
    description = "fx, fy, cx, cy, kb0, kb1, kb2, kb3";
  } else if (name == "FisheyeRadTanThinPrism" && parameters[0] == parameters[1]) {
    parameters.erase(parameters.begin());
    description = "see FisheyeRadTanThinPrism.h";
  }
  return {{"Name", name}, {"Description", description}, {"Params", parameters}};
}

// Aria: t_device = t_camera - offset; here: t_imu = t_camera + time_offset_s.
Json CameraJson(const RigCamera& camera, bool calibrated) {
  Json json = {{"Calibrated", calibrated},
               {"Label", camera.name},
               {"SerialNumber", ""},
               {"Projection", camera.model ? ProjectionJson(*camera.model) : Json(nullptr)},
               {"T_Device_Camera", PoseJson(camera.T_body_camera)}};
  if (camera.time_offset_s != 0) json["TimeOffsetSec_Device_Camera"] = -camera.time_offset_s;
  return json;
}

bool IsAriasModel(const CameraModel& model) {
  const std::vector<double> parameters = model.Parameters();
  return model.Name() == "equidistant" ||
         (model.Name() == "FisheyeRadTanThinPrism" && parameters[0] == parameters[1]);
}

constexpr const char* kOrigin = "camera-slam-left";  // whose frame is Aria's device frame

// The same rig, its poses against another frame: what was the body's stands at T_device_body.
Rig Moved(Rig rig, const Se3& T_device_body) {
  rig.imu.T_body_imu = T_device_body * rig.imu.T_body_imu;
  for (RigImu& imu : rig.further_imus) imu.T_body_imu = T_device_body * imu.T_body_imu;
  for (RigCamera& camera : rig.cameras) camera.T_body_camera = T_device_body * camera.T_body_camera;
  return rig;
}

}  // namespace

bool IsAriaCamera(const RigCamera& camera) {
  constexpr const char* kLabels[] = {"camera-rgb", "camera-slam-left", "camera-slam-right",
                                     "camera-et-left", "camera-et-right"};
  return camera.model && IsAriasModel(*camera.model) &&
         std::find(std::begin(kLabels), std::end(kLabels), camera.name) != std::end(kLabels);
}

OrderedJson AriaCalibrationJson(const Rig& rig, const ImuBias& bias, bool calibrated) {
  Json imus = Json::array({ImuJson(rig.imu, bias)});
  for (const RigImu& imu : rig.further_imus) imus.push_back(ImuJson(imu, {}));
  Json cameras = Json::array();
  Json sizes = Json::array();
  Json readouts = Json::array();
  for (size_t i = 0; i < rig.cameras.size(); ++i) {
    const RigCamera& camera = rig.cameras[i];
    cameras.push_back(CameraJson(camera, calibrated));
    sizes.push_back(Json::array({camera.width, camera.height}));
    if (camera.readout_s > 0) readouts.push_back(Json::array({i, camera.readout_s}));
  }
  return {{"ImuCalibrations", imus},
          {"CameraCalibrations", cameras},
          {"ImageSizes", sizes},
          {"ReadoutTimesSec", readouts}};
}

std::string AriaCalibrationText(const Rig& rig, std::vector<std::string>& notes) {
  for (const RigCamera& camera : rig.cameras) {
    if (camera.model && !IsAriasModel(*camera.model)) {
      notes.push_back(fmt::format("Aria's tools do not know the model of {}, {}", camera.name,
                                  camera.model->Name()));
    }
  }
  if (rig.imu.noise.IsKnown()) notes.push_back("Aria's file has no noise of an IMU: it is lost");
  if (!rig.event_cameras.empty()) notes.push_back("event cameras are not written");
  const auto origin = std::find_if(rig.cameras.begin(), rig.cameras.end(),
                                   [](const RigCamera& camera) { return camera.name == kOrigin; });
  Json file;
  if (origin != rig.cameras.end()) {
    // What Aria's library asks for of a device.
    file = {{"DeviceClassInfo", {{"BuildVersion", "DVT-S"}, {"DeviceClass", "Aria"}}},
            {"OriginSpecification", {{"ChildLabel", kOrigin}, {"Type", "Custom"}}}};
    file.update(AriaCalibrationJson(Moved(rig, origin->T_body_camera.Inverse()), {}, true));
    for (const char* key : {"MagCalibrations", "MicCalibrations", "BaroCalibrations"})
      file[key] = Json::array();
  } else {
    notes.push_back("device is the body; Aria's library reads only rigs with a camera-slam-left");
    file = AriaCalibrationJson(rig, {}, true);
  }
  return file.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace nightjar
