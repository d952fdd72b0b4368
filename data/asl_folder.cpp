// SPDX-License-Identifier: Apache-2.0
#include "data/asl_folder.h"

#include <algorithm>
#include <system_error>

#include "data/events/event_file_in_folder.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLayoutRemedy =
    "a log folder holds cam0/, imu0/ (see docs/formats/sensor-log.md)";

// The number of KINDn; nothing for another name. "cam00" is not ours: two names for one number.
std::optional<int64_t> StreamNumber(const std::string& name, const std::string& kind) {
  if (name.rfind(kind, 0) != 0) return std::nullopt;
  const std::string_view digits = std::string_view(name).substr(kind.size());
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return number_text::ParseUnsigned(digits);
}

// The streams of one kind among the names of a folder's folders.
std::vector<std::string> StreamsOf(const std::string& kind, const std::vector<std::string>& names) {
  std::vector<std::pair<int64_t, std::string>> numbered;
  for (const std::string& name : names) {
    if (const auto number = StreamNumber(name, kind)) numbered.emplace_back(*number, name);
  }
  std::sort(numbered.begin(), numbered.end());
  std::vector<std::string> streams;
  for (auto& [number, name] : numbered) streams.push_back(std::move(name));
  return streams;
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

std::optional<fs::path> FindFile(const fs::path& log, const fs::path& root, const char* name) {
  std::error_code error;
  for (const fs::path& folder : {root, log}) {
    if (fs::exists(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

// The names of the folders in a folder.
Result<std::vector<std::string>> FoldersIn(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entries(root, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code unused;
    if (entries->is_directory(unused)) names.push_back(entries->path().filename().string());
  }
  if (error) {
    return Fail(ErrorKind::kUnusableInput, "cannot be listed: " + error.message(), root.string());
  }
  return names;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Status CheckAskedOnce(const std::vector<std::string>& asked, const std::string& kind) {
  for (auto it = asked.begin(); it != asked.end(); ++it) {
    if (std::find(asked.begin(), it, *it) != it)
      return Fail(ErrorKind::kUsage, kind + " '" + *it + "' is asked for twice");
  }
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
  const auto names = FoldersIn(folder.root);
  if (!names) return tl::unexpected(names.error());
  folder.cameras = StreamsOf("cam", *names);
  folder.depth_sensors = StreamsOf("depth", *names);
  folder.audio = StreamsOf("audio", *names);
  folder.event_cameras = StreamsOf("events", *names);
  for (const std::string& name : StreamsOf("imu", *names)) {
    if (name != kAslImu) folder.not_read.push_back(name);
  }
  if (folder.cameras.empty()) {
    const fs::path events = EventFileInFolder(folder.root);
    return Fail(
        ErrorKind::kUnusableInput, "has no camera folder (cam0)", folder.root.string(),
        events.empty()
            ? kLayoutRemedy
            : "'nightjar inspect' and 'nightjar events' take its events alone, " + events.string());
  }
  if (!fs::is_directory(folder.root / kAslImu, error)) {
    return Fail(ErrorKind::kUnusableInput, "has no IMU folder (imu0)", folder.root.string(),
                kLayoutRemedy);
  }
  folder.log_yaml = FindFile(log, folder.root, "log.yaml");
  folder.rig_yaml = FindFile(log, folder.root, "rig.yaml");
  folder.truth = FindTruth(log, folder.root);
  return folder;
}

Result<std::vector<std::string>> ChooseCameras(const AslFolder& folder,
                                               const std::vector<std::string>& asked) {
  if (asked.empty()) return folder.cameras;
  if (Status once = CheckAskedOnce(asked, "camera"); !once) return tl::unexpected(once.error());
  for (const std::string& name : asked) {
    if (Contains(folder.cameras, name)) continue;
    return Fail(ErrorKind::kUsage, "there is no camera '" + name + "'", folder.root.string(),
                "the log has " + Join(folder.cameras));
  }
  return asked;
}

Result<FurtherStreams> ChooseFurtherStreams(const AslFolder& folder,
                                            const std::vector<std::string>& asked) {
  if (Status once = CheckAskedOnce(asked, "stream"); !once) return tl::unexpected(once.error());
  FurtherStreams chosen;
  for (const std::string& name : asked) {
    if (Contains(folder.depth_sensors, name)) {
      chosen.depth_sensors.push_back(name);
    } else if (Contains(folder.audio, name)) {
      chosen.audio.push_back(name);
    } else {
      std::vector<std::string> known = folder.depth_sensors;
      known.insert(known.end(), folder.audio.begin(), folder.audio.end());
      return Fail(ErrorKind::kUsage, "there is no depth sensor or audio stream '" + name + "'",
                  folder.root.string(), known.empty() ? "" : "the log has " + Join(known));
    }
  }
  return chosen;
}

}  // namespace nightjar
