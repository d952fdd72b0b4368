// SPDX-License-Identifier: Apache-2.0
#include "data/trajectory_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "data/csv_reader.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

using Fields = std::vector<std::string_view>;

tl::unexpected<Error> FailRow(const CsvReader& reader, std::string what, std::string remedy = {}) {
  return Fail(ErrorKind::kUnusableInput, std::move(what), reader.Where(), std::move(remedy));
}

Result<double> ReadNumber(const CsvReader& reader, std::string_view text) {
  if (const auto value = number_text::ParseDouble(text)) return *value;
  std::string what(text.substr(0, 40));
  what += " is not a finite number";
  return FailRow(reader, std::move(what));
}

Result<Eigen::Vector3d> ReadVector(const CsvReader& reader, const Fields& fields, size_t first) {
  Eigen::Vector3d vector;
  for (int i = 0; i < 3; ++i) {
    const auto value = ReadNumber(reader, fields[first + i]);
    if (!value) return tl::unexpected(value.error());
    vector[i] = *value;
  }
  return vector;
}

// `x`: the column of x, y and z follow; `w`: the column of w.
Result<Eigen::Quaterniond> ReadQuaternion(const CsvReader& reader, const Fields& fields, size_t x,
                                          size_t w) {
  const auto vector = ReadVector(reader, fields, x);
  if (!vector) return tl::unexpected(vector.error());
  const auto scalar = ReadNumber(reader, fields[w]);
  if (!scalar) return tl::unexpected(scalar.error());
  const Eigen::Quaterniond q(*scalar, vector->x(), vector->y(), vector->z());
  if (!(std::abs(q.norm() - 1) <= 0.01)) {
    return FailRow(reader, "the quaternion's length is not 1", "check the order of the columns");
  }
  return q.normalized();
}

Result<Se3> ReadPose(const CsvReader& reader, const Fields& fields, size_t position, size_t x,
                     size_t w) {
  const auto p = ReadVector(reader, fields, position);
  if (!p) return tl::unexpected(p.error());
  const auto q = ReadQuaternion(reader, fields, x, w);
  if (!q) return tl::unexpected(q.error());
  return Se3{*q, *p};
}

Result<SensorTime> ReadTime(const CsvReader& reader, std::optional<int64_t> t_ns,
                            const char* unit) {
  if (t_ns) return FromNanoseconds(*t_ns);
  return FailRow(reader, std::string("the time is not a number of ") + unit);
}

Result<TrajectoryFileRow> ReadTumRow(const CsvReader& reader) {
  const Fields fields = reader.Words();
  if (fields.size() != 8) {
    return FailRow(reader, "row has " + std::to_string(fields.size()) + " columns instead of 8",
                   "a row of TUM text is: t[s] tx ty tz qx qy qz qw");
  }
  const auto time = ReadTime(reader, number_text::ParseSecondsToNanoseconds(fields[0]), "seconds");
  if (!time) return tl::unexpected(time.error());
  const auto pose = ReadPose(reader, fields, 1, 4, 7);
  if (!pose) return tl::unexpected(pose.error());
  return TrajectoryFileRow{{*time, *pose}, 1};
}

Result<TrajectoryFileRow> ReadEurocRow(const CsvReader& reader) {
  const Fields fields = reader.Fields();
  if (fields.size() < 8) {
    return FailRow(reader,
                   "row has " + std::to_string(fields.size()) + " columns instead of 8 or more",
                   "a row of EuRoC CSV is: t[ns],px,py,pz,qw,qx,qy,qz");
  }
  const auto time = ReadTime(reader, number_text::ParseUnsigned(fields[0]), "nanoseconds");
  if (!time) return tl::unexpected(time.error());
  const auto pose = ReadPose(reader, fields, 1, 5, 4);
  if (!pose) return tl::unexpected(pose.error());
  return TrajectoryFileRow{{*time, *pose}, 1};
}

// Where Aria's columns stand.
struct AriaColumns {
  size_t count = 0;
  size_t time = 0;
  std::array<size_t, 7> pose = {};  // tx ty tz qx qy qz qw
  std::optional<size_t> quality;
  std::optional<size_t> frame;
};

Result<AriaColumns> FindAriaColumns(const CsvReader& reader) {
  const Fields header = reader.Fields();
  const auto find = [&header](const std::string& name) -> std::optional<size_t> {
    const auto it = std::find(header.begin(), header.end(), name);
    if (it == header.end()) return std::nullopt;
    return static_cast<size_t>(it - header.begin());
  };
  AriaColumns columns;
  columns.count = header.size();
  columns.quality = find("quality_score");
  columns.frame = find("graph_uid") ? find("graph_uid") : find("session_uid");
  const std::string frame = find("tx_world_device") ? "_world_device" : "_odometry_device";
  constexpr std::array<const char*, 7> kNames = {"tx", "ty", "tz", "qx", "qy", "qz", "qw"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    const auto column = find(kNames[i] + frame);
    if (!column) return FailRow(reader, "the header has no column " + (kNames[i] + frame));
    columns.pose[i] = *column;
  }
  const auto time = find("tracking_timestamp_us");
  if (!time) return FailRow(reader, "the header has no column tracking_timestamp_us");
  columns.time = *time;
  return columns;
}

Result<TrajectoryFileRow> ReadAriaRow(const CsvReader& reader, const AriaColumns& columns) {
  const Fields fields = reader.Fields();
  if (fields.size() != columns.count) {
    return FailRow(reader, "row has " + std::to_string(fields.size()) + " columns and the header " +
                               std::to_string(columns.count));
  }
  std::optional<int64_t> t_ns = number_text::ParseUnsigned(fields[columns.time]);
  if (t_ns)
    t_ns = *t_ns <= std::numeric_limits<int64_t>::max() / 1000 ? std::optional(*t_ns * 1000)
                                                               : std::nullopt;
  const auto time = ReadTime(reader, t_ns, "microseconds");
  if (!time) return tl::unexpected(time.error());
  Fields pose_fields;
  for (size_t column : columns.pose) pose_fields.push_back(fields[column]);
  const auto pose = ReadPose(reader, pose_fields, 0, 3, 6);
  if (!pose) return tl::unexpected(pose.error());
  const auto quality =
      columns.quality ? ReadNumber(reader, fields[*columns.quality]) : Result<double>(1.0);
  if (!quality) return tl::unexpected(quality.error());
  const std::string_view frame = columns.frame ? fields[*columns.frame] : std::string_view();
  return TrajectoryFileRow{{*time, *pose}, *quality, std::string(frame)};
}

// By time, the first of those with one time.
template <typename Row, typename Time>
void SortByTime(std::vector<Row>& rows, Time time) {
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return time(a) < time(b); });
  const auto same = [&](const Row& a, const Row& b) { return time(a) == time(b); };
  rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
}

Result<NavigationState> ReadStateRow(const CsvReader& reader) {
  const Fields fields = reader.Fields();
  if (fields.size() != 17) {
    return FailRow(reader, "row has " + std::to_string(fields.size()) + " columns instead of 17",
                   "a row is: t[ns], p, q (w x y z), v, gyro bias, accelerometer bias");
  }
  const auto pose = ReadEurocRow(reader);
  if (!pose) return tl::unexpected(pose.error());
  NavigationState state;
  state.time = pose->pose.time;
  state.T_world_body = pose->pose.T_world_body;
  Eigen::Vector3d* const vectors[] = {&state.velocity_world, &state.gyro_bias,
                                      &state.accelerometer_bias};
  for (size_t i = 0; i < 3; ++i) {
    const auto vector = ReadVector(reader, fields, 8 + 3 * i);
    if (!vector) return tl::unexpected(vector.error());
    *vectors[i] = *vector;
  }
  return state;
}

}  // namespace

Result<std::vector<TrajectoryFileRow>> ReadTrajectoryRows(const std::filesystem::path& file) {
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::optional<AriaColumns> aria;
  std::vector<TrajectoryFileRow> rows;
  bool first_line = true;
  while (true) {
    const Result<bool> more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    if (std::exchange(first_line, false) &&
        reader->line().find("timestamp") != std::string_view::npos) {
      if (reader->line().find("tracking_timestamp_us") == std::string_view::npos)
        continue;  // a header, uncommented
      const Result<AriaColumns> columns = FindAriaColumns(*reader);
      if (!columns) return tl::unexpected(columns.error());
      aria = *columns;
      continue;
    }
    const bool comma = reader->line().find(',') != std::string_view::npos;
    auto row = aria    ? ReadAriaRow(*reader, *aria)
               : comma ? ReadEurocRow(*reader)
                       : ReadTumRow(*reader);
    if (!row) return tl::unexpected(row.error());
    rows.push_back(*row);
  }
  if (rows.empty()) return Fail(ErrorKind::kUnusableInput, "has no poses", file.string());
  SortByTime(rows, [](const TrajectoryFileRow& row) { return row.pose.time; });
  return rows;
}

Result<std::vector<StampedPose>> ReadTrajectoryFile(const std::filesystem::path& file,
                                                    const TrajectoryFileOptions& options) {
  const auto rows = ReadTrajectoryRows(file);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<StampedPose> poses;
  for (const TrajectoryFileRow& row : *rows) {
    if (!options.min_quality || row.quality >= *options.min_quality) poses.push_back(row.pose);
  }
  if (poses.empty())
    return Fail(ErrorKind::kUnusableInput, "has no pose of the asked quality", file.string());
  return poses;
}

Result<std::vector<NavigationState>> ReadStateFile(const std::filesystem::path& file) {
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::vector<NavigationState> states;
  for (bool first_line = true;; first_line = false) {
    const Result<bool> more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    if (first_line && reader->line().find("timestamp") != std::string_view::npos) continue;
    const auto state = ReadStateRow(*reader);
    if (!state) return tl::unexpected(state.error());
    states.push_back(*state);
  }
  if (states.empty()) return Fail(ErrorKind::kUnusableInput, "has no states", file.string());
  SortByTime(states, [](const NavigationState& state) { return state.time; });
  return states;
}

}  // namespace nightjar
