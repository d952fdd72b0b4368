// SPDX-License-Identifier: Apache-2.0
#include "spatial/export/exported.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "core/check.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

// Points in front of a camera, for exports that have none: near, far and to the sides.
std::vector<Eigen::Vector3d> PointsBefore(const Se3& T_world_camera) {
  std::vector<Eigen::Vector3d> points;
  for (const double z : {0.5, 2.0, 8.0}) {
    for (const double x : {-0.4, 0.0, 0.3}) {
      for (const double y : {-0.3, 0.2})
        points.push_back(T_world_camera * Eigen::Vector3d(x * z, y * z, z));
    }
  }
  return points;
}

std::optional<Eigen::Vector2d> Pixel(const ReadBackView& view, const Eigen::Vector3d& point_world) {
  const Eigen::Vector3d p = view.T_world_camera.Inverse() * point_world;
  if (!(p.z() > 0)) return std::nullopt;
  return Eigen::Vector2d(view.fx * p.x() / p.z() + view.cx, view.fy * p.y() / p.z() + view.cy);
}

// Where one point lies in one view, by our numbers and by those that were read.
void Compare(const ReadBackView& own, const Eigen::Vector3d& own_point, const ReadBackView& read,
             const Eigen::Vector3d& read_point, Reprojection& result) {
  constexpr double kNearest = 0.3;      // m: nearer, the last digit of a position is a pixel
  constexpr double kFarthestPx = 5000;  // aside, a pixel is next to no angle
  if (!((own.T_world_camera.Inverse() * own_point).z() > kNearest)) return;
  const auto expected = Pixel(own, own_point);
  if (!expected || expected->cwiseAbs().maxCoeff() > kFarthestPx) return;
  const auto found = Pixel(read, read_point);
  ++result.projections;
  const double apart = found ? (*found - *expected).norm() : INFINITY;
  result.worst_px = std::max(result.worst_px, std::isfinite(apart) ? apart : INFINITY);
}

}  // namespace

const std::string& Exported::Text(const std::string& name) const {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const ExportedFile& file) { return file.name == name; });
  NIGHTJAR_CHECK(found != files.end(), "an exporter reads back only what it wrote");
  return found->bytes;
}

std::vector<Eigen::Vector3d> OwnPoints(const ExportScope& scope) {
  std::vector<Eigen::Vector3d> points;
  if (scope.mesh != nullptr) {
    for (const Eigen::Vector3f& vertex : scope.mesh->vertices_world)
      points.emplace_back(vertex.cast<double>());
    return points;
  }
  for (const Landmark& point : PointsOf(scope.session)) points.push_back(point.position_world);
  return points;
}

std::vector<const TrajectoryRow*> UsableRows(const Session& session) {
  std::vector<const TrajectoryRow*> rows;
  for (const TrajectoryRow& row :
       session.closed_loop.empty() ? session.open_loop : session.closed_loop) {
    if (QualityScore(row.status) >= 0.5) rows.push_back(&row);
  }
  return rows;
}

ReadBackView BodyView(const Se3& T_world_body) {
  return {kReferenceView.focal, kReferenceView.focal, kReferenceView.cx, kReferenceView.cy,
          T_world_body};
}

std::vector<ReadBackView> OwnBodies(const ExportScope& scope) {
  std::vector<ReadBackView> views;
  for (const TrajectoryRow* row : UsableRows(scope.session))
    views.push_back(BodyView(row->state.T_world_body));
  return views;
}

Result<Reprojection> Reproject(const std::vector<ReadBackView>& own, const ExportScope& scope,
                               const ReadBack& read) {
  const std::vector<Eigen::Vector3d> points = OwnPoints(scope);
  const bool with_points = !read.points.empty();
  if (own.size() != read.views.size() || (with_points && points.size() != read.points.size())) {
    return Fail(ErrorKind::kInternal, "the exported files hold another number of poses or points",
                {}, "please report this");
  }
  Reprojection result;
  result.views = static_cast<int64_t>(own.size());
  // Enough of the points that every view is seen by some, few enough to take no time.
  constexpr size_t kPairs = 2'000'000;
  const size_t step = std::max<size_t>(1, points.size() * std::max<size_t>(own.size(), 1) / kPairs);
  for (size_t v = 0; v < own.size(); ++v) {
    for (const Eigen::Vector3d& point : PointsBefore(own[v].T_world_camera))
      Compare(own[v], point, read.views[v], point, result);
    for (size_t k = v % step; k < points.size(); k += step) {
      Compare(own[v], points[k], read.views[v], with_points ? read.points[k] : points[k], result);
    }
  }
  return result;
}

std::string Number(double value, int decimals) { return Fixed(value, decimals); }

std::string QuaternionXyzw(const Eigen::Quaterniond& rotation, char separator) {
  const Eigen::Quaterniond q = Canonical(rotation);
  std::string text;
  for (const double value : {q.x(), q.y(), q.z(), q.w()}) {
    if (!text.empty()) text += separator;
    text += Number(value, 12);
  }
  return text;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Result<std::vector<double>> NumbersOf(std::string_view line, const std::string& where) {
  std::vector<double> numbers;
  constexpr std::string_view kBetween = " ,\t";
  while (true) {
    const size_t begin = line.find_first_not_of(kBetween);
    if (begin == std::string_view::npos) return numbers;
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(kBetween));
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) {
      return Fail(ErrorKind::kInternal, "holds '" + std::string(word) + "' where a number belongs",
                  where, "please report this");
    }
    numbers.push_back(value);
    line.remove_prefix(word.size());
  }
}

}  // namespace nightjar
