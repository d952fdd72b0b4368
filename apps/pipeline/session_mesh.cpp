// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/session_mesh.h"

#include <variant>

#include "data/png_image.h"

namespace nightjar {
namespace {

Result<Image<float>> ReadMetres(const std::filesystem::path& file, const PinholeView& view) {
  const auto read = ReadMonoPng(file, ImageSize{view.width, view.height});
  if (!read)
    return Fail(ErrorKind::kUnusableInput, read.error().detail, file.string(),
                "process the log again with --depth");
  const auto* millimetres = std::get_if<Image<uint16_t>>(&*read);
  if (millimetres == nullptr)
    return Fail(ErrorKind::kUnusableInput, "is no depth map of 16 bits", file.string(),
                "process the log again with --depth");
  Image<float> metres = FilledImage<float>(view.width, view.height, kUnknownDepth);
  metres.for_each_element([&](int x, int y) {
    const uint16_t value = (*millimetres)(x, y);
    if (value > 0) metres(x, y) = 0.001F * static_cast<float>(value);
  });
  return metres;
}

}  // namespace

Result<Mesh> MeshOfSession(const Session& session, const std::filesystem::path& folder,
                           const SceneOptions& options) {
  if (session.depth.empty())
    return Fail(ErrorKind::kNoAnswer, "the session has no depth to make a mesh of", folder.string(),
                "process the log with --depth");
  SceneBuilder builder(session.rig, session.keyframes, options);
  for (const KeyframeDepth& names : session.depth) {
    auto depth = ReadMetres(folder / names.file, names.view);
    if (!depth) return tl::unexpected(depth.error());
    auto sigma = ReadMetres(folder / names.sigma_file, names.view);
    if (!sigma) return tl::unexpected(sigma.error());
    builder.AddDepth({names.time, names.camera, names.view, *std::move(depth), *std::move(sigma)});
  }
  return ExtractMesh(builder.voxels());
}

}  // namespace nightjar
