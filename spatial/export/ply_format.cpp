// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <system_error>

#include "spatial/export/formats.h"

namespace nightjar::formats {
namespace {

static_assert(std::endian::native == std::endian::little, "written as it lies in memory");

constexpr const char* kFile = "points.ply";
// x y z as double: a float of a place 100 m away is a hundredth of a pixel off up close.
constexpr size_t kVertexBytes = 3 * sizeof(double) + 2 * sizeof(float);
constexpr std::string_view kEnd = "end_header\n";
constexpr std::string_view kCount = "element vertex ";

// The header's lines that a remark makes.
std::string Comments(const std::string& remark) {
  std::string text;
  for (const std::string_view line : LinesOf(remark)) text += fmt::format("comment {}\n", line);
  return text;
}

std::string MeshBytes(const Mesh& mesh, const std::string& remark) {
  std::string bytes = MeshPly(mesh);
  const std::string_view format = "format binary_little_endian 1.0\n";
  return bytes.insert(bytes.find(format) + format.size(), Comments(remark));
}

// Vertices of three numbers of type T and what follows them.
template <typename T>
Result<std::vector<Eigen::Vector3d>> Vertices(std::string_view bytes, size_t vertex_bytes,
                                              const std::string& where) {
  const size_t count_at = bytes.find(kCount);
  const size_t end = bytes.find(kEnd);
  size_t count = 0;
  if (count_at == std::string_view::npos || end == std::string_view::npos ||
      std::from_chars(bytes.data() + count_at + kCount.size(), bytes.data() + end, count).ec !=
          std::errc() ||
      bytes.size() - end - kEnd.size() < count * vertex_bytes)
    return Fail(ErrorKind::kInternal, "is no PLY of points", where, "please report this");
  std::vector<Eigen::Vector3d> points;
  points.reserve(count);
  for (const char* at = bytes.data() + end + kEnd.size(); points.size() < count;
       at += vertex_bytes) {
    T vertex[3];
    std::memcpy(vertex, at, sizeof vertex);
    points.emplace_back(vertex[0], vertex[1], vertex[2]);
  }
  return points;
}

}  // namespace

std::string PlyBytes(const std::vector<Landmark>& points, const std::string& remark) {
  std::string bytes = "ply\nformat binary_little_endian 1.0\n";
  bytes += Comments(remark);
  bytes += fmt::format("{}{}\n", kCount, points.size());
  for (const char* name : {"x", "y", "z"}) bytes += fmt::format("property double {}\n", name);
  for (const char* name : {"inv_dist_std", "dist_std"})
    bytes += fmt::format("property float {}\n", name);
  bytes += kEnd;
  for (const Landmark& point : points) {
    const Eigen::Vector3d& p = point.position_world;
    const float sigmas[] = {static_cast<float>(point.inverse_distance_sigma),
                            static_cast<float>(point.distance_sigma)};
    bytes.append(reinterpret_cast<const char*>(p.data()), 3 * sizeof(double));
    bytes.append(reinterpret_cast<const char*>(sigmas), sizeof sigmas);
  }
  return bytes;
}

Result<std::vector<Eigen::Vector3d>> PlyPoints(std::string_view bytes, const std::string& where) {
  return Vertices<double>(bytes, kVertexBytes, where);
}

Result<Exported> WritePly(const ExportScope& scope) {
  if (scope.mesh != nullptr) {
    if (scope.mesh->triangles.empty())
      return Fail(ErrorKind::kNoAnswer, "the depth maps make no surface");
    return Exported{{{kFile, MeshBytes(*scope.mesh, scope.remark), {}}}, {}};
  }
  const std::vector<Landmark> points = PointsOf(scope.session);
  if (points.empty()) {
    return Fail(ErrorKind::kNoAnswer, "the session has no points to export", {},
                scope.session.privacy.removed.empty() ? "process the log with --profile offline"
                                                      : "they were removed for privacy");
  }
  return Exported{{{kFile, PlyBytes(points, scope.remark), {}}}, {}};
}

Result<ReadBack> ReadPly(const Exported& exported, const ExportScope& scope) {
  const std::string& bytes = exported.Text(kFile);
  auto points = scope.mesh != nullptr ? Vertices<float>(bytes, 3 * sizeof(float), kFile)
                                      : PlyPoints(bytes, kFile);
  if (!points) return tl::unexpected(points.error());
  return ReadBack{OwnPly(scope), *std::move(points)};
}

// The file has points and no poses: they are seen from where the keyframes' bodies were.
std::vector<ReadBackView> OwnPly(const ExportScope& scope) {
  std::vector<ReadBackView> views;
  for (const Keyframe& keyframe : scope.session.keyframes)
    views.push_back(BodyView(keyframe.state.T_world_body));
  return views;
}

}  // namespace nightjar::formats
