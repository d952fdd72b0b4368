// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/export_folder.h"

#include <utility>

#include "apps/pipeline/session_mesh.h"
#include "spatial/aria_reader.h"
#include "spatial/session_reader.h"

namespace nightjar {

Result<Session> OpenSession(const std::filesystem::path& folder) {
  return IsAriaFolder(folder) ? ReadAriaFolder(folder) : ReadSession(folder);
}

Result<ExportSummary> ExportFolder(const std::filesystem::path& folder,
                                   const std::filesystem::path& out, const ExportOptions& options,
                                   const std::function<bool()>& cancelled) {
  const Result<Session> session = OpenSession(folder);
  if (!session) return tl::unexpected(session.error());
  Mesh mesh;
  if (options.mesh) {
    Result<Mesh> made = MeshOfSession(*session, folder);
    if (!made) return tl::unexpected(made.error());
    mesh = *std::move(made);
  }
  return ExportSession(*session, folder, out, options, mesh, cancelled);
}

}  // namespace nightjar
