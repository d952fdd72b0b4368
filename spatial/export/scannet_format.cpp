// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "spatial/export/formats.h"
#include "spatial/moved_map.h"

namespace nightjar::formats {
namespace {

std::string MatrixText(const Eigen::Matrix4d& M) {
  std::string text;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column)
      text += Number(M(row, column), 12) + (column == 3 ? '\n' : ' ');
  }
  return text;
}

Eigen::Matrix4d MatrixOf(const Se3& T) {
  Eigen::Matrix4d M = Eigen::Matrix4d::Identity();
  M.topLeftCorner<3, 3>() = T.RotationMatrix();
  M.topRightCorner<3, 1>() = T.translation;
  return M;
}

// The top-left pixel's centre is (0, 0), as in ScanNet's own tools.
Eigen::Matrix4d IntrinsicMatrix(const PinholeView& view) {
  Eigen::Matrix4d K = Eigen::Matrix4d::Identity();
  K(0, 0) = K(1, 1) = view.focal;
  K(0, 2) = view.cx;
  K(1, 2) = view.cy;
  return K;
}

std::string SceneText(const ExportScope& scope, const PinholeView& view) {
  std::string text;
  if (scope.session.scene.aligned) {
    const Eigen::Matrix4d M = MatrixOf(AlignedFromWorld(*scope.session.scene.aligned));
    text += "axisAlignment =";
    for (int k = 0; k < 16; ++k) text += ' ' + Number(M(k / 4, k % 4), 6);
    text += '\n';
  }
  for (const char* kind : {"color", "depth"}) {
    text += fmt::format(
        "{0}Height = {1}\n{0}Width = {2}\nfx_{0} = {3}\nfy_{0} = {3}\nmx_{0} = {4}\nmy_{0} = {5}\n",
        kind, view.height, view.width, Number(view.focal), Number(view.cx), Number(view.cy));
  }
  const size_t with_depth = static_cast<size_t>(
      std::count_if(scope.pictures.begin(), scope.pictures.end(),
                    [](const PosedPicture& picture) { return !picture.depth.empty(); }));
  return text + fmt::format("numColorFrames = {}\nnumDepthFrames = {}\n", scope.pictures.size(),
                            with_depth);
}

Status CheckOneView(const std::vector<PosedPicture>& pictures) {
  const PinholeView& first = pictures.front().view;
  for (const PosedPicture& picture : pictures) {
    const PinholeView& view = picture.view;
    if (view.width != first.width || view.height != first.height || view.focal != first.focal ||
        view.cx != first.cx || view.cy != first.cy) {
      return Fail(ErrorKind::kNoAnswer, "pictures of several geometries, of which scannet has one",
                  {}, "use nerfstudio or colmap");
    }
  }
  return {};
}

Result<Eigen::Matrix4d> ReadMatrix(const Exported& exported, const std::string& name) {
  std::string text = exported.Text(name);
  std::replace(text.begin(), text.end(), '\n', ' ');
  const auto n = NumbersOf(text, name);
  if (!n) return tl::unexpected(n.error());
  if (n->size() != 16) return Fail(ErrorKind::kInternal, "is no matrix", name);
  Eigen::Matrix4d M;
  for (int k = 0; k < 16; ++k) M(k / 4, k % 4) = (*n)[static_cast<size_t>(k)];
  return M;
}

}  // namespace

Result<Exported> WriteScannet(const ExportScope& scope) {
  if (Status one = CheckOneView(scope.pictures); !one) return tl::unexpected(one.error());
  const PinholeView& view = scope.pictures.front().view;
  const std::string identity = MatrixText(Eigen::Matrix4d::Identity());
  const std::string intrinsic = MatrixText(IntrinsicMatrix(view));
  Exported exported;
  exported.files = {{scope.name + ".txt", SceneText(scope, view), {}},
                    {"intrinsic/intrinsic_color.txt", intrinsic, {}},
                    {"intrinsic/intrinsic_depth.txt", intrinsic, {}},
                    {"intrinsic/extrinsic_color.txt", identity, {}},
                    {"intrinsic/extrinsic_depth.txt", identity, {}}};
  std::string times = "# frame t_ns\n";
  for (size_t k = 0; k < scope.pictures.size(); ++k) {
    const PosedPicture& picture = scope.pictures[k];
    exported.files.push_back(
        {fmt::format("pose/{}.txt", k), MatrixText(MatrixOf(picture.T_world_camera)), {}});
    times += fmt::format("{} {}\n", k, picture.Name());
    if (!scope.images) continue;
    if (!picture.image.empty())
      exported.files.push_back({fmt::format("color/{}.jpg", k), {}, picture.image});
    if (!picture.depth.empty())
      exported.files.push_back({fmt::format("depth/{}.png", k), {}, picture.depth});
  }
  exported.files.push_back({"times.txt", times, {}});
  if (!scope.session.scene.aligned)
    exported.notes.emplace_back("no axisAlignment: the session knows no aligned frame");
  const bool any_depth = std::any_of(scope.pictures.begin(), scope.pictures.end(),
                                     [](const PosedPicture& p) { return !p.depth.empty(); });
  if (!any_depth) exported.notes.emplace_back("the session has no depth maps (process --depth)");
  return exported;
}

Result<ReadBack> ReadScannet(const Exported& exported, const ExportScope& scope) {
  const auto K = ReadMatrix(exported, "intrinsic/intrinsic_color.txt");
  if (!K) return tl::unexpected(K.error());
  ReadBack read;
  for (size_t k = 0; k < scope.pictures.size(); ++k) {
    const auto M = ReadMatrix(exported, fmt::format("pose/{}.txt", k));
    if (!M) return tl::unexpected(M.error());
    const Eigen::Matrix3d R = M->topLeftCorner<3, 3>();
    read.views.push_back({(*K)(0, 0),
                          (*K)(1, 1),
                          (*K)(0, 2),
                          (*K)(1, 2),
                          {Eigen::Quaterniond(R).normalized(), M->topRightCorner<3, 1>()}});
  }
  return read;
}

}  // namespace nightjar::formats
