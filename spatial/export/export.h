// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "spatial/geometry/mesh.h"
#include "spatial/privacy.h"
#include "spatial/session.h"

namespace nightjar {

struct ExportOptions {
  std::string format;  // a name of ExportFormatNames()
  /// In the aligned frame of the scene, x and y along the walls and the floor at z = 0, and not in
  /// the world's.
  bool aligned = false;
  Privacy privacy = Privacy::kFull;
  /// Whether pictures and depth maps are handed on, or only where they were taken.
  bool images = false;
  /// ply: the surface as triangles and not the points; ExportSession() is given it.
  bool mesh = false;
};

struct ExportSummary {
  int64_t files = 0;
  int64_t poses = 0;
  int64_t points = 0;  // or vertices
  int64_t triangles = 0;
  int64_t projections = 0;  // of the self-check
  double worst_px = 0;      // that two of them lay apart
  std::vector<std::string> notes;
};

/// "tum", "euroc", …
std::vector<std::string> ExportFormatNames();

/// An export whose points lie further apart than this, seen through the files and by our own
/// projection, is a failure (kInternal) and is not written.
inline constexpr double kExportTolerancePx = 0.01;

/// Writes a session in another tool's format (docs/formats/export.md), whole or not at all: a file
/// (tum, ply) or a folder, which may replace an earlier export that nobody added to. Of several
/// maps only the one with most keyframes is exported, but for aria-mps, which keeps them apart.
///
/// `folder`: that of the session, where pictures are. `mesh`: where options ask for it, in the
/// session's world. What is written is read back and our points
/// are projected through it. `cancelled` (may be empty) is asked before anything is on the disk,
/// before each file of a folder and before it is put in its place: true leaves everything as it was
/// (kTryAgain). Errors: kUsage for an unknown format or contradicting options,
/// kNoAnswer for what the session does not hold (no keyframes, no pictures, no aligned frame).
Result<ExportSummary> ExportSession(const Session& session, const std::filesystem::path& folder,
                                    const std::filesystem::path& out, const ExportOptions& options,
                                    const Mesh& mesh = {},
                                    const std::function<bool()>& cancelled = {});

}  // namespace nightjar
