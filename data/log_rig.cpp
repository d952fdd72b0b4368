// SPDX-License-Identifier: Apache-2.0
#include "data/log_rig.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "calibration/asl_sensor_yaml.h"
#include "calibration/event_camera_of.h"
#include "calibration/read_rig.h"
#include "calibration/rig_yaml.h"
#include "calibration/yaml_document.h"
#include "data/rig_agreement.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

bool Exists(const fs::path& file) {
  std::error_code unused;
  return fs::exists(file, unused);
}

// What the sensor.yaml files of a log say.
class SensorFiles {
 public:
  explicit SensorFiles(const fs::path& root) : root_(root) {}

  fs::path FileOf(const std::string& stream) const { return root_ / stream / "sensor.yaml"; }

  Result<RigImu> Imu() const {
    const auto imu = ReadAslImu(FileOf(kAslImu));
    if (!imu) return tl::unexpected(imu.error());
    RigImu result;
    result.name = kAslImu;
    result.rate_hz = imu->rate_hz;
    result.noise = imu->noise;
    return result;
  }

  Result<RigCamera> Camera(const std::string& stream) const {
    const auto imu = ReadAslImu(FileOf(kAslImu));
    if (!imu) return tl::unexpected(imu.error());
    const auto camera = ReadAslCamera(FileOf(stream));
    if (!camera) return tl::unexpected(camera.error());
    return MakeRigCamera(stream, *camera, *imu);
  }

  // The line of T_BS; 1 where it cannot be told.
  int LineOfPose(const std::string& stream) const {
    return ReadYamlFile(FileOf(stream), "",
                        [](const YamlDocument& yaml) {
                          return yaml.Find(yaml.root(), "T_BS").Mark().line + 1;
                        })
        .value_or(1);
  }

 private:
  fs::path root_;
};

// A depth sensor's images are of 16 bits, in mm, whatever else is said of them.
RigCamera AsDepthSensor(RigCamera sensor) {
  const StampReference reference = sensor.sensor.stamp_reference;
  sensor.sensor = {};
  sensor.sensor.pixel_format = PixelFormat::kMono16;
  sensor.sensor.stamp_reference = reference;
  return sensor;
}

// What `depth_noise` says; nothing where there is none.
Result<std::optional<DepthNoise>> ReadDepthNoise(const fs::path& file) {
  if (!Exists(file)) return std::nullopt;
  return ReadYamlFile(file, "", [](const YamlDocument& yaml) -> std::optional<DepthNoise> {
    DepthNoise noise;
    const YAML::Node node = yaml.Find(yaml.root(), "depth_noise");
    if (!node.IsDefined()) return std::nullopt;
    yaml.ExpectMap(node, "depth_noise");
    if (const YAML::Node model = yaml.Find(node, "model"); model.IsDefined()) {
      const std::string name = yaml.Text(model, "model");
      if (name != "structured-light")
        yaml.Throw(model, "unknown model of depth noise: " + name, "known is structured-light");
    }
    const YAML::Node sigma = yaml.Get(node, "sigma_z_m");
    const std::vector<double> given = yaml.Numbers(sigma, "sigma_z_m", 4);
    const bool possible = std::all_of(given.begin(), given.end(), [](double v) { return v >= 0; });
    if (!possible || given[0] + given[1] <= 0)
      yaml.Throw(sigma, "sigma_z_m gives a depth no error", "give a, b, c, d >= 0 with a + b > 0");
    noise = {given[0], given[1], given[2], given[3], noise.lateral_px};
    if (const YAML::Node lateral = yaml.Find(node, "lateral_px"); lateral.IsDefined())
      noise.lateral_px = yaml.InRange(lateral, "lateral_px", 0, 10, "");
    return noise;
  });
}

// An event camera's sensor.yaml is a camera's, of which the calibration may be left out.
void AddEventCamera(const SensorFiles& files, const std::string& name, LogRig& result) {
  const auto camera = files.Camera(name);
  if (!camera) {
    result.notes.push_back(name + " is not used, it has no calibration: " + camera.error().what);
    return;
  }
  result.event_cameras.push_back(EventCameraOf(*camera));
}

Result<LogRig> FromSensorFiles(const SensorFiles& files, const LogRigRequest& request) {
  LogRig result;
  auto imu = files.Imu();
  if (!imu) return tl::unexpected(imu.error());
  result.rig.imu = *std::move(imu);
  for (const std::string& name : request.cameras) {
    auto camera = files.Camera(name);
    if (!camera) return tl::unexpected(camera.error());
    result.rig.cameras.push_back(*std::move(camera));
  }
  for (const std::string& name : request.depth_sensors) {
    auto sensor = files.Camera(name);
    if (!sensor) return tl::unexpected(sensor.error());
    result.depth_sensors.push_back(AsDepthSensor(*std::move(sensor)));
  }
  for (const std::string& name : request.event_cameras) AddEventCamera(files, name, result);
  return result;
}

// Puts together what a rig's file says with what the log reads and its sensor.yaml files say.
class RigOfLog {
 public:
  RigOfLog(Rig given, const fs::path& file, const AslFolder& folder)
      : given_(std::move(given)), file_(file), folder_(folder), sensor_files_(folder.root) {}

  Result<LogRig> Choose(const LogRigRequest& request) {
    if (given_.imu.name != kAslImu) {
      return Fail(ErrorKind::kUnusableInput, "its body is '" + given_.imu.name + "', not imu0",
                  file_.string(), "give the rig as seen from the log's imu0");
    }
    result_.rig = given_;
    result_.rig.cameras.clear();
    for (const std::string& name : request.cameras) {
      const RigCamera* camera = Find(name);
      if (camera == nullptr) {
        return Fail(ErrorKind::kUnusableInput, "does not list camera " + name, file_.string(),
                    "add it, or choose others with --cameras");
      }
      result_.rig.cameras.push_back(*camera);
      CompleteNoise(result_.rig.cameras.back());
      if (Status status = Compare(result_.rig.cameras.back()); !status)
        return tl::unexpected(status.error());
    }
    for (const std::string& name : request.depth_sensors) {
      if (Status status = AddDepthSensor(name); !status) return tl::unexpected(status.error());
    }
    for (const std::string& name : request.event_cameras) {
      const auto camera =
          std::find_if(given_.event_cameras.begin(), given_.event_cameras.end(),
                       [&name](const RigEventCamera& candidate) { return candidate.name == name; });
      if (camera == given_.event_cameras.end())
        AddEventCamera(sensor_files_, name, result_);
      else
        result_.event_cameras.push_back(*camera);
    }
    if (Status status = CompleteImu(); !status) return tl::unexpected(status.error());
    NoteUnused();
    return std::move(result_);
  }

 private:
  const RigCamera* Find(const std::string& name) const {
    const auto it = std::find_if(given_.cameras.begin(), given_.cameras.end(),
                                 [&name](const RigCamera& camera) { return camera.name == name; });
    return it == given_.cameras.end() ? nullptr : &*it;
  }

  void AddDisagreement(const std::string& stream, const std::string& what) {
    result_.disagreements.push_back({what, stream + "/sensor.yaml", 1});
  }

  // A sensor.yaml is not needed here, so one that cannot be read is no end.
  template <typename T>
  const T* Readable(const std::string& stream, const Result<T>& other) {
    if (other) return &*other;
    if (Exists(sensor_files_.FileOf(stream)))
      AddDisagreement(stream, "not used, the rig's file says it: " + other.error().what);
    return nullptr;
  }

  Status Compare(const RigCamera& camera) {
    const auto read = sensor_files_.Camera(camera.name);
    const RigCamera* other = Readable(camera.name, read);
    if (other == nullptr) return {};
    if (IsInverse(camera.T_body_camera, other->T_body_camera)) {
      return Fail(
          ErrorKind::kUnusableInput,
          "T_BS is the inverse of the pose of " + camera.name + " in " + file_.filename().string(),
          sensor_files_.FileOf(camera.name).string() + ":" +
              std::to_string(sensor_files_.LineOfPose(camera.name)),
          "T_BS maps points of the sensor into the body; correct the one that is wrong");
    }
    for (const std::string& what : DifferencesOfCamera(camera, *other))
      AddDisagreement(camera.name, what);
    return {};
  }

  // Noise that the rig leaves out, of the same samples.
  void CompleteNoise(RigCamera& camera) const {
    const auto other = sensor_files_.Camera(camera.name);
    if (!other || !camera.sensor.noise.empty()) return;
    const auto white = [](const CameraSensor& sensor) {
      return sensor.white_level.value_or(LargestDn(sensor.pixel_format));
    };
    if (camera.sensor.black_level == other->sensor.black_level &&
        white(camera.sensor) == white(other->sensor))
      camera.sensor.noise = other->sensor.noise;
  }

  Status AddDepthSensor(const std::string& name) {
    if (const RigCamera* sensor = Find(name)) {
      result_.depth_sensors.push_back(AsDepthSensor(*sensor));
      return Compare(*sensor);
    }
    auto sensor = sensor_files_.Camera(name);
    if (!sensor) return tl::unexpected(sensor.error());
    result_.depth_sensors.push_back(AsDepthSensor(*std::move(sensor)));
    return {};
  }

  // Other formats know nothing of noise.
  Status CompleteImu() {
    const auto read = sensor_files_.Imu();
    RigImu& imu = result_.rig.imu;
    const bool has_noise = imu.noise.IsKnown();
    const RigImu* other = Readable(kAslImu, read);
    if (other == nullptr && !has_noise)
      return Fail(ErrorKind::kUnusableInput, "does not say the noise of imu0", file_.string(),
                  "add it, or an imu0/sensor.yaml to the log");
    if (!has_noise) imu.noise = other->noise;
    if (other == nullptr) return {};
    for (const std::string& what : DifferencesOfImu(imu, *other)) AddDisagreement(kAslImu, what);
    return {};
  }

  void NoteUnused() {
    const auto lacks = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) == names.end();
    };
    for (const RigCamera& camera : given_.cameras) {
      if (lacks(folder_.cameras, camera.name) && lacks(folder_.depth_sensors, camera.name))
        result_.notes.push_back(camera.name + " of the rig is not in the log");
    }
  }

  Rig given_;
  fs::path file_;
  const AslFolder& folder_;
  SensorFiles sensor_files_;
  LogRig result_;
};

Result<LogRig> ReadCalibration(const AslFolder& folder, const LogRigRequest& request) {
  if (!request.rig_file && !folder.rig_yaml)
    return FromSensorFiles(SensorFiles(folder.root), request);
  const fs::path file = request.rig_file.value_or(folder.rig_yaml.value_or(fs::path()));
  auto given = request.rig_file ? ReadRigFile(file) : ReadRigYaml(file).map([](Rig rig) {
    return RigFile{std::move(rig), RigFormat::kRig, {}};
  });
  if (!given) return tl::unexpected(given.error());
  std::vector<std::string> notes = std::move(given->notes);
  auto result = RigOfLog(std::move(given->rig), file, folder).Choose(request);
  if (!result) return result;
  notes.push_back(request.rig_file ? "the rig is the one given with the request"
                                   : "the rig is that of rig.yaml");
  result->notes.insert(result->notes.begin(), notes.begin(), notes.end());
  return result;
}

}  // namespace

Result<LogRig> ReadLogRig(const AslFolder& folder, const LogRigRequest& request) {
  auto result = ReadCalibration(folder, request);
  if (!result) return result;
  for (const std::string& name : request.depth_sensors) {
    const auto noise = ReadDepthNoise(SensorFiles(folder.root).FileOf(name));
    if (!noise) return tl::unexpected(noise.error());
    result->depth_noise.push_back(noise->value_or(DepthNoise{}));
    if (!*noise) {
      result->notes.push_back(name +
                              ": its sensor.yaml has no depth_noise: sigma is that of the "
                              "first Kinect");
    }
  }
  return result;
}

}  // namespace nightjar
