// SPDX-License-Identifier: Apache-2.0
#include "calibration/read_rig.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "calibration/aria_calibration.h"
#include "calibration/asl_sensor_yaml.h"
#include "calibration/kalibr_yaml.h"
#include "calibration/rig_yaml.h"
#include "calibration/yaml_document.h"
#include "core/staged_folder.h"
#include "core/whole_file.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKnown = "known are rig.yaml, a Kalibr camchain, Aria's JSON and sensor.yaml";

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Folders with a sensor.yaml whose name is `stem` and a number, by rising number.
std::vector<std::string> SensorFolders(const fs::path& root, const std::string& stem) {
  std::map<int, std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::string digits = name.rfind(stem, 0) == 0 ? name.substr(stem.size()) : "";
    const bool is_number = !digits.empty() && digits.size() < 7 &&
                           digits.find_first_not_of("0123456789") == std::string::npos;
    if (is_number && IsFile(entry->path() / "sensor.yaml")) found[std::stoi(digits)] = name;
  }
  std::vector<std::string> names;
  for (auto& [number, name] : found) names.push_back(std::move(name));
  return names;
}

Result<Rig> ReadAslFolder(const fs::path& root) {
  Rig rig;
  AslImu body;
  for (const std::string& name : SensorFolders(root, "imu")) {
    const Result<AslImu> imu = ReadAslImu(root / name / "sensor.yaml");
    if (!imu) return tl::unexpected(imu.error());
    RigImu rig_imu{name, imu->rate_hz, imu->noise};
    if (rig.imu.name.empty()) {
      body = *imu;
      rig.imu = std::move(rig_imu);
    } else {
      rig_imu.T_body_imu = body.T_base_imu.Inverse() * imu->T_base_imu;
      rig.further_imus.push_back(std::move(rig_imu));
    }
  }
  if (rig.imu.name.empty()) {
    return Fail(ErrorKind::kUnusableInput, "has no imu0/sensor.yaml", root.string(),
                "a rig needs an IMU");
  }
  for (const std::string& name : SensorFolders(root, "cam")) {
    const Result<AslCamera> camera = ReadAslCamera(root / name / "sensor.yaml");
    if (!camera) return tl::unexpected(camera.error());
    rig.cameras.push_back(MakeRigCamera(name, *camera, body));
  }
  return rig;
}

Result<RigFile> AsRigFile(Result<Rig> rig, RigFormat format) {
  if (!rig) return tl::unexpected(rig.error());
  return RigFile{*std::move(rig), format, {}};
}

Result<RigFile> ReadKalibr(const fs::path& file) {
  Result<RigFile> result = AsRigFile(ReadKalibrCamchain(file), RigFormat::kKalibr);
  if (!result) return result;
  const fs::path imu_file = file.parent_path() / "imu.yaml";
  if (!IsFile(imu_file)) {
    result->notes.push_back("no imu.yaml beside it: the IMU's noise is unknown");
    return result;
  }
  const Result<RigImu> imu = ReadKalibrImu(imu_file);
  if (!imu) return tl::unexpected(imu.error());
  result->rig.imu = *imu;
  return result;
}

Result<RigFile> ReadFolder(const fs::path& folder) {
  if (IsFile(folder / "rig.yaml"))
    return AsRigFile(ReadRigYaml(folder / "rig.yaml"), RigFormat::kRig);
  if (IsFile(folder / "camchain-imucam.yaml")) return ReadKalibr(folder / "camchain-imucam.yaml");
  std::error_code ignored;
  const bool is_euroc = fs::is_directory(folder / "mav0", ignored);
  const fs::path root = is_euroc ? folder / "mav0" : folder;
  if (is_euroc && IsFile(root / "rig.yaml"))
    return AsRigFile(ReadRigYaml(root / "rig.yaml"), RigFormat::kRig);
  if (SensorFolders(root, "imu").empty() && SensorFolders(root, "cam").empty())
    return Fail(ErrorKind::kUnusableInput, "holds no calibration", folder.string(), kKnown);
  return AsRigFile(ReadAslFolder(root), RigFormat::kAsl);
}

// The first character that is neither blank nor in a comment.
char FirstCharacter(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  for (std::string line; std::getline(stream, line);) {
    const size_t at = line.find_first_not_of(" \t\r");
    if (at != std::string::npos && line[at] != '#') return line[at];
  }
  return '\0';
}

Result<RigFile> ReadYaml(const fs::path& file) {
  const auto format = ReadYamlFile(file, kKnown, [](const YamlDocument& yaml) {
    const auto has = [&](const char* key) { return yaml.root()[key].IsDefined(); };
    if (has("cam0")) return RigFormat::kKalibr;
    if (has("T_BS") || has("sensor_type")) return RigFormat::kAsl;
    if (has("version") || has("cameras") || has("imu")) return RigFormat::kRig;
    yaml.Throw(yaml.root(), "is no calibration file that is known", kKnown);
  });
  if (!format) return tl::unexpected(format.error());
  if (*format == RigFormat::kKalibr) return ReadKalibr(file);
  if (*format == RigFormat::kRig) return AsRigFile(ReadRigYaml(file), RigFormat::kRig);
  return Fail(ErrorKind::kUnusableInput, "is one sensor of a rig", file.string(),
              "name the folder that holds the folders of all sensors");
}

Result<std::map<fs::path, std::string>> FilesOf(const Rig& rig, RigFormat format,
                                                std::vector<std::string>& notes) {
  if (format == RigFormat::kKalibr) {
    Result<std::string> camchain = KalibrCamchainText(rig, notes);
    if (!camchain) return tl::unexpected(camchain.error());
    std::map<fs::path, std::string> files = {{"camchain-imucam.yaml", *std::move(camchain)}};
    if (rig.imu.noise.IsKnown()) {
      files["imu.yaml"] = KalibrImuText(rig.imu);
    } else {
      notes.push_back("no imu.yaml is written: the noise of " + rig.imu.name + " is unknown");
    }
    return files;
  }
  std::map<fs::path, std::string> files;
  const auto add = [&](const std::string& name, const std::string& folder, std::string text) {
    if (name != folder) notes.push_back(name + " is written as " + folder);
    files[fs::path(folder) / "sensor.yaml"] = std::move(text);
  };
  std::vector<RigImu> imus = {rig.imu};
  imus.insert(imus.end(), rig.further_imus.begin(), rig.further_imus.end());
  for (size_t i = 0; i < imus.size(); ++i) {
    if (!imus[i].noise.IsKnown()) {
      return Fail(ErrorKind::kUnusableInput, "the noise is unknown, which a sensor.yaml must say",
                  "IMU " + imus[i].name, "give it, e.g. with --imu, or write another format");
    }
    add(imus[i].name, "imu" + std::to_string(i), AslImuYaml(imus[i]));
  }
  for (size_t i = 0; i < rig.cameras.size(); ++i)
    add(rig.cameras[i].name, "cam" + std::to_string(i), AslCameraYaml(rig.cameras[i]));
  if (!rig.event_cameras.empty()) notes.push_back("event cameras are not written");
  return files;
}

Status CheckModels(const Rig& rig) {
  const auto has_model = [](const auto& camera) { return camera.model != nullptr; };
  if (std::all_of(rig.cameras.begin(), rig.cameras.end(), has_model) &&
      std::all_of(rig.event_cameras.begin(), rig.event_cameras.end(), has_model))
    return {};
  return Fail(ErrorKind::kUnusableInput, "a camera of the rig has no model");
}

}  // namespace

const char* RigFormatName(RigFormat format) {
  switch (format) {
    case RigFormat::kRig: return "rig";
    case RigFormat::kAsl: return "asl";
    case RigFormat::kKalibr: return "kalibr";
    case RigFormat::kAria: return "aria";
  }
  return "rig";
}

Result<RigFile> ReadRigFile(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return ReadFolder(path);
  if (!IsFile(path))
    return Fail(ErrorKind::kUnusableInput, "cannot be read", path.string(), kKnown);
  if (FirstCharacter(path) != '{') return ReadYaml(path);
  RigFile file;
  file.format = RigFormat::kAria;
  Result<Rig> rig = ReadAriaCalibration(path, file.notes);
  if (!rig) return tl::unexpected(rig.error());
  file.rig = *std::move(rig);
  return file;
}

Result<Rig> ReadRig(const fs::path& path) {
  Result<RigFile> file = ReadRigFile(path);
  if (!file) return tl::unexpected(file.error());
  return std::move(file->rig);
}

Result<RigImu> ReadImuFile(const fs::path& file) {
  const Result<bool> is_asl = ReadYamlFile(
      file, "an imu.yaml or an IMU's sensor.yaml must stand here",
      [](const YamlDocument& yaml) { return yaml.Find(yaml.root(), "T_BS").IsDefined(); });
  if (!is_asl) return tl::unexpected(is_asl.error());
  if (!*is_asl) return ReadKalibrImu(file);
  const Result<AslImu> imu = ReadAslImu(file);
  if (!imu) return tl::unexpected(imu.error());
  return RigImu{"imu0", imu->rate_hz, imu->noise};
}

Status WriteRig(const Rig& rig, RigFormat format, const fs::path& path,
                std::vector<std::string>* notes) {
  if (Status checked = CheckModels(rig); !checked) return checked;
  std::vector<std::string> ignored;
  std::vector<std::string>& said = notes == nullptr ? ignored : *notes;
  if (format == RigFormat::kRig) return WriteRigYaml(rig, path);
  if (format == RigFormat::kAria) return WriteWholeFile(path, AriaCalibrationText(rig, said));
  const auto files = FilesOf(rig, format, said);
  if (!files) return tl::unexpected(files.error());
  auto folder = StagedFolder::Create(path, [](const fs::path&) { return "has files in it"; });
  if (!folder) return tl::unexpected(folder.error());
  for (const auto& [name, bytes] : *files) {
    if (Status written = folder->Write(name, bytes); !written) return written;
  }
  return folder->Commit();
}

}  // namespace nightjar
