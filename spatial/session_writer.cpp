// SPDX-License-Identifier: Apache-2.0
#include "spatial/session_writer.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/staged_folder.h"
#include "spatial/aria_files.h"
#include "spatial/context/context_text.h"
#include "spatial/cross_covariance_file.h"
#include "spatial/gzip.h"
#include "spatial/index_page.h"
#include "spatial/json_fields.h"
#include "spatial/keyframe_packet.h"
#include "spatial/npy.h"
#include "spatial/picture_name.h"
#include "spatial/plan_view.h"
#include "spatial/scene_files.h"
#include "spatial/session_documents.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

// Somebody else's folder may hold a session.json too: only ours says what format it is.
bool IsSession(const std::filesystem::path& folder) {
  std::ifstream stream(folder / "session.json", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  const Json document = ParseJson(text);
  if (!document.is_object() || !document.contains("format") || !document["format"].is_string())
    return false;
  return document["format"].get<std::string>().rfind(kSessionFormatPrefix, 0) == 0;
}

// Everything that a session may consist of: what WriteSession() writes and no more.
constexpr const char* kFiles[] = {"slam/open_loop_trajectory.csv",
                                  "slam/closed_loop_trajectory.csv",
                                  "slam/semidense_points.csv.gz",
                                  "slam/online_calibration.jsonl",
                                  "slam/summary.json",
                                  "trajectory_covariance.npy",
                                  "trajectory_cross_covariance.npz",
                                  "keyframes.jsonl",
                                  "health.jsonl",
                                  "scene.json",
                                  "surfaces.json",
                                  "occupancy.npy",
                                  "occupancy.json",
                                  "plan_view.svg",
                                  "index.html",
                                  "summary.json",
                                  "session.json"};

constexpr size_t kPageContextBytes = 4096;  // of the context that index.html shows

// What is in the folder and is no part of a session; empty: nothing.
std::string SomethingElseIn(const std::filesystem::path& folder) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (!entry->is_symlink(error) && entry->is_directory(error)) continue;
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    const bool known = std::find(std::begin(kFiles), std::end(kFiles), name) != std::end(kFiles);
    if (!known && !IsKeyframePicture(name)) return name;
  }
  return error ? "what cannot be read (" + error.message() + ")" : std::string();
}

std::string WhyKept(const std::filesystem::path& folder) {
  if (!IsSession(folder)) return "is no session of 'nightjar process'";
  const std::string other = SomethingElseIn(folder);
  return other.empty() ? "" : "holds " + other + ", which is no part of a session";
}

std::string CovarianceNpy(const std::vector<Keyframe>& keyframes) {
  constexpr size_t kStates = 15;
  std::vector<double> values;
  values.reserve(keyframes.size() * kStates * kStates);
  for (const Keyframe& keyframe : keyframes) {
    for (Eigen::Index row = 0; row < keyframe.covariance.rows(); ++row) {
      for (Eigen::Index column = 0; column < keyframe.covariance.cols(); ++column) {
        values.push_back(keyframe.covariance(row, column));
      }
    }
  }
  return NpyFloat64(values, {keyframes.size(), kStates, kStates});
}

using NamedFiles = std::vector<std::pair<const char*, std::string>>;

void AddScene(const Session& session, NamedFiles& files) {
  if (!HasScene(session.scene)) return;
  files.emplace_back("scene.json", SceneJson(session));
  files.emplace_back("surfaces.json", SurfacesJson(session));
  if (session.scene.occupancy.voxel_m > 0) {
    files.emplace_back("occupancy.npy", OccupancyNpy(session.scene.occupancy));
    files.emplace_back("occupancy.json", OccupancyJson(session));
  }
}

// Names and bytes of everything but pictures.
Result<NamedFiles> FilesOf(const Session& session) {
  Result<std::string> points = Gzip(aria::SemidensePointsCsv(session));
  if (!points) return tl::unexpected(points.error());
  const std::string plan_view = PlanViewSvg(session);
  NamedFiles files = {
      {"slam/open_loop_trajectory.csv", aria::OpenLoopTrajectoryCsv(session)},
      {"slam/semidense_points.csv.gz", *std::move(points)},
      {"slam/online_calibration.jsonl", aria::OnlineCalibrationJsonl(session)},
      {"slam/summary.json", aria::SummaryJson(session)},
      {"trajectory_covariance.npy", CovarianceNpy(session.keyframes)},
      {"trajectory_cross_covariance.npz", CrossCovarianceNpz(session.pairs)},
      {"keyframes.jsonl", KeyframePackets(session)},
      {"health.jsonl", HealthJsonl(session)},
      {"plan_view.svg", plan_view},
      {"index.html", IndexPage(session, plan_view, ContextText(session, kPageContextBytes))},
      {"summary.json", SummaryJson(session)},
      {"session.json", SessionJson(session)},
  };
  if (!session.closed_loop.empty()) {
    files.emplace_back("slam/closed_loop_trajectory.csv", aria::ClosedLoopTrajectoryCsv(session));
  }
  AddScene(session, files);
  return files;
}

}  // namespace

Status CheckSessionTarget(const std::filesystem::path& folder) {
  return StagedFolder::Probe(folder, WhyKept);
}

Status WriteSession(const Session& session, const std::filesystem::path& folder,
                    const std::function<bool()>& cancelled) {
  Session with_images = session;
  return WriteSession(with_images, folder, {}, cancelled);
}

Status WriteSession(Session& session, const std::filesystem::path& folder,
                    const WritePictures& write_pictures, const std::function<bool()>& cancelled) {
  Result<StagedFolder> staged = StagedFolder::Create(folder, WhyKept);
  if (!staged) return tl::unexpected(staged.error());
  if (write_pictures) {
    if (Status written = write_pictures(*staged, session); !written) return written;
  }
  const auto files = FilesOf(session);
  if (!files) return tl::unexpected(files.error());
  const auto stop = [&cancelled] { return cancelled && cancelled(); };
  const auto interrupted = [&folder] {
    return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written", folder.string());
  };
  for (const auto& [name, bytes] : *files) {
    if (stop()) return interrupted();
    if (Status written = staged->Write(name, bytes); !written) return written;
  }
  if (stop()) return interrupted();
  return staged->Commit();
}

}  // namespace nightjar
