// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "spatial/export/formats.h"

namespace nightjar::formats {
namespace {

constexpr const char* kFile = "trajectory.txt";

// Seconds with nine decimals, exactly: a double has no room for them at today's date.
std::string Seconds(SensorTime time) {
  const int64_t t_ns = ToNanoseconds(time);
  const uint64_t size = t_ns < 0 ? ~static_cast<uint64_t>(t_ns) + 1 : static_cast<uint64_t>(t_ns);
  return fmt::format("{}{}.{:09}", t_ns < 0 ? "-" : "", size / 1'000'000'000, size % 1'000'000'000);
}

}  // namespace

Result<Exported> WriteTum(const ExportScope& scope) {
  std::string text;
  for (const std::string_view line : LinesOf(scope.remark)) text += fmt::format("# {}\n", line);
  text += "# t[s] tx ty tz qx qy qz qw\n";
  for (const TrajectoryRow* row : UsableRows(scope.session)) {
    const Se3& T = row->state.T_world_body;
    text += Seconds(row->state.time);
    for (const double value : T.translation) text += ' ' + Number(value);
    text += ' ' + QuaternionXyzw(T.rotation, ' ') + '\n';
  }
  return Exported{{{kFile, text, {}}}, {}};
}

Result<ReadBack> ReadTum(const Exported& exported, const ExportScope&) {
  ReadBack read;
  for (const std::string_view line : LinesOf(exported.Text(kFile))) {
    if (line.empty() || line.front() == '#') continue;
    const auto n = NumbersOf(line, kFile);
    if (!n) return tl::unexpected(n.error());
    if (n->size() != 8) return Fail(ErrorKind::kInternal, "a row is not of 8 numbers", kFile);
    const std::vector<double>& v = *n;
    read.views.push_back(
        BodyView({Eigen::Quaterniond(v[7], v[4], v[5], v[6]).normalized(), {v[1], v[2], v[3]}}));
  }
  return read;
}

}  // namespace nightjar::formats
