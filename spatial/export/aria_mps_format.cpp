// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "spatial/aria_files.h"
#include "spatial/export/formats.h"
#include "spatial/gzip.h"
#include "spatial/json_fields.h"
#include "spatial/session_tables.h"

namespace nightjar::formats {
namespace {

constexpr const char* kOpenLoop = "slam/open_loop_trajectory.csv";
constexpr const char* kClosedLoop = "slam/closed_loop_trajectory.csv";
constexpr const char* kPoints = "slam/semidense_points.csv.gz";

// Aria's readers know no camera without a lens.
Session WithLensesOnly(Session session) {
  std::erase_if(session.rig.cameras, [](const RigCamera& camera) { return !camera.model; });
  return session;
}

}  // namespace

Result<Exported> WriteAriaMps(const ExportScope& scope) {
  const Session session = WithLensesOnly(scope.session);
  Exported exported;
  exported.files = {{kOpenLoop, aria::OpenLoopTrajectoryCsv(session), {}},
                    {"slam/online_calibration.jsonl", aria::OnlineCalibrationJsonl(session), {}},
                    {"slam/summary.json", aria::SummaryJson(session), {}}};
  if (!session.closed_loop.empty())
    exported.files.push_back({kClosedLoop, aria::ClosedLoopTrajectoryCsv(session), {}});
  Result<std::string> points = Gzip(aria::SemidensePointsCsv(session));
  if (!points) return tl::unexpected(points.error());
  exported.files.push_back({kPoints, *std::move(points), {}});
  if (session.rig.cameras.size() < scope.session.rig.cameras.size())
    exported.notes.emplace_back("cameras without a calibrated lens are left out");
  return exported;
}

Result<ReadBack> ReadAriaMps(const Exported& exported, const ExportScope& scope) {
  const bool closed = !scope.session.closed_loop.empty();
  return Guarded("slam", [&]() -> ReadBack {
    MapNames graph_uids, session_uids;
    const Trajectory rows =
        closed ? ParseClosedLoopTrajectory(exported.Text(kClosedLoop), kClosedLoop, graph_uids)
               : ParseOpenLoopTrajectory(exported.Text(kOpenLoop), kOpenLoop, session_uids);
    const Result<std::string> csv = Gunzip(exported.Text(kPoints), kPoints);
    if (!csv) throw ReadFailure(csv.error());
    ReadBack read;
    for (const TrajectoryRow& row : rows) read.views.push_back(BodyView(row.state.T_world_body));
    for (const Landmark& point : ParseSemidensePoints(*csv, kPoints, graph_uids))
      read.points.push_back(point.position_world);
    return read;
  });
}

std::vector<ReadBackView> OwnAriaMps(const ExportScope& scope) {
  std::vector<ReadBackView> views;
  for (const TrajectoryRow& row :
       scope.session.closed_loop.empty() ? scope.session.open_loop : scope.session.closed_loop)
    views.push_back(BodyView(row.state.T_world_body));
  return views;
}

}  // namespace nightjar::formats
