// SPDX-License-Identifier: Apache-2.0
#include "calibration/aria_calibration.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include "calibration/camera_yaml.h"
#include "calibration/json_reader.h"
#include "calibration/make_camera_model.h"
#include "calibration/sensor_name.h"

namespace nightjar {
namespace {

using Json = nlohmann::json;

constexpr const char* kBodyImu = "imu-right";

// Reads one calibration; remembers which labels are taken.
class AriaReader : private JsonReader {
 public:
  AriaReader(std::string where, std::vector<std::string>& notes)
      : JsonReader(std::move(where)), notes_(notes) {}

  Rig Read(const Json& root) {
    const Json& imus = List(root, "ImuCalibrations", "");
    const Json& cameras = List(root, "CameraCalibrations", "");
    if (imus.empty()) Throw("ImuCalibrations", "is empty", "a rig needs an IMU");
    Rig rig;
    const size_t body = FindBody(imus);
    const Imu body_imu = ReadImu(imus[body], Index("ImuCalibrations", body));
    rig.imu.name = body_imu.name;
    notes_.push_back("body is " + body_imu.name);
    const Se3 T_body_device = body_imu.T_device_imu.Inverse();
    for (size_t i = 0; i < imus.size(); ++i) {
      if (i == body) continue;
      const Imu imu = ReadImu(imus[i], Index("ImuCalibrations", i));
      RigImu further;
      further.name = imu.name;
      further.T_body_imu = T_body_device * imu.T_device_imu;
      further.time_offset_s = body_imu.gyro_offset_s - imu.gyro_offset_s;
      rig.further_imus.push_back(std::move(further));
    }
    const auto add = [&](const Json& holder, const Json& list) {
      for (size_t i = 0; i < list.size(); ++i) {
        RigCamera camera = ReadCamera(holder, list[i], i);
        camera.T_body_camera = T_body_device * camera.T_body_camera;
        camera.time_offset_s += body_imu.gyro_offset_s;
        rig.cameras.push_back(std::move(camera));
      }
    };
    add(root, cameras);
    if (const auto ours = root.find("Nightjar"); ours != root.end())
      add(*ours, List(*ours, "CameraCalibrations", "Nightjar"));
    return rig;
  }

 private:
  struct Imu {
    std::string name;
    Se3 T_device_imu;
    double gyro_offset_s = 0;  // t_device = t_imu - gyro_offset_s
  };

  // {Translation: [x, y, z], UnitQuaternion: [w, [x, y, z]]}
  Se3 Pose(const Json& sensor, const std::string& key, const std::string& path) const {
    const std::string full = path + "." + key;
    const Json& pose = Get(sensor, key, path);
    const std::vector<double> t = Numbers(Get(pose, "Translation", full), full + ".Translation", 3);
    const std::string q_path = full + ".UnitQuaternion";
    const Json& q = Get(pose, "UnitQuaternion", full);
    if (!q.is_array() || q.size() != 2) Throw(q_path, "is not [w, [x, y, z]]");
    const double w = Number(q[0], q_path);
    const std::vector<double> xyz = Numbers(q[1], q_path, 3);
    const Eigen::Quaterniond rotation(w, xyz[0], xyz[1], xyz[2]);
    if (!(std::abs(rotation.squaredNorm() - 1) < 2e-3))
      Throw(q_path, "is not a rotation: its length is not 1");
    return {rotation.normalized(), {t[0], t[1], t[2]}};
  }

  std::string Label(const Json& sensor, const std::string& path) {
    const Json& label = Get(sensor, "Label", path);
    if (!label.is_string()) Throw(path + ".Label", "is not a word");
    std::string name = label.get<std::string>();
    if (!IsSensorName(name)) Throw(path + ".Label", "is '" + name + "'", kSensorNameRule);
    if (!names_.insert(name).second) Throw(path + ".Label", "is " + name + " a second time");
    return name;
  }

  static size_t FindBody(const Json& imus) {
    for (size_t i = 0; i < imus.size(); ++i) {
      if (imus[i].is_object() && imus[i].value("Label", Json()) == kBodyImu) return i;
    }
    return 0;
  }

  Imu ReadImu(const Json& sensor, const std::string& path) {
    Imu imu;
    imu.name = Label(sensor, path);
    imu.T_device_imu = Pose(sensor, "T_Device_Imu", path);
    const Json& gyro = Get(sensor, "Gyroscope", path);
    const Json& accelerometer = Get(sensor, "Accelerometer", path);
    imu.gyro_offset_s = NumberOrZero(gyro, "TimeOffsetSec_Device_Gyro", path + ".Gyroscope");
    const double accelerometer_offset_s =
        NumberOrZero(accelerometer, "TimeOffsetSec_Device_Accel", path + ".Accelerometer");
    if (accelerometer_offset_s != imu.gyro_offset_s) {
      notes_.push_back(fmt::format(
          "{}: accelerometer stamps are {:.2f} ms off those of the gyroscope, which are followed",
          imu.name, 1e3 * (accelerometer_offset_s - imu.gyro_offset_s)));
    }
    notes_.push_back(imu.name + ": noise unknown; bias and rectification are not kept");
    return imu;
  }

  std::shared_ptr<const CameraModel> ReadModel(const Json& sensor, const std::string& path) const {
    const std::string full = path + ".Projection";
    const Json& projection = Get(sensor, "Projection", path);
    const Json& name_json = Get(projection, "Name", full);
    if (!name_json.is_string()) Throw(full + ".Name", "is not a word");
    std::string name = name_json.get<std::string>();
    const Json& list = Get(projection, "Params", full);
    if (!list.is_array()) Throw(full + ".Params", "is not a list");
    std::vector<double> parameters = Numbers(list, full + ".Params", list.size());
    if (name == "KannalaBrandtK3") name = "equidistant";
    // Aria's own has one focal length.
    if (name == "FisheyeRadTanThinPrism" && parameters.size() == 15)
      parameters.insert(parameters.begin(), parameters.front());
    auto model = MakeCameraModel(name, parameters);
    if (!model) Throw(full, "cannot be used: " + model.error().what, model.error().remedy);
    return *std::move(model);
  }

  // Width and height: ImageSizes, else the resolution to which the factory calibrates.
  std::pair<int, int> ReadSize(const Json& root, const std::string& label, size_t i) const {
    if (const auto sizes = root.find("ImageSizes"); sizes != root.end()) {
      const std::string path = Index("ImageSizes", i);
      if (!sizes->is_array() || i >= sizes->size()) Throw(path, "is missing");
      const std::vector<double> size = Numbers((*sizes)[i], path, 2);
      for (double side : size) {
        if (side != std::floor(side) || !(side >= kMinImageSide && side <= kMaxImageSide)) {
          Throw(path, fmt::format("is not two whole numbers from {} to {}", kMinImageSide,
                                  kMaxImageSide));
        }
      }
      return {static_cast<int>(size[0]), static_cast<int>(size[1])};
    }
    if (label == "camera-rgb") return {2880, 2880};
    for (const char* known :
         {"camera-slam-left", "camera-slam-right", "camera-et-left", "camera-et-right"}) {
      if (label == known) return {640, 480};
    }
    Throw("ImageSizes", "is missing, and " + label + " is no camera of Aria's",
          "add ImageSizes, [[width, height], ...] in the order of CameraCalibrations");
  }

  // Seconds, from pairs [index of the camera, seconds].
  double ReadReadout(const Json& root, size_t i) const {
    const auto readouts = root.find("ReadoutTimesSec");
    if (readouts == root.end()) return 0;
    if (!readouts->is_array()) Throw("ReadoutTimesSec", "is not a list");
    for (const Json& entry : *readouts) {
      const std::vector<double> pair = Numbers(entry, "ReadoutTimesSec", 2);
      if (pair[0] != static_cast<double>(i)) continue;
      if (!(pair[1] >= 0)) Throw("ReadoutTimesSec", "is negative");
      return pair[1];
    }
    return 0;
  }

  RigCamera ReadCamera(const Json& root, const Json& sensor, size_t i) {
    const std::string path = Index("CameraCalibrations", i);
    RigCamera camera;
    camera.name = Label(sensor, path);
    camera.model = ReadModel(sensor, path);
    camera.T_body_camera = Pose(sensor, "T_Device_Camera", path);  // made T_body_camera by Read()
    camera.time_offset_s = -NumberOrZero(sensor, "TimeOffsetSec_Device_Camera", path);
    std::tie(camera.width, camera.height) = ReadSize(root, camera.name, i);
    camera.readout_s = ReadReadout(root, i);
    if (camera.name == "camera-rgb" && camera.readout_s == 0)
      notes_.push_back("camera-rgb: a rolling shutter whose readout time is not in the file");
    return camera;
  }

  std::vector<std::string>& notes_;
  std::set<std::string> names_;
};

}  // namespace

Result<Rig> ReadAriaCalibration(const std::filesystem::path& file,
                                std::vector<std::string>& notes) {
  return ReadJsonFile(file, "a calibration JSON must stand here", [&](const JsonFile& json) {
    if (json.lines > 1) notes.push_back(fmt::format("the first of {} lines is taken", json.lines));
    return AriaReader(json.where, notes).Read(json.root);
  });
}

}  // namespace nightjar
