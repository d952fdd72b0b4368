// SPDX-License-Identifier: Apache-2.0
#include "data/asl_folder.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "calibration/asl_sensor_yaml.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLayoutRemedy =
    "a log folder holds cam0/, imu0/ (see docs/formats/sensor-log.md)";

// The number of "camN"; nothing for another name. "cam00" is not ours: two names for one number.
std::optional<int64_t> CameraNumber(const std::string& name) {
  if (name.rfind("cam", 0) != 0 || (name.size() > 4 && name[3] == '0')) return std::nullopt;
  return number_text::ParseUnsigned(std::string_view(name).substr(3));
}

// Files of `folder` that end in `extension`; the first by name.
std::optional<fs::path> FirstFile(const fs::path& folder, const std::string& extension) {
  std::optional<fs::path> first;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code unused;
    if (it->path().extension() != extension || !it->is_regular_file(unused)) continue;
    if (!first || it->path() < *first) first = it->path();
  }
  return first;
}

std::optional<fs::path> FindTruth(const fs::path& log, const fs::path& root) {
  std::error_code error;
  for (const fs::path& folder : {root, log}) {
    for (const char* name : {"truth/state.csv", "state_groundtruth_estimate0/data.csv"}) {
      if (fs::is_regular_file(folder / name, error)) return folder / name;
    }
    for (const char* extension : {".txt", ".csv"}) {
      if (auto file = FirstFile(folder / "groundtruth", extension)) return file;
    }
  }
  return std::nullopt;
}

// 64-bit FNV-1a.
class Fingerprint {
 public:
  void Add(std::string_view bytes) {
    for (const char byte : bytes)
      hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  }
  std::string Hex() const {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(hash_ >> shift) & 15];
    return text;
  }

 private:
  uint64_t hash_ = 0xcbf29ce484222325u;
};

Status AddFile(const fs::path& root, const std::string& name, Fingerprint& fingerprint) {
  std::ifstream stream(root / name, std::ios::binary);
  std::array<char, 1 << 16> buffer;
  int64_t size = 0;
  // Name and size delimit the bytes: a row cannot move from one file to the next without being
  // seen.
  fingerprint.Add(name + "\n");
  while (stream) {
    stream.read(buffer.data(), buffer.size());
    fingerprint.Add({buffer.data(), static_cast<size_t>(stream.gcount())});
    size += stream.gcount();
  }
  if (!stream.eof())
    return Fail(ErrorKind::kUnusableInput, "cannot be read", (root / name).string());
  fingerprint.Add(std::to_string(size) + "\n");
  return {};
}

}  // namespace

Result<AslFolder> FindAslFolder(const fs::path& log) {
  std::error_code error;
  if (!fs::exists(log, error))
    return Fail(ErrorKind::kUnusableInput, "no such folder", log.string());
  if (!fs::is_directory(log, error)) {
    return Fail(ErrorKind::kUnusableInput, "is not a folder", log.string(), kLayoutRemedy);
  }
  AslFolder folder;
  folder.root = fs::is_directory(log / "mav0", error) ? log / "mav0" : log;
  std::vector<std::pair<int64_t, std::string>> numbered;
  fs::directory_iterator entries(folder.root, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    std::error_code unused;
    if (const auto number = CameraNumber(name); number && entries->is_directory(unused)) {
      numbered.emplace_back(*number, name);
    }
  }
  if (error) {
    return Fail(ErrorKind::kUnusableInput, "cannot be listed: " + error.message(),
                folder.root.string());
  }
  std::sort(numbered.begin(), numbered.end());
  for (auto& [number, name] : numbered) folder.cameras.push_back(std::move(name));
  if (folder.cameras.empty()) {
    return Fail(ErrorKind::kUnusableInput, "has no camera folder (cam0)", folder.root.string(),
                kLayoutRemedy);
  }
  if (!fs::is_directory(folder.root / kAslImu, error)) {
    return Fail(ErrorKind::kUnusableInput, "has no IMU folder (imu0)", folder.root.string(),
                kLayoutRemedy);
  }
  folder.truth = FindTruth(log, folder.root);
  return folder;
}

Result<std::vector<std::string>> ChooseCameras(const AslFolder& folder,
                                               const std::vector<std::string>& asked) {
  if (asked.empty()) return folder.cameras;
  for (auto it = asked.begin(); it != asked.end(); ++it) {
    if (std::find(asked.begin(), it, *it) != it) {
      return Fail(ErrorKind::kUsage, "camera '" + *it + "' is asked for twice");
    }
    if (std::find(folder.cameras.begin(), folder.cameras.end(), *it) != folder.cameras.end())
      continue;
    std::string known;
    for (const std::string& name : folder.cameras) known += (known.empty() ? "" : ", ") + name;
    return Fail(ErrorKind::kUsage, "there is no camera '" + *it + "'", folder.root.string(),
                "the log has " + known);
  }
  return asked;
}

Result<Rig> ReadAslRig(const fs::path& root, const std::vector<std::string>& cameras) {
  const auto imu = ReadAslImu(root / kAslImu / "sensor.yaml");
  if (!imu) return tl::unexpected(imu.error());
  Rig rig;
  rig.imu = {kAslImu, imu->rate_hz, imu->noise};
  for (const std::string& name : cameras) {
    const auto camera = ReadAslCamera(root / name / "sensor.yaml");
    if (!camera) return tl::unexpected(camera.error());
    rig.cameras.push_back(MakeRigCamera(name, *camera, *imu));
  }
  return rig;
}

Result<std::string> AslIdentity(const fs::path& root, const std::vector<std::string>& cameras) {
  std::vector<std::string> streams = {kAslImu};
  streams.insert(streams.end(), cameras.begin(), cameras.end());
  Fingerprint fingerprint;
  for (const std::string& stream : streams) {
    for (const char* file : {"/sensor.yaml", "/data.csv"}) {
      if (Status status = AddFile(root, stream + file, fingerprint); !status)
        return tl::unexpected(status.error());
    }
  }
  return fingerprint.Hex();
}

}  // namespace nightjar
