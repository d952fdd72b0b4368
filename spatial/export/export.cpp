// SPDX-License-Identifier: Apache-2.0
#include "spatial/export/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/staged_folder.h"
#include "core/whole_file.h"
#include "spatial/export/exported.h"
#include "spatial/json_fields.h"
#include "spatial/moved_map.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "nightjar_export.json";
constexpr const char* kManifestFormat = "nightjar.export/1";

Result<std::string> ReadBytes(const fs::path& file) {
  std::error_code ignored;
  std::ifstream stream(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!fs::is_regular_file(file, ignored) || !stream.is_open() || stream.bad()) {
    return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string(),
                "the session speaks of it");
  }
  return bytes;
}

// Why a folder is not one that an earlier export wrote and nobody added to.
std::string WhyKept(const fs::path& folder) {
  std::ifstream stream(folder / kManifest, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  const Json manifest = ParseJson(text);
  if (!manifest.is_object() || manifest.value("format", Json()) != kManifestFormat ||
      !manifest.contains("files") || !manifest["files"].is_array())
    return "is no export of 'nightjar export'";
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_symlink(error) && entry->is_directory(error)) continue;
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    const Json& files = manifest["files"];
    if (name != kManifest && std::find(files.begin(), files.end(), name) == files.end())
      return "holds " + name + ", which is no part of an export";
  }
  return error ? "holds what cannot be read (" + error.message() + ")" : std::string();
}

// Whether a place is a folder or lies in it, links resolved.
bool LiesIn(const fs::path& place, const fs::path& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(fs::absolute(place, error), error);
  const fs::path outer = fs::canonical(folder, error);
  if (error) return false;
  const fs::path way = inner.lexically_relative(outer);
  return !way.empty() && *way.begin() != "..";
}

// A file that an earlier export wrote names its format in its first lines.
bool IsExportedFile(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string start(4096, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(stream.gcount()));
  return start.find(std::string("format: ") + kManifestFormat) != std::string::npos;
}

// What may not be written over: anything of the session's, and somebody else's file. Of folders
// that is for StagedFolder to say.
Status CheckTarget(const ExportFormat& format, const fs::path& folder, const fs::path& out) {
  if (LiesIn(out, folder)) {
    return Fail(ErrorKind::kUsage, "the output lies in the session", out.string(),
                "give it a place outside of " + folder.string());
  }
  std::error_code error;
  if (format.is_one_file && fs::is_regular_file(out, error) && fs::file_size(out, error) > 0 &&
      !IsExportedFile(out)) {
    return Fail(ErrorKind::kUsage, "is there already and is no export of 'nightjar export'",
                out.string(), "give another name, or remove it");
  }
  return {};
}

Result<const ExportFormat*> FormatNamed(const std::string& name) {
  for (const ExportFormat& format : ExportFormats()) {
    if (name == format.name) return &format;
  }
  return Fail(ErrorKind::kUsage, "unknown format '" + name + "'", {},
              fmt::format("use one of {}", fmt::join(ExportFormatNames(), ", ")));
}

Status Check(const ExportFormat& format, const Session& session, const ExportOptions& options) {
  if (options.images && options.privacy != Privacy::kFull) {
    return Fail(ErrorKind::kUsage,
                fmt::format("pictures were asked for, and privacy {} removes them",
                            PrivacyName(options.privacy)),
                {}, "leave one of the two out");
  }
  if (options.images && !format.has_pictures)
    return Fail(ErrorKind::kUsage, fmt::format("the format {} has no pictures", format.name), {},
                "leave --images out");
  if (format.has_pictures && options.privacy == Privacy::kRelativeOnly) {
    return Fail(ErrorKind::kUsage,
                fmt::format("the format {} is of lenses and times, which privacy relative-only "
                            "removes",
                            format.name),
                {}, "export tum, aria-mps or ply so");
  }
  if (options.mesh && options.format != "ply")
    return Fail(ErrorKind::kUsage, fmt::format("the format {} has no mesh", format.name), {},
                "leave --mesh out");
  // A mesh is made of depth maps, which go with the pictures.
  if (options.mesh && options.privacy != Privacy::kFull)
    return Fail(ErrorKind::kUsage,
                fmt::format("a mesh was asked for, and privacy {} removes it",
                            PrivacyName(options.privacy)),
                {}, "leave one of the two out");
  if (session.closed_loop.empty() && format.needs_final) {
    return Fail(ErrorKind::kNoAnswer, "the session has no final solution", {},
                "process the log with --profile offline");
  }
  if (options.aligned && !session.scene.aligned) {
    return Fail(ErrorKind::kNoAnswer,
                "the session knows no aligned frame: nothing measured walls and floor", {},
                "process the log with --depth");
  }
  return {};
}

// Into the aligned frame, which is another than the map's and has to have another name.
void Align(Session& session) {
  const int map = session.scene.map;
  std::vector<SessionIds> ids;
  for (int k = 0; k <= map; ++k) ids.push_back(DeriveIds(session, k));
  MoveMap(session, map, AlignedFromWorld(*session.scene.aligned));
  session.ids.clear();
  session.input_identity += " aligned " + ids.back().graph_uid;
  ids.back().graph_uid = DeriveIds(session, map).graph_uid;
  session.ids = std::move(ids);
}

// What is to be exported of a session: one map, aligned, and nothing that privacy removes but where
// pictures were taken.
Session Prepared(const Session& session, const ExportFormat& format, const ExportOptions& options,
                 std::vector<std::string>& notes) {
  Session prepared = WithPrivacy(session, options.privacy);
  if (format.has_pictures) {
    prepared.images = session.images;
    prepared.depth = session.depth;
  }
  if (format.needs_one_map) {
    int maps = 0;
    prepared = LargestMapOf(std::move(prepared), maps);
    if (maps > 1) {
      notes.push_back(
          fmt::format("1 of {} maps, that with most keyframes: places of two cannot be "
                      "compared",
                      maps));
    }
  }
  if (prepared.closed_loop.empty())
    notes.emplace_back("the causal trajectory, as there is no final one");
  if (options.aligned) Align(prepared);
  return prepared;
}

// In the frame of the export.
Mesh Prepared(Mesh mesh, const Session& session, const ExportOptions& options) {
  if (!options.aligned) return mesh;
  const Se3 T_aligned_world = AlignedFromWorld(*session.scene.aligned);
  for (Eigen::Vector3f& vertex : mesh.vertices_world)
    vertex = (T_aligned_world * vertex.cast<double>().eval()).cast<float>();
  return mesh;
}

// What holds for the whole export: in a folder a file of its own, else comments.
Json Manifest(const ExportFormat& format, const ExportOptions& options, const Session& original,
              const Session& session) {
  Json manifest = {
      {"format", kManifestFormat},
      {"to", format.name},
      {"conventions", format.conventions},
      {"units", "m, s, rad"},
      {"world", options.aligned ? "aligned: z up, x and y along the walls, floor at 0" : "z up"}};
  if (options.aligned && options.privacy != Privacy::kRelativeOnly)
    manifest["T_aligned_world"] = ToJson(AlignedFromWorld(*original.scene.aligned));
  manifest["privacy"] = {{"profile", session.privacy.profile},
                         {"removed", session.privacy.removed},
                         {"images", options.images}};
  return manifest;
}

// The manifest as lines of text.
std::string Remark(const Json& manifest) {
  std::string text;
  for (const auto& [key, value] : manifest.items()) {
    text += key + ": " + (value.is_string() ? value.get<std::string>() : Dump(value)) + '\n';
  }
  return text;
}

Result<Reprojection> SelfCheck(const ExportFormat& format, const Exported& exported,
                               const ExportScope& scope) {
  const Result<ReadBack> read = format.read(exported, scope);
  if (!read) return tl::unexpected(read.error());
  std::vector<ReadBackView> own;
  if (format.own != nullptr) {
    own = format.own(scope);
  } else {
    for (const PosedPicture& picture : scope.pictures) {
      const PinholeView& view = picture.view;
      own.push_back({view.focal, view.focal, view.cx, view.cy, picture.T_world_camera});
    }
  }
  Result<Reprojection> reprojection = Reproject(own, scope, *read);
  if (reprojection && !(reprojection->worst_px <= kExportTolerancePx)) {
    return Fail(ErrorKind::kInternal,
                fmt::format("points seen through the exported files lie {:.3g} px from where they "
                            "belong",
                            reprojection->worst_px),
                {}, "please report this");
  }
  return reprojection;
}

Status WriteFolder(const Exported& exported, Json manifest, const fs::path& folder,
                   const fs::path& out, const std::function<bool()>& cancelled) {
  std::vector<std::string> names;
  for (const ExportedFile& file : exported.files) names.push_back(file.name);
  std::sort(names.begin(), names.end());
  manifest["files"] = names;
  manifest["notes"] = exported.notes;
  if (Status apart = StagedFolder::CheckInputs(out, {folder}); !apart) return apart;
  const auto stop = [&cancelled] { return cancelled && cancelled(); };
  const auto interrupted = [&out] {
    return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written", out.string());
  };
  if (stop()) return interrupted();
  Result<StagedFolder> staged = StagedFolder::Create(out, WhyKept);
  if (!staged) return tl::unexpected(staged.error());
  for (const ExportedFile& file : exported.files) {
    if (stop()) return interrupted();
    Status written;
    if (file.copy_of.empty()) {
      written = staged->Write(file.name, file.bytes);
    } else {
      const Result<std::string> bytes = ReadBytes(folder / file.copy_of);
      if (!bytes) return tl::unexpected(bytes.error());
      written = staged->Write(file.name, *bytes);
    }
    if (!written) return written;
  }
  if (Status written = staged->Write(kManifest, Dump(manifest, 2) + '\n'); !written) return written;
  if (stop()) return interrupted();
  return staged->Commit();
}

}  // namespace

Result<ExportSummary> ExportSession(const Session& session, const fs::path& folder,
                                    const fs::path& out, const ExportOptions& options,
                                    const Mesh& mesh, const std::function<bool()>& cancelled) {
  const Result<const ExportFormat*> found = FormatNamed(options.format);
  if (!found) return tl::unexpected(found.error());
  const ExportFormat& format = **found;
  if (Status possible = Check(format, session, options); !possible)
    return tl::unexpected(possible.error());
  if (Status free = CheckTarget(format, folder, out); !free) return tl::unexpected(free.error());

  ExportSummary summary;
  const Session prepared = Prepared(session, format, options, summary.notes);
  Json manifest = Manifest(format, options, session, prepared);
  if (!summary.notes.empty()) manifest["notes"] = summary.notes;
  const Mesh prepared_mesh = Prepared(mesh, session, options);
  ExportScope scope{prepared,
                    {},
                    options.images,
                    out.filename().string(),
                    options.mesh ? &prepared_mesh : nullptr,
                    Remark(manifest)};
  if (format.has_pictures) {
    auto pictures = PosedPictures(prepared);
    if (!pictures) return tl::unexpected(pictures.error());
    scope.pictures = *std::move(pictures);
  }
  Result<Exported> exported = format.write(scope);
  if (!exported) return tl::unexpected(exported.error());
  const Result<Reprojection> check = SelfCheck(format, *exported, scope);
  if (!check) return tl::unexpected(check.error());

  if (format.has_pictures && !options.images && options.privacy == Privacy::kFull)
    summary.notes.emplace_back("without pictures and depth maps: --images hands them on");
  exported->notes.insert(exported->notes.begin(), summary.notes.begin(), summary.notes.end());
  const Status written = format.is_one_file
                             ? WriteWholeFile(out, exported->files.front().bytes)
                             : WriteFolder(*exported, manifest, folder, out, cancelled);
  if (!written) return tl::unexpected(written.error());
  summary.files = static_cast<int64_t>(exported->files.size()) + (format.is_one_file ? 0 : 1);
  summary.poses = check->views;
  summary.points = static_cast<int64_t>(OwnPoints(scope).size());
  summary.triangles = static_cast<int64_t>(options.mesh ? prepared_mesh.triangles.size() : 0);
  summary.projections = check->projections;
  summary.worst_px = check->worst_px;
  summary.notes = exported->notes;
  return summary;
}

}  // namespace nightjar
