// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "spatial/export/formats.h"

namespace nightjar::formats {
namespace {

constexpr const char* kCamera = "mav0/cam0/sensor.yaml";
constexpr const char* kStates = "mav0/state_groundtruth_estimate0/data.csv";
constexpr const char* kStateHeader =
    "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], q_RS_z "
    "[], v_RS_R_x [m s^-1], v_RS_R_y [m s^-1], v_RS_R_z [m s^-1], b_w_RS_S_x [rad s^-1], "
    "b_w_RS_S_y [rad s^-1], b_w_RS_S_z [rad s^-1], b_a_RS_S_x [m s^-2], b_a_RS_S_y [m s^-2], "
    "b_a_RS_S_z [m s^-2]\n";

std::string MatrixYaml(const char* key, const Se3& T) {
  Eigen::Matrix4d M = Eigen::Matrix4d::Identity();
  M.topLeftCorner<3, 3>() = T.RotationMatrix();
  M.topRightCorner<3, 1>() = T.translation;
  std::string text = fmt::format("{}:\n  cols: 4\n  rows: 4\n  data: [", key);
  for (int k = 0; k < 16; ++k) {
    text += Number(M(k / 4, k % 4), 12);
    text += k == 15 ? "]\n" : k % 4 == 3 ? ",\n         " : ", ";
  }
  return text;
}

std::string CameraYaml(const ExportScope& scope) {
  const PosedPicture& first = scope.pictures.front();
  const RigCamera& camera = scope.session.rig.cameras[static_cast<size_t>(first.camera)];
  const PinholeView& view = first.view;
  return fmt::format(
             "# {}\n"
             "sensor_type: camera\ncomment: {}, without its lens\n",
             "Pictures of keyframes: not evenly spaced in time.", camera.name) +
         MatrixYaml("T_BS", camera.T_body_camera) +
         fmt::format(
             "rate_hz: {}\nresolution: [{}, {}]\ncamera_model: pinhole\n"
             "intrinsics: [{}, {}, {}, {}] # fu, fv, cu, cv\n"
             "distortion_model: radial-tangential\ndistortion_coefficients: [0.0, 0.0, 0.0, "
             "0.0]\n",
             camera.rate_hz > 0 ? Number(camera.rate_hz, 3) : "20.0", view.width, view.height,
             Number(view.focal), Number(view.focal), Number(view.cx), Number(view.cy));
}

// Biases of the keyframe at or before a time, else of the first: rows that were read from a session
// have none of their own.
NavigationState WithBiases(NavigationState state, const std::vector<Keyframe>& keyframes) {
  if (keyframes.empty()) return state;
  const auto after = std::upper_bound(
      keyframes.begin(), keyframes.end(), state.time,
      [](SensorTime time, const Keyframe& keyframe) { return time < keyframe.state.time; });
  const Keyframe& held = after == keyframes.begin() ? *after : *std::prev(after);
  state.gyro_bias = held.state.gyro_bias;
  state.accelerometer_bias = held.state.accelerometer_bias;
  return state;
}

std::string StateRow(const NavigationState& state) {
  const Se3& T = state.T_world_body;
  std::string row = std::to_string(ToNanoseconds(state.time));
  const auto add = [&row](const Eigen::Vector3d& v) {
    for (const double value : v) row += ',' + Number(value);
  };
  add(T.translation);
  const double sign = T.rotation.w() < 0 ? -1 : 1;
  for (const double value : {T.rotation.w(), T.rotation.x(), T.rotation.y(), T.rotation.z()})
    row += ',' + Number(sign * value, 12);
  add(state.velocity_world);
  add(state.gyro_bias);
  add(state.accelerometer_bias);
  return row + '\n';
}

// The list of numbers behind `key` in one of the files above.
Result<std::vector<double>> ListOf(std::string_view yaml, const std::string& key) {
  const size_t at = yaml.find(key);
  const size_t begin = at == std::string_view::npos ? at : yaml.find('[', at);
  const size_t end = begin == std::string_view::npos ? begin : yaml.find(']', begin);
  if (end == std::string_view::npos)
    return Fail(ErrorKind::kInternal, "has no list " + key, kCamera);
  std::string list(yaml.substr(begin + 1, end - begin - 1));
  std::replace(list.begin(), list.end(), '\n', ' ');
  return NumbersOf(list, kCamera);
}

Result<ReadBackView> ReadCamera(std::string_view yaml) {
  const auto T = ListOf(yaml, "T_BS:");
  if (!T) return tl::unexpected(T.error());
  const auto lens = ListOf(yaml, "intrinsics:");
  if (!lens) return tl::unexpected(lens.error());
  if (T->size() != 16 || lens->size() != 4)
    return Fail(ErrorKind::kInternal, "lists of a wrong length", kCamera);
  Eigen::Matrix3d R;
  Eigen::Vector3d p;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column)
      R(row, column) = (*T)[static_cast<size_t>(4 * row + column)];
    p[row] = (*T)[static_cast<size_t>(4 * row + 3)];
  }
  return ReadBackView{
      (*lens)[0], (*lens)[1], (*lens)[2], (*lens)[3], {Eigen::Quaterniond(R).normalized(), p}};
}

}  // namespace

Result<Exported> WriteEuroc(const ExportScope& scope) {
  Exported exported;
  std::string pictures = "#timestamp [ns],filename\n";
  for (const PosedPicture& picture : scope.pictures)
    pictures += picture.Name() + ',' + picture.Name() + ".jpg\n";
  std::string states = kStateHeader;
  for (const TrajectoryRow* row : UsableRows(scope.session))
    states += StateRow(WithBiases(row->state, scope.session.keyframes));
  exported.files = {
      {kCamera, CameraYaml(scope), {}},
      {"mav0/cam0/data.csv", pictures, {}},
      {kStates, states, {}},
      {"mav0/state_groundtruth_estimate0/sensor.yaml",
       "sensor_type: visual-inertial\ncomment: estimated, not measured\n" + MatrixYaml("T_BS", {}),
       {}}};
  HandOn(
      scope, "images", [](const PosedPicture& p) { return "mav0/cam0/data/" + p.Name() + ".jpg"; },
      exported);
  exported.notes.emplace_back("a session holds no inertial samples: there is no imu0");
  return exported;
}

Result<ReadBack> ReadEuroc(const Exported& exported, const ExportScope&) {
  const auto camera = ReadCamera(exported.Text(kCamera));
  if (!camera) return tl::unexpected(camera.error());
  ReadBack read;
  for (const std::string_view line : LinesOf(exported.Text(kStates))) {
    if (line.empty() || line.front() == '#') continue;
    const auto n = NumbersOf(line, kStates);
    if (!n) return tl::unexpected(n.error());
    if (n->size() != 17) return Fail(ErrorKind::kInternal, "a row is not of 17 numbers", kStates);
    const std::vector<double>& v = *n;
    const Se3 T_world_body{Eigen::Quaterniond(v[4], v[5], v[6], v[7]).normalized(),
                           {v[1], v[2], v[3]}};
    ReadBackView view = *camera;
    view.T_world_camera = T_world_body * camera->T_world_camera;
    read.views.push_back(view);
  }
  return read;
}

std::vector<ReadBackView> OwnEuroc(const ExportScope& scope) {
  const PosedPicture& first = scope.pictures.front();
  const Se3& T_body_camera =
      scope.session.rig.cameras[static_cast<size_t>(first.camera)].T_body_camera;
  std::vector<ReadBackView> views;
  for (const TrajectoryRow* row : UsableRows(scope.session)) {
    views.push_back({first.view.focal, first.view.focal, first.view.cx, first.view.cy,
                     row->state.T_world_body * T_body_camera});
  }
  return views;
}

}  // namespace nightjar::formats
