// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "spatial/export/formats.h"
#include "spatial/text_format.h"

namespace nightjar::formats {
namespace {

constexpr const char* kTransforms = "transforms.json";
constexpr const char* kPointFile = "points.ply";
constexpr double kHalfPixel = 0.5;  // the centre of the top-left pixel of its rays

// OpenGL's camera: x right, y up, looks along -z. Turned by half about x it is ours.
const Eigen::Quaterniond kOpenCvFromOpenGl(0, 1, 0, 0);

Json MatrixJson(const Se3& T_world_camera) {
  const Eigen::Matrix3d R = (T_world_camera.rotation * kOpenCvFromOpenGl).toRotationMatrix();
  Json rows = Json::array();
  for (int row = 0; row < 3; ++row)
    rows.push_back({R(row, 0), R(row, 1), R(row, 2), T_world_camera.translation[row]});
  rows.push_back({0.0, 0.0, 0.0, 1.0});
  return rows;
}

Json IntrinsicsJson(const PinholeView& view) {
  return {{"fl_x", view.focal},
          {"fl_y", view.focal},
          {"cx", view.cx + kHalfPixel},
          {"cy", view.cy + kHalfPixel},
          {"w", view.width},
          {"h", view.height},
          {"k1", 0.0},
          {"k2", 0.0},
          {"p1", 0.0},
          {"p2", 0.0}};
}

bool OfOneView(const std::vector<PosedPicture>& pictures) {
  const PinholeView& first = pictures.front().view;
  return std::all_of(pictures.begin(), pictures.end(), [&first](const PosedPicture& picture) {
    const PinholeView& v = picture.view;
    return v.width == first.width && v.height == first.height && v.focal == first.focal &&
           v.cx == first.cx && v.cy == first.cy;
  });
}

bool ReadLens(const Json& json, ReadBackView& view) {
  for (const char* key : {"fl_x", "fl_y", "cx", "cy"}) {
    if (!json.contains(key) || !json[key].is_number()) return false;
  }
  view.fx = json["fl_x"].get<double>();
  view.fy = json["fl_y"].get<double>();
  view.cx = json["cx"].get<double>() - kHalfPixel;
  view.cy = json["cy"].get<double>() - kHalfPixel;
  return true;
}

bool ReadPose(const Json& rows, Se3& T_world_camera) {
  if (!rows.is_array() || rows.size() != 4) return false;
  Eigen::Matrix3d R;
  for (int row = 0; row < 3; ++row) {
    const Json& line = rows[static_cast<size_t>(row)];
    if (!line.is_array() || line.size() != 4) return false;
    for (int column = 0; column < 3; ++column)
      R(row, column) = line[static_cast<size_t>(column)].get<double>();
    T_world_camera.translation[row] = line[3].get<double>();
  }
  // Back to our camera: y and z turn over.
  R.col(1) = -R.col(1);
  R.col(2) = -R.col(2);
  T_world_camera.rotation = Eigen::Quaterniond(R).normalized();
  return true;
}

}  // namespace

Result<Exported> WriteNerfstudio(const ExportScope& scope) {
  const std::vector<Landmark> points = PointsOf(scope.session);
  const bool one_view = OfOneView(scope.pictures);
  Json document = {{"camera_model", "OPENCV"}};
  if (one_view) document.update(IntrinsicsJson(scope.pictures.front().view));
  if (!points.empty()) document["ply_file_path"] = kPointFile;
  Json frames = Json::array();
  for (const PosedPicture& picture : scope.pictures) {
    Json frame = {{"file_path", "images/" + picture.Name() + ".jpg"},
                  {"transform_matrix", MatrixJson(picture.T_world_camera)}};
    if (!picture.depth.empty() && scope.images)
      frame["depth_file_path"] = "depth/" + picture.Name() + ".png";
    if (!one_view) frame.update(IntrinsicsJson(picture.view));
    frames.push_back(std::move(frame));
  }
  document["frames"] = std::move(frames);
  Exported exported;
  exported.files.push_back({kTransforms, Dump(document, 1) + '\n', {}});
  if (!points.empty()) exported.files.push_back({kPointFile, PlyBytes(points, {}), {}});
  HandOn(
      scope, "images", [](const PosedPicture& p) { return "images/" + p.Name() + ".jpg"; },
      exported);
  HandOn(
      scope, "depth", [](const PosedPicture& p) { return "depth/" + p.Name() + ".png"; }, exported);
  return exported;
}

Result<ReadBack> ReadNerfstudio(const Exported& exported, const ExportScope&) {
  const Json document =
      Json::parse(exported.Text(kTransforms), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("frames"))
    return Fail(ErrorKind::kInternal, "has no frames", kTransforms);
  ReadBack read;
  for (const Json& frame : document["frames"]) {
    ReadBackView view;
    if ((!ReadLens(frame, view) && !ReadLens(document, view)) ||
        !ReadPose(frame.value("transform_matrix", Json()), view.T_world_camera))
      return Fail(ErrorKind::kInternal, "a frame without a camera", kTransforms);
    read.views.push_back(view);
  }
  if (document.contains("ply_file_path")) {
    auto points = PlyPoints(exported.Text(kPointFile), kPointFile);
    if (!points) return tl::unexpected(points.error());
    read.points = *std::move(points);
  }
  return read;
}

}  // namespace nightjar::formats
