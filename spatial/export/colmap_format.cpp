// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

#include "spatial/export/formats.h"

namespace nightjar::formats {
namespace {

constexpr const char* kCameras = "sparse/0/cameras.txt";
constexpr const char* kImages = "sparse/0/images.txt";
constexpr const char* kPoints = "sparse/0/points3D.txt";
constexpr double kHalfPixel = 0.5;  // COLMAP's centre of the top-left pixel

using ViewKey = std::tuple<int, int, double, double, double>;

ViewKey KeyOf(const PinholeView& view) {
  return {view.width, view.height, view.focal, view.cx, view.cy};
}

std::string CamerasText(const std::map<ViewKey, int>& ids, const ExportScope& scope) {
  std::string text =
      "# Camera list with one line of data per camera:\n"
      "#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n";
  text += fmt::format("# Number of cameras: {}\n", ids.size());
  int next = 1;
  for (const PosedPicture& picture : scope.pictures) {
    const PinholeView& view = picture.view;
    if (ids.at(KeyOf(view)) != next) continue;
    text += fmt::format("{} PINHOLE {} {} {} {} {} {}\n", next++, view.width, view.height,
                        Number(view.focal), Number(view.focal), Number(view.cx + kHalfPixel),
                        Number(view.cy + kHalfPixel));
  }
  return text;
}

std::string ImageLine(size_t id, int camera, const PosedPicture& picture) {
  const Se3 T_camera_world = picture.T_world_camera.Inverse();
  Eigen::Quaterniond q = T_camera_world.rotation;
  if (q.w() < 0) q.coeffs() = -q.coeffs();
  std::string line = std::to_string(id);
  for (const double value : {q.w(), q.x(), q.y(), q.z()}) line += ' ' + Number(value, 12);
  for (const double value : T_camera_world.translation) line += ' ' + Number(value);
  // The second line is the picture's points, of which a session does not keep the pixels.
  return line + fmt::format(" {} {}.jpg\n\n", camera, picture.Name());
}

std::string PointsText(const std::vector<Landmark>& points) {
  std::string text =
      "# 3D point list with one line of data per point:\n"
      "#   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)\n";
  text += fmt::format("# Number of points: {}, mean track length: 0\n", points.size());
  for (size_t k = 0; k < points.size(); ++k) {
    const Eigen::Vector3d& p = points[k].position_world;
    text += fmt::format("{} {} {} {} 128 128 128 -1\n", k + 1, Number(p.x()), Number(p.y()),
                        Number(p.z()));
  }
  return text;
}

// Fields of a line, as many as there must be at least.
Result<std::vector<double>> Fields(std::string_view line, size_t skip_word, size_t least,
                                   const char* where) {
  std::string numbers;
  size_t word = 0;
  while (!line.empty()) {
    const size_t end = line.find(' ');
    if (word++ != skip_word) numbers += std::string(line.substr(0, end)) + ' ';
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  auto fields = NumbersOf(numbers, where);
  if (fields && fields->size() < least) return Fail(ErrorKind::kInternal, "a short line", where);
  return fields;
}

Result<std::map<int, ReadBackView>> ReadCameras(std::string_view text) {
  std::map<int, ReadBackView> cameras;
  for (const std::string_view line : LinesOf(text)) {
    if (line.empty() || line.front() == '#') continue;
    const auto n = Fields(line, 1, 7, kCameras);
    if (!n) return tl::unexpected(n.error());
    cameras[static_cast<int>((*n)[0])] = {
        (*n)[3], (*n)[4], (*n)[5] - kHalfPixel, (*n)[6] - kHalfPixel, {}};
  }
  return cameras;
}

}  // namespace

Result<Exported> WriteColmap(const ExportScope& scope) {
  std::map<ViewKey, int> ids;
  for (const PosedPicture& picture : scope.pictures)
    ids.emplace(KeyOf(picture.view), static_cast<int>(ids.size()) + 1);
  std::string images =
      "# Image list with two lines of data per image:\n"
      "#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n"
      "#   POINTS2D[] as (X, Y, POINT3D_ID)\n";
  images += fmt::format("# Number of images: {}, mean observations per image: 0\n",
                        scope.pictures.size());
  for (size_t k = 0; k < scope.pictures.size(); ++k)
    images += ImageLine(k + 1, ids.at(KeyOf(scope.pictures[k].view)), scope.pictures[k]);
  Exported exported;
  exported.files = {{kCameras, CamerasText(ids, scope), {}},
                    {kImages, images, {}},
                    {kPoints, PointsText(PointsOf(scope.session)), {}}};
  HandOn(
      scope, "images", [](const PosedPicture& p) { return "images/" + p.Name() + ".jpg"; },
      exported);
  exported.notes.emplace_back("points have no colour (128 128 128) and no tracks");
  return exported;
}

Result<ReadBack> ReadColmap(const Exported& exported, const ExportScope&) {
  const auto cameras = ReadCameras(exported.Text(kCameras));
  if (!cameras) return tl::unexpected(cameras.error());
  ReadBack read;
  bool is_points = false;  // every other line
  for (const std::string_view line : LinesOf(exported.Text(kImages))) {
    if (!line.empty() && line.front() == '#') continue;
    if (std::exchange(is_points, !is_points)) continue;
    const auto n = Fields(line, 9, 9, kImages);
    if (!n) return tl::unexpected(n.error());
    const std::vector<double>& v = *n;
    const auto camera = cameras->find(static_cast<int>(v[8]));
    if (camera == cameras->end()) return Fail(ErrorKind::kInternal, "unknown camera", kImages);
    ReadBackView view = camera->second;
    const Se3 T_camera_world{Eigen::Quaterniond(v[1], v[2], v[3], v[4]).normalized(),
                             {v[5], v[6], v[7]}};
    view.T_world_camera = T_camera_world.Inverse();
    read.views.push_back(view);
  }
  for (const std::string_view line : LinesOf(exported.Text(kPoints))) {
    if (line.empty() || line.front() == '#') continue;
    const auto n = NumbersOf(line, kPoints);
    if (!n) return tl::unexpected(n.error());
    if (n->size() < 8) return Fail(ErrorKind::kInternal, "a short line", kPoints);
    read.points.emplace_back((*n)[1], (*n)[2], (*n)[3]);
  }
  return read;
}

}  // namespace nightjar::formats
