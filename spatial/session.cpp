// SPDX-License-Identifier: Apache-2.0
#include "spatial/session.h"

#include <fmt/format.h>

#include <string_view>

namespace nightjar {
namespace {

// FNV-1a, then the finaliser of SplitMix64, because FNV alone leaves the last byte's change in the
// low bits.
uint64_t Hash(std::string_view text, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

std::string UuidShaped(std::string_view text) {
  const uint64_t high = (Hash(text, 0) & ~uint64_t{0xf000}) | 0x8000;  // version 8: "custom"
  const uint64_t low =
      (Hash(text, 0x9e3779b97f4a7c15u) & ~(uint64_t{3} << 62)) | uint64_t{2} << 62;  // variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffffu);
}

// What fixes the world frame of the map: all that went into it. Not the begin that was asked for:
// any that gives the same first frame gives the same map.
std::string MapOrigin(const Session& session) {
  std::string text = session.input_identity;
  text += session.open_loop.empty()
              ? "\n-"
              : fmt::format("\n{}", ToNanoseconds(session.open_loop.front().state.time));
  text += session.request.end_s ? fmt::format("\n{}", *session.request.end_s) : "\n-";
  return text + '\n' + session.request.profile;
}

// What fixes the odometry frame: the rig and the first frame. Not the rest of the log, so that a
// cut log's causal rows are the whole one's, byte for byte.
std::string OdometryOrigin(const Session& session) {
  std::string text = session.rig.imu.name;
  for (const RigCamera& camera : session.rig.cameras) {
    text += fmt::format("\n{} {}x{} {}", camera.name, camera.width, camera.height,
                        camera.model ? camera.model->Name() : "");
    if (camera.model) {
      for (const double parameter : camera.model->Parameters())
        text += fmt::format(" {}", parameter);
    }
    const Se3& T = camera.T_body_camera;
    for (const double value : T.translation) text += fmt::format(" {}", value);
    for (const double value : T.rotation.coeffs()) text += fmt::format(" {}", value);
  }
  for (const std::string& camera : session.request.event_cameras) text += '\n' + camera;
  if (!session.open_loop.empty()) {
    text += fmt::format("\n{}", ToNanoseconds(session.open_loop.front().state.time));
  }
  return text;
}

}  // namespace

SessionStatistics Summarise(const Session& session) {
  SessionStatistics statistics;
  statistics.frames = static_cast<int64_t>(session.open_loop.size());
  for (const TrajectoryRow& row : session.open_loop) {
    if (QualityScore(row.status) >= 0.5) ++statistics.frames_used;
  }
  if (statistics.frames > 0) {
    statistics.coverage =
        static_cast<double>(statistics.frames_used) / static_cast<double>(statistics.frames);
  }
  const Trajectory& path = session.closed_loop.empty() ? session.open_loop : session.closed_loop;
  if (!path.empty()) {
    statistics.duration_s = ToSeconds(path.back().state.time - path.front().state.time);
  }
  for (size_t k = 1; k < path.size(); ++k) {
    if (path[k].map != path[k - 1].map) continue;
    statistics.length_m +=
        (path[k].state.T_world_body.translation - path[k - 1].state.T_world_body.translation)
            .norm();
  }
  statistics.maps = session.open_loop.empty() ? 0 : session.open_loop.back().map + 1;
  return statistics;
}

SessionIds DeriveIds(const Session& session, int map) {
  if (map >= 0 && static_cast<size_t>(map) < session.ids.size())
    return session.ids[static_cast<size_t>(map)];
  std::string suffix = '\n' + session.effective_config_json;
  if (map > 0) {
    for (const TrajectoryRow& row : session.open_loop) {
      if (row.map != map) continue;
      suffix += fmt::format("\nmap {} from {}", map, ToNanoseconds(row.state.time));
      break;
    }
  }
  return {UuidShaped("graph\n" + MapOrigin(session) + suffix),
          UuidShaped("odometry\n" + OdometryOrigin(session) + suffix)};
}

}  // namespace nightjar
