// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>
#include <string>

#include "spatial/csv_rows.h"
#include "spatial/json_fields.h"
#include "spatial/keyframe_packet.h"
#include "spatial/scene_files.h"
#include "spatial/session_tables.h"
#include "spatial/text_format.h"
#include "spatial/time_limits.h"

namespace nightjar {
namespace {

constexpr int kCovarianceNumbers = 21;
constexpr double kMost_px = 1e6;

bool IsNumbers(const Json& json, size_t count) {
  return json.is_array() && json.size() == count &&
         std::all_of(json.begin(), json.end(), [](const Json& value) { return value.is_number(); });
}

// `json` without a key, or of the wrong kind, reads as null: one check for both.
const Json& At(const Json& json, const char* key) {
  static const Json null;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : null;
}

bool ParsePacket(const Json& packet, Keyframe& keyframe) {
  const Json& pose = At(packet, "T_world_device");
  const Json& p = At(pose, "p");
  const Json& q = At(pose, "q_xyzw");
  const Json& velocity = At(packet, "vel_world");
  const Json& covariance = At(packet, "cov");
  if (!At(packet, "t_ns").is_number_integer() || !IsNumbers(p, 3) || !IsNumbers(q, 4) ||
      !IsNumbers(velocity, 3) || !IsNumbers(covariance, kCovarianceNumbers)) {
    return false;
  }
  const auto number = [](const Json& json, size_t k) { return json[k].get<double>(); };
  NavigationState& state = keyframe.state;
  const double t_ns = packet["t_ns"].get<double>();
  if (!(std::abs(t_ns) < static_cast<double>(kLatest_ns))) return false;
  state.time = FromNanoseconds(packet["t_ns"].get<int64_t>());
  state.T_world_body.translation = {number(p, 0), number(p, 1), number(p, 2)};
  state.T_world_body.rotation =
      Eigen::Quaterniond(number(q, 3), number(q, 0), number(q, 1), number(q, 2));
  state.velocity_world = {number(velocity, 0), number(velocity, 1), number(velocity, 2)};
  size_t k = 0;
  for (int row = 0; row < 6; ++row) {
    for (int column = row; column < 6; ++column) {
      keyframe.covariance(row, column) = keyframe.covariance(column, row) = number(covariance, k++);
    }
  }
  keyframe.landmarks = At(At(packet, "visible_points"), "n").is_number_integer()
                           ? packet["visible_points"]["n"].get<int>()
                           : 0;
  return std::abs(state.T_world_body.rotation.norm() - 1) < 1e-6 &&
         state.T_world_body.translation.cwiseAbs().maxCoeff() <= CsvRows::kFarthest &&
         state.velocity_world.cwiseAbs().maxCoeff() <= CsvRows::kFarthest;
}

// The camera's number in the rig.
int CameraOf(const Rig& rig, const JsonFields& camera) {
  const std::string name = camera.Text("id");
  for (size_t k = 0; k < rig.cameras.size(); ++k) {
    if (rig.cameras[k].name == name) return static_cast<int>(k);
  }
  camera.Throw("id", "is no camera of the session");
}

PinholeView ParseView(const JsonFields& reference) {
  const PinholeView view{reference.Count("w"), reference.Count("h"),
                         reference.Within("focal_px", kMost_px), reference.Within("cx", kMost_px),
                         reference.Within("cy", kMost_px)};
  if (!(view.focal > 0)) reference.Throw("focal_px", "is not above zero");
  return view;
}

void ParsePictures(const JsonFields& packet, SensorTime time, const Rig& rig,
                   KeyframePacketContent& content) {
  for (const JsonFields& camera : packet.Objects("cams")) {
    const int index = CameraOf(rig, camera);
    if (camera.Has("image_ref")) {
      const JsonFields image = camera.Object("image_ref");
      const PinholeView view = ParseView(image);
      content.images.push_back(
          {time, index, image.Text("file"), view.width, view.height, view.focal, view.cx, view.cy});
    }
    if (camera.Has("depth_ref")) {
      const JsonFields depth = camera.Object("depth_ref");
      content.depth.push_back(
          {time, index, depth.Text("file"), depth.Text("sigma_file"), ParseView(depth)});
    }
  }
}

}  // namespace

Result<std::vector<Keyframe>> ParseKeyframePackets(std::string_view lines,
                                                   const std::string& where) {
  std::vector<Keyframe> keyframes;
  Json last_map_id;
  int line_number = 0;
  while (!lines.empty()) {
    ++line_number;
    const size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const Json packet = ParseJson(line);
    Keyframe keyframe;
    if (packet.is_discarded() || !ParsePacket(packet, keyframe)) {
      return Fail(ErrorKind::kUnusableInput, "not a keyframe packet",
                  where + ":" + std::to_string(line_number), "process the log again");
    }
    // Maps follow each other, each with an id of its own.
    const Json& map_id = At(packet, "map_id");
    const bool other_map = !keyframes.empty() && map_id != last_map_id;
    keyframe.map = keyframes.empty() ? 0 : keyframes.back().map + (other_map ? 1 : 0);
    last_map_id = map_id;
    keyframes.push_back(keyframe);
  }
  return keyframes;
}

Result<KeyframePacketContent> ParseKeyframePackets(std::string_view lines, const std::string& where,
                                                   const Rig& rig) {
  return Guarded(where, [&] {
    KeyframePacketContent content;
    bool seen = false;
    ForEachJsonLine(lines, where, [&](const JsonFields& packet) {
      Keyframe keyframe;
      if (!ParsePacket(packet.json(), keyframe)) {
        throw ReadFailure({ErrorKind::kUnusableInput, "not a keyframe packet", packet.where(),
                           "process the log again"});
      }
      const SessionIds ids{packet.Text("map_id"), packet.Text("session")};
      if (content.ids.empty() || content.ids.back().graph_uid != ids.graph_uid)
        content.ids.push_back(ids);
      keyframe.map = static_cast<int>(content.ids.size()) - 1;
      if (keyframe.map >= MapNames::kMost)
        packet.Throw("map_id", "is of one map more than can be read");
      if (!content.keyframes.empty() && keyframe.state.time <= content.keyframes.back().state.time)
        packet.Throw("t_ns", "does not rise");
      ParsePictures(packet, keyframe.state.time, rig, content);
      const std::optional<KeyframeView> view = ParseKeyframeView(packet);
      seen = seen || view.has_value();
      content.views.push_back(view.value_or(KeyframeView{}));
      content.keyframes.push_back(keyframe);
    });
    if (!seen) content.views.clear();
    return content;
  });
}

}  // namespace nightjar
