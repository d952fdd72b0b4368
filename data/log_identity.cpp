// SPDX-License-Identifier: Apache-2.0
#include "data/log_identity.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "calibration/rig_yaml.h"
#include "data/track_stream.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

// 64-bit FNV-1a over named pieces. Name and size delimit the bytes of each: nothing can move from
// one to the next without being seen.
class Fingerprint {
 public:
  Status AddFile(const std::string& name, const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::array<char, 1 << 16> buffer;
    int64_t size = 0;
    Add(name + "\n");
    while (stream) {
      stream.read(buffer.data(), buffer.size());
      Add({buffer.data(), static_cast<size_t>(stream.gcount())});
      size += stream.gcount();
    }
    if (!stream.eof()) return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string());
    Add(std::to_string(size) + "\n");
    return {};
  }

  void AddText(const std::string& name, const std::string& text) {
    Add(name + "\n" + text + std::to_string(text.size()) + "\n");
  }

  std::string Hex() const {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(hash_ >> shift) & 15];
    return text;
  }

 private:
  void Add(std::string_view bytes) {
    for (const char byte : bytes)
      hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  }

  uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace

Result<std::string> IdentifyLog(const AslFolder& folder, const LogRig& rig,
                                const std::vector<std::string>& audio, bool rig_was_given) {
  std::vector<std::pair<std::string, fs::path>> files;
  if (folder.log_yaml) files.emplace_back("log.yaml", *folder.log_yaml);
  if (folder.rig_yaml) files.emplace_back("rig.yaml", *folder.rig_yaml);
  const auto add_if_there = [&](const std::string& name) {
    std::error_code unused;
    if (fs::exists(folder.root / name, unused)) files.emplace_back(name, folder.root / name);
  };
  Rig used = rig.rig;
  used.cameras.insert(used.cameras.end(), rig.depth_sensors.begin(), rig.depth_sensors.end());
  std::vector<std::string> listed = {kAslImu};
  for (const RigCamera& camera : used.cameras) listed.push_back(camera.name);
  for (const std::string& stream : listed) {
    add_if_there(stream + "/sensor.yaml");
    add_if_there(stream + "/data.csv");
    if (HasTracksOnly(folder.root, stream)) add_if_there(stream + "/" + kTrackFile);
  }
  for (const std::string& stream : audio) add_if_there(stream + "/sensor.yaml");
  for (const RigEventCamera& camera : rig.event_cameras) add_if_there(camera.name + "/sensor.yaml");
  // Events are too many to be read for this: that they are, and how much.
  const auto size_of = [&](const RigEventCamera& camera) {
    std::error_code unused;
    return std::to_string(fs::file_size(folder.root / camera.name / "events.h5", unused));
  };
  Fingerprint fingerprint;
  for (const auto& [name, file] : files) {
    if (Status status = fingerprint.AddFile(name, file); !status)
      return tl::unexpected(status.error());
  }
  for (const RigEventCamera& camera : rig.event_cameras)
    fingerprint.AddText(camera.name + "/events.h5", size_of(camera));
  if (rig_was_given) fingerprint.AddText("--rig", RigYamlText(used));
  return fingerprint.Hex();
}

}  // namespace nightjar
