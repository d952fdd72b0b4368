// SPDX-License-Identifier: Apache-2.0
#include "data/sensor_log_writer.h"

#include <charconv>
#include <fstream>
#include <regex>
#include <system_error>
#include <utility>

#include "calibration/asl_sensor_yaml.h"
#include "calibration/rig_yaml.h"
#include "data/log_yaml.h"
#include "data/track_rows.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kImuFile = "imu0/data.csv";
constexpr const char* kTruthFile = "truth/state.csv";
constexpr size_t kLargestPart = size_t{1} << 20;  // bytes
constexpr std::string_view kImuHeader =
    "#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],"
    "a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]\n";
constexpr std::string_view kFrameHeader = "#timestamp [ns],filename,exposure [ns],gain\n";
// What is appended is written in pieces of at least that: each one waits for the disk.
constexpr size_t kPiece = 8 << 20;  // bytes

constexpr std::string_view kTruthHeader =
    "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], "
    "q_RS_z [], v_RS_R_x [m s^-1], v_RS_R_y [m s^-1], v_RS_R_z [m s^-1], b_w_RS_S_x [rad s^-1], "
    "b_w_RS_S_y [rad s^-1], b_w_RS_S_z [rad s^-1], b_a_RS_S_x [m s^-2], b_a_RS_S_y [m s^-2], "
    "b_a_RS_S_z [m s^-2]\n";

// The shortest text that is read back as the same number.
template <typename T>
void Append(std::string& text, T value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  text.append(buffer, end.ptr);
}

void Append(std::string& text, const Eigen::Vector3d& vector) {
  for (int k = 0; k < 3; ++k) {
    text += ',';
    Append(text, vector[k]);
  }
}

// A log that this made says so in its log.yaml, and nothing else may be replaced.
constexpr std::string_view kSourceMark = "source: 'nightjar simulate";

// Text in single quotes, in which only they are special.
std::string YamlText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

bool IsUtf8(std::string_view text) {
  // By the first byte of a character: how many follow, and what is in it.
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t k) {
      return k < text.size() ? static_cast<uint32_t>(static_cast<unsigned char>(text[k])) : 0;
    };
    const uint32_t first = byte(i);
    const int more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first >= 0x80 && (first < 0xC2 || first > 0xF4)) return false;
    uint32_t character = more == 0 ? first : first & (0x3FU >> more);
    for (int k = 1; k <= more; ++k) {
      if ((byte(i + static_cast<size_t>(k)) & 0xC0U) != 0x80U) return false;
      character = character << 6U | (byte(i + static_cast<size_t>(k)) & 0x3FU);
    }
    constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < kLeast[more] || character > 0x10FFFF || surrogate) return false;
    i += static_cast<size_t>(more) + 1;
  }
  return true;
}

std::string DepthStream(int camera) { return "depth" + std::to_string(camera); }

bool SaysThatItIsOurs(const fs::path& folder) {
  std::ifstream file(folder / "log.yaml");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(kSourceMark, 0) == 0) return true;
  }
  return false;
}

// What is in the folder and was not written by this; empty: nothing.
std::string SomethingElseIn(const fs::path& folder) {
  static const std::regex ours(
      "(log|rig)\\.yaml|imu0/(sensor\\.yaml|data\\.csv)|"
      "(truth/)?(cam|depth|events)\\d+/"
      "(sensor\\.yaml|data\\.csv|tracks\\.csv|events\\.h5|data/-?\\d+\\.png)|"
      "truth/(state\\.csv|landmarks\\.csv|imu\\.yaml)",
      std::regex::optimize);
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    const bool is_folder = !entry->is_symlink(error) && entry->is_directory(error);
    if (!is_folder && !std::regex_match(name, ours)) return name;
  }
  return error ? "what cannot be read (" + error.message() + ")" : std::string();
}

std::string WhyKept(const fs::path& folder) {
  if (!SaysThatItIsOurs(folder)) return "is no log of 'nightjar simulate'";
  const std::string other = SomethingElseIn(folder);
  return other.empty() ? "" : "holds " + other + ", which is no part of a simulated log";
}

}  // namespace

Status SensorLogWriter::Check(const fs::path& folder) {
  return StagedFolder::Probe(folder, WhyKept);
}

Result<SensorLogWriter> SensorLogWriter::Create(const fs::path& folder, const Rig& rig,
                                                const std::string& clock, const std::string& source,
                                                const std::string& command) {
  Result<StagedFolder> staged = StagedFolder::Create(folder, WhyKept);
  if (!staged) return tl::unexpected(staged.error());
  std::string yaml = "version: " + std::to_string(kSensorLogVersion) + "\nclock: " + clock +
                     (rig.imu.name.empty() ? "" : "\ndevice_frame: imu0") + "\nsource: '" + source +
                     "'\n";
  // Paths with line breaks or bytes that are no UTF-8, and very long ones, which the format has no
  // place for, cost the command only.
  if (!command.empty() && command.size() <= kLongestCommand &&
      command.find_first_of("\r\n") == std::string::npos && IsUtf8(command)) {
    yaml += "command: " + YamlText(command) + "\n";
  }
  return SensorLogWriter(std::move(*staged), rig, std::move(yaml));
}

SensorLogWriter::SensorLogWriter(StagedFolder folder, const Rig& rig, std::string log_yaml)
    : folder_(std::move(folder)),
      rig_(rig),
      log_yaml_(std::move(log_yaml)),
      imu_(kImuHeader),
      truth_(kTruthHeader),
      frames_(rig.cameras.size(), std::string(kFrameHeader)) {}

// A part of a table that has become large goes to its file.
Status SensorLogWriter::FlushFull(const char* name, std::string& table) {
  if (table.size() < kLargestPart) return {};
  Status written = folder_.Append(name, table);
  table.clear();
  return written;
}

Status SensorLogWriter::AddImu(const ImuSample& sample) {
  Append(imu_, ToNanoseconds(sample.time));
  Append(imu_, sample.angular_velocity_body);
  Append(imu_, sample.specific_force_body);
  imu_ += '\n';
  return FlushFull(kImuFile, imu_);
}

Status SensorLogWriter::AddTruth(const NavigationState& state) {
  has_truth_ = true;
  Append(truth_, ToNanoseconds(state.time));
  Append(truth_, state.T_world_body.translation);
  const Eigen::Quaterniond& q = state.T_world_body.rotation;
  truth_ += ',';
  Append(truth_, q.w());
  Append(truth_, Eigen::Vector3d(q.vec()));
  Append(truth_, state.velocity_world);
  Append(truth_, state.gyro_bias);
  Append(truth_, state.accelerometer_bias);
  truth_ += '\n';
  return FlushFull(kTruthFile, truth_);
}

Status SensorLogWriter::AddImage(const std::string& stream, std::string& table,
                                 const FrameEntry& entry, std::string_view png) {
  const std::string name = std::to_string(ToNanoseconds(entry.stamp)) + ".png";
  Append(table, ToNanoseconds(entry.stamp));
  table += ',' + name;
  if (entry.exposure_ns > 0) {
    table += ',';
    Append(table, entry.exposure_ns);
    table += ',';
    Append(table, entry.gain);
  }
  table += '\n';
  return folder_.Write(fs::path(stream) / "data" / name, png);
}

Status SensorLogWriter::AddFrame(int camera, const FrameEntry& entry, std::string_view png) {
  const auto index = static_cast<size_t>(camera);
  return AddImage(rig_.cameras[index].name, frames_[index], entry, png);
}

Status SensorLogWriter::AddDepthImage(const std::string& stream, const FrameEntry& entry,
                                      std::string_view png) {
  std::string& table = depths_[stream];
  if (table.empty()) table = "#timestamp [ns],filename\n";
  return AddImage(stream, table, {entry.stamp, 0, 1}, png);
}

Status SensorLogWriter::AddDepth(int camera, const FrameEntry& entry, std::string_view png) {
  return AddDepthImage(DepthStream(camera), entry, png);
}

Status SensorLogWriter::AddTrueDepth(int camera, const FrameEntry& entry, std::string_view png) {
  return AddDepthImage("truth/" + DepthStream(camera), entry, png);
}

void SensorLogWriter::DescribeDepth(int camera, std::string yaml) {
  depth_yamls_[DepthStream(camera)] = std::move(yaml);
}

void SensorLogWriter::DescribeEvents(int camera, std::string yaml) {
  event_yamls_[rig_.event_cameras[static_cast<size_t>(camera)].name] = std::move(yaml);
}

Status SensorLogWriter::AddTracks(int camera, std::string_view rows) {
  const fs::path file = fs::path(rig_.cameras[static_cast<size_t>(camera)].name) / kTrackFile;
  if (cameras_with_tracks_.insert(camera).second) {
    if (Status written = AppendFile(file, kTrackHeader); !written) return written;
  }
  return AppendFile(file, rows);
}

Status SensorLogWriter::AppendFile(const fs::path& name, std::string_view bytes) {
  std::string& waiting = growing_[name];
  waiting += bytes;
  if (waiting.size() < kPiece) return {};
  return folder_.Append(name, std::exchange(waiting, {}));
}

Status SensorLogWriter::AddFile(const fs::path& name, std::string_view bytes) {
  return folder_.Write(name, bytes);
}

Status SensorLogWriter::WriteTables() {
  std::vector<std::pair<fs::path, std::string>> files = {{"log.yaml", log_yaml_}};
  if (!rig_.imu.name.empty()) {
    files.emplace_back("rig.yaml", RigYamlText(rig_));
    files.emplace_back("imu0/sensor.yaml", AslImuYaml(rig_.imu));
    if (Status written = folder_.Append(kImuFile, imu_); !written) return written;
  }
  if (!rig_.imu.name.empty() || has_truth_) {
    if (Status written = folder_.Append(kTruthFile, truth_); !written) return written;
  }
  for (size_t c = 0; c < rig_.cameras.size(); ++c) {
    const RigCamera& camera = rig_.cameras[c];
    files.emplace_back(fs::path(camera.name) / "sensor.yaml", AslCameraYaml(camera));
    if (cameras_with_tracks_.count(static_cast<int>(c)) == 0)
      files.emplace_back(fs::path(camera.name) / "data.csv", std::move(frames_[c]));
  }
  for (const auto& [name, bytes] : files) {
    if (Status written = folder_.Write(name, bytes); !written) return written;
  }
  for (const auto& [name, bytes] : growing_) {
    if (Status written = folder_.Append(name, bytes); !written) return written;
  }
  return WriteDepthTables();
}

Status SensorLogWriter::WriteDepthTables() {
  for (size_t c = 0; c < rig_.cameras.size(); ++c) {
    RigCamera depth = rig_.cameras[c];
    depth.sensor = {};
    depth.sensor.pixel_format = PixelFormat::kMono16;
    const std::string name = DepthStream(static_cast<int>(c));
    for (const std::string& stream : {name, "truth/" + name}) {
      if (depths_[stream].empty()) continue;
      const std::string yaml = AslCameraYaml(depth) + depth_yamls_[stream];
      if (Status written = folder_.Write(fs::path(stream) / "sensor.yaml", yaml); !written)
        return written;
      if (Status written = folder_.Write(fs::path(stream) / "data.csv", depths_[stream]); !written)
        return written;
    }
  }
  return {};
}

namespace {

constexpr const char* kEventFile = "events.h5";

}  // namespace

Result<fs::path> SensorLogWriter::PlaceEvents(int camera) {
  return folder_.Place(rig_.event_cameras[static_cast<size_t>(camera)].name / fs::path(kEventFile));
}

Status SensorLogWriter::FinishEvents() {
  for (const RigEventCamera& events : rig_.event_cameras) {
    if (Status synced = folder_.Sync(events.name / fs::path(kEventFile)); !synced) return synced;
    std::string yaml = "sensor_type: camera\nresolution: [" + std::to_string(events.width) + ", " +
                       std::to_string(events.height) + "]\n";
    if (events.model != nullptr) {
      RigCamera camera;
      camera.name = events.name;
      camera.width = events.width;
      camera.height = events.height;
      camera.model = events.model;
      camera.T_body_camera = events.T_body_camera;
      camera.time_offset_s = events.time_offset_s;
      yaml = AslCameraYaml(camera);
    }
    yaml += event_yamls_[events.name];
    if (Status written = folder_.Write(events.name / fs::path("sensor.yaml"), yaml); !written)
      return written;
  }
  return {};
}

Status SensorLogWriter::Finish() {
  if (Status finished = FinishEvents(); !finished) return finished;
  if (Status written = WriteTables(); !written) return written;
  return folder_.Commit();
}

}  // namespace nightjar
