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
#include "spatial/export/formats.h"
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
  const Json manifest = Json::parse(text, nullptr, /*allow_exceptions=*/false);
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
  Result<StagedFolder> staged = StagedFolder::Create(out, WhyKept);
  if (!staged) return tl::unexpected(staged.error());
  for (const ExportedFile& file : exported.files) {
    if (cancelled && cancelled())
      return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written", out.string());
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
  return staged->Commit();
}

}  // namespace

const std::vector<ExportFormat>& ExportFormats() {
  using namespace formats;  // NOLINT: the table is of nothing else
  static const std::vector<ExportFormat> kFormats = {
      {"tum", true, false, false, true, WriteTum, ReadTum, OwnBodies,
       "t[s] tx ty tz qx qy qz qw: body to world"},
      {"euroc", false, true, true, true, WriteEuroc, ReadEuroc, OwnEuroc,
       "T_BS: sensor to body; states: body to world, quaternion w x y z; pixel (0, 0) is the "
       "centre "
       "of the top-left pixel"},
      {"aria-mps", false, false, false, false, WriteAriaMps, ReadAriaMps, OwnAriaMps,
       "device (our body) to world, quaternion x y z w; in online_calibration w first"},
      {"colmap", false, true, true, true, WriteColmap, ReadColmap, nullptr,
       "world to camera, quaternion w x y z; camera x right, y down, z forward; the centre of the "
       "top-left pixel is (0.5, 0.5)"},
      {"nerfstudio", false, true, true, true, WriteNerfstudio, ReadNerfstudio, nullptr,
       "camera to world; camera x right, y up, looks along -z; the centre of the top-left pixel is "
       "(0.5, 0.5); depth: PNG of 16 bits in mm, 0 unknown"},
      {"scannet", false, true, true, true, WriteScannet, ReadScannet, nullptr,
       "camera to world; camera x right, y down, z forward; pixel (0, 0) is the centre of the "
       "top-left pixel; depth: PNG of 16 bits in mm, 0 unknown; axisAlignment: world to aligned"},
      {"ply", true, false, true, true, WritePly, ReadPly, OwnPly,
       "points in the world; inv_dist_std 1/m and dist_std m along the ray that saw them first"},
  };
  return kFormats;
}

std::vector<std::string> ExportFormatNames() {
  std::vector<std::string> names;
  for (const ExportFormat& format : ExportFormats()) names.emplace_back(format.name);
  return names;
}

Result<ExportSummary> ExportSession(const Session& session, const fs::path& folder,
                                    const fs::path& out, const ExportOptions& options,
                                    const std::function<bool()>& cancelled) {
  const Result<const ExportFormat*> found = FormatNamed(options.format);
  if (!found) return tl::unexpected(found.error());
  const ExportFormat& format = **found;
  if (Status possible = Check(format, session, options); !possible)
    return tl::unexpected(possible.error());

  ExportSummary summary;
  const Session prepared = Prepared(session, format, options, summary.notes);
  const Json manifest = Manifest(format, options, session, prepared);
  ExportScope scope{prepared, {}, options.images, out.filename().string(), Remark(manifest)};
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
  summary.points = static_cast<int64_t>(PointsOf(prepared).size());
  summary.projections = check->projections;
  summary.worst_px = check->worst_px;
  summary.notes = exported->notes;
  return summary;
}

}  // namespace nightjar
