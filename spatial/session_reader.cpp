// SPDX-License-Identifier: Apache-2.0
#include "spatial/session_reader.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "spatial/believable.h"
#include "spatial/cross_covariance_file.h"
#include "spatial/gzip.h"
#include "spatial/json_fields.h"
#include "spatial/keyframe_packet.h"
#include "spatial/npy.h"
#include "spatial/picture_name.h"
#include "spatial/scene_files.h"
#include "spatial/session_documents.h"
#include "spatial/session_tables.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Throw(const fs::path& file, const std::string& what) {
  throw ReadFailure({ErrorKind::kUnusableInput, what, file.string(), "process the log again"});
}

template <typename T>
T ValueOf(Result<T> result) {
  if (!result) throw ReadFailure(result.error());
  return *std::move(result);
}

bool IsFile(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

std::string ReadFile(const fs::path& file) {
  if (!IsFile(file)) Throw(file, "is missing");
  std::ifstream stream(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad()) Throw(file, "cannot be read");
  return bytes;
}

// A file of the session with its bytes.
struct Text {
  Text(const fs::path& folder, const char* name)
      : where((folder / name).string()), bytes(ReadFile(where)) {}
  std::string where;
  std::string bytes;
};

int64_t Microseconds(SensorTime time) {
  const int64_t t_ns = ToNanoseconds(time);
  return (t_ns + (t_ns >= 0 ? 500 : -500)) / 1000;
}

// Tables have microseconds: `exact`, by rising time, has the nanoseconds of them.
template <typename Records, typename TimeOf>
void RestoreTimes(Trajectory& rows, const Records& exact, const TimeOf& time_of) {
  size_t next = 0;
  for (TrajectoryRow& row : rows) {
    const int64_t t_us = Microseconds(row.state.time);
    while (next < exact.size() && Microseconds(time_of(exact[next])) < t_us) ++next;
    if (next < exact.size() && Microseconds(time_of(exact[next])) == t_us)
      row.state.time = time_of(exact[next]);
  }
}

// A session from elsewhere may name any file: only its own are read and handed on.
void CheckPicture(const fs::path& folder, const std::string& name) {
  if (!IsKeyframePicture(name)) {
    Throw(folder / "keyframes.jsonl",
          "names a file that is no picture of a session: " + Dump(name.substr(0, 80)));
  }
  if (!HoldsPicture(folder, name)) Throw(folder / name, "is missing, or is a symbolic link");
}

void CheckCount(const fs::path& file, const char* what, size_t is, size_t wanted) {
  if (is != wanted) {
    Throw(file, "has " + std::to_string(is) + " " + what + " where summary.json says " +
                    std::to_string(wanted));
  }
}

void ReadCausal(const fs::path& folder, const SessionCounts& wanted, MapNames& session_uids,
                Session& session) {
  const Text health(folder, "health.jsonl");
  session.health = ValueOf(ParseHealthJsonl(health.bytes, health.where));
  const Text open_loop(folder, "slam/open_loop_trajectory.csv");
  session.open_loop = ParseOpenLoopTrajectory(open_loop.bytes, open_loop.where, session_uids);
  CheckCount(open_loop.where, "rows", session.open_loop.size(), static_cast<size_t>(wanted.frames));
  CheckCount(health.where, "records", session.health.size(), static_cast<size_t>(wanted.frames));
  for (size_t k = 0; k < session.health.size(); ++k) {
    if (Microseconds(session.health[k].time) != Microseconds(session.open_loop[k].state.time)) {
      Throw(health.where + ":" + std::to_string(k + 1),
            "is not of the time of that row of slam/open_loop_trajectory.csv");
    }
    session.open_loop[k].state.time = session.health[k].time;
    session.open_loop[k].status = session.health[k].status;
  }
}

// Names the maps: open loop and packets know one name each, the packets both.
void NameMaps(const MapNames& session_uids, const std::vector<SessionIds>& of_packets,
              Session& session) {
  const std::vector<SessionIds> of_document = std::exchange(session.ids, {});
  std::vector<SessionIds> ids;
  for (const std::string& uid : session_uids.names()) {
    const int map = static_cast<int>(ids.size());
    const auto known =
        std::find_if(of_packets.begin(), of_packets.end(),
                     [&uid](const SessionIds& packet) { return packet.session_uid == uid; });
    if (known != of_packets.end()) {
      ids.push_back(*known);
    } else {
      ids.push_back({map == 0 ? of_document[0].graph_uid : DeriveIds(session, map).graph_uid, uid});
    }
  }
  session.ids = std::move(ids);
}

// The number of the map that is called so; a name that none has is one of a map without frames.
int MapOf(const std::string& graph_uid, Session& session) {
  const auto known =
      std::find_if(session.ids.begin(), session.ids.end(),
                   [&](const SessionIds& ids) { return ids.graph_uid == graph_uid; });
  if (known != session.ids.end()) return static_cast<int>(known - session.ids.begin());
  session.ids.push_back({graph_uid, {}});
  return static_cast<int>(session.ids.size()) - 1;
}

// Numbers of maps as they appeared in a file become those of the session.
template <typename Records>
void Renumber(Records& records, const std::vector<std::string>& graph_uids, Session& session) {
  std::vector<int> numbers;
  for (const std::string& uid : graph_uids) numbers.push_back(MapOf(uid, session));
  for (auto& record : records) record.map = numbers[static_cast<size_t>(record.map)];
}

void ReadCovariance(const fs::path& folder, std::vector<Keyframe>& keyframes) {
  const Text file(folder, "trajectory_covariance.npy");
  std::vector<size_t> shape;
  const std::vector<double> values = ValueOf(ParseNpyFloat64(file.bytes, file.where, 3, shape));
  if (shape[0] != keyframes.size() || shape[1] != 15 || shape[2] != 15)
    Throw(file.where, "does not have the shape (keyframes, 15, 15)");
  auto value = values.begin();
  for (size_t k = 0; k < keyframes.size(); ++k) {
    const Matrix6d of_packet = keyframes[k].covariance.topLeftCorner<6, 6>();
    Matrix15d& covariance = keyframes[k].covariance;
    for (int row = 0; row < 15; ++row) {
      for (int column = 0; column < 15; ++column) covariance(row, column) = *value++;
    }
    // Packets have the upper triangle; computed covariances are symmetric to rounding only.
    const Matrix6d written = covariance.topLeftCorner<6, 6>();
    if (Matrix6d(written.triangularView<Eigen::Upper>()) !=
        Matrix6d(of_packet.triangularView<Eigen::Upper>())) {
      Throw(file.where, "says other than line " + std::to_string(k + 1) +
                            " of keyframes.jsonl of the covariance of that keyframe");
    }
    if (!IsCovariance(0.5 * (covariance + covariance.transpose())))
      Throw(file.where, "has no covariance of keyframe " + std::to_string(k));
  }
}

void ReadPairs(const fs::path& folder, Session& session) {
  const Text file(folder, "trajectory_cross_covariance.npz");
  session.pairs =
      ValueOf(ParseCrossCovarianceNpz(file.bytes, file.where, session.keyframes.size()));
  const auto variances = [&session](int k) -> Vector6d {
    return session.keyframes[static_cast<size_t>(k)].covariance.diagonal().head<6>();
  };
  for (const KeyframePair& pair : session.pairs) {
    if (!IsCrossCovariance(pair.cross_covariance, variances(pair.first), variances(pair.second))) {
      Throw(file.where, "has no covariance of keyframes " + std::to_string(pair.first) + " and " +
                            std::to_string(pair.second));
    }
  }
}

void ReadBiases(const fs::path& folder, std::vector<Keyframe>& keyframes) {
  const Text file(folder, "slam/online_calibration.jsonl");
  const std::vector<NavigationState> biases = ParseOnlineCalibration(file.bytes, file.where);
  CheckCount(file.where, "lines", biases.size(), keyframes.size());
  for (size_t k = 0; k < keyframes.size(); ++k) {
    NavigationState& state = keyframes[k].state;
    if (Microseconds(biases[k].time) != Microseconds(state.time)) {
      Throw(file.where + ":" + std::to_string(k + 1),
            "is not of the time of that line of keyframes.jsonl");
    }
    state.gyro_bias = biases[k].gyro_bias;
    state.accelerometer_bias = biases[k].accelerometer_bias;
  }
}

void ReadFinal(const fs::path& folder, const SessionCounts& wanted, Session& session) {
  const fs::path file = folder / "slam/closed_loop_trajectory.csv";
  const size_t rows = static_cast<size_t>(wanted.final_frames.value_or(0));
  if (!IsFile(file) && rows == 0 && (wanted.final_frames || wanted.keyframes == 0)) return;
  const Text closed_loop(folder, "slam/closed_loop_trajectory.csv");
  MapNames graph_uids;
  session.closed_loop = ParseClosedLoopTrajectory(closed_loop.bytes, closed_loop.where, graph_uids);
  if (wanted.final_frames) CheckCount(closed_loop.where, "rows", session.closed_loop.size(), rows);
  Renumber(session.closed_loop, graph_uids.names(), session);
  RestoreTimes(session.closed_loop, session.health, [](const FrameHealth& h) { return h.time; });
  // One row per frame in both: what the causal pass could not say better is said of both.
  for (size_t k = 0, row = 0; k < session.closed_loop.size(); ++k) {
    TrajectoryRow& final = session.closed_loop[k];
    while (row < session.open_loop.size() && session.open_loop[row].state.time < final.state.time) {
      ++row;
    }
    if (row < session.open_loop.size() && session.open_loop[row].state.time == final.state.time &&
        QualityScore(session.open_loop[row].status) == QualityScore(final.status)) {
      final.status = session.open_loop[row].status;
    }
  }
}

void ReadKeyframes(const fs::path& folder, const SessionCounts& wanted,
                   KeyframePacketContent& content, Session& session) {
  std::vector<std::string> graph_uids;
  for (const SessionIds& ids : content.ids) graph_uids.push_back(ids.graph_uid);
  session.keyframes = std::move(content.keyframes);
  CheckCount(folder / "keyframes.jsonl", "lines", session.keyframes.size(),
             static_cast<size_t>(wanted.keyframes));
  Renumber(session.keyframes, graph_uids, session);
  session.images = std::move(content.images);
  session.depth = std::move(content.depth);
  for (const KeyframeImage& image : session.images) CheckPicture(folder, image.file);
  for (const KeyframeDepth& depth : session.depth) {
    CheckPicture(folder, depth.file);
    CheckPicture(folder, depth.sigma_file);
  }
  ReadCovariance(folder, session.keyframes);
  ReadPairs(folder, session);
  ReadBiases(folder, session.keyframes);
}

void ReadPoints(const fs::path& folder, const SessionCounts& wanted, size_t semidense,
                Session& session) {
  const Text file(folder, "slam/semidense_points.csv.gz");
  const std::string table = ValueOf(Gunzip(file.bytes, file.where));
  MapNames graph_uids;
  std::vector<Landmark> points = ParseSemidensePoints(table, file.where, graph_uids);
  const size_t landmarks = static_cast<size_t>(wanted.landmarks);
  CheckCount(file.where, "points", points.size(), landmarks + semidense);
  Renumber(points, graph_uids.names(), session);
  const auto middle = points.begin() + static_cast<std::ptrdiff_t>(landmarks);
  session.landmarks.assign(points.begin(), middle);
  session.scene.semidense.assign(middle, points.end());
}

// Whether a row or a keyframe is of it; the first one is there without any.
bool HasMap(const Session& session, int map) {
  const auto is_it = [map](const auto& record) { return record.map == map; };
  const auto in = [&](const auto& records) {
    return std::any_of(records.begin(), records.end(), is_it);
  };
  return map == 0 || in(session.open_loop) || in(session.closed_loop) || in(session.keyframes);
}

// How many of the points are the scene's.
size_t ReadScene(const fs::path& folder, std::vector<KeyframeView>& views, Session& session) {
  if (!IsFile(folder / "scene.json")) return 0;
  const Text file(folder, "scene.json");
  const SceneDocument document = ValueOf(ParseSceneJson(file.bytes, file.where));
  Scene& scene = session.scene;
  scene.map = document.map;
  if (!HasMap(session, scene.map)) Throw(file.where, "is of a map that the session does not have");
  scene.aligned = document.aligned;
  scene.room = document.room;
  scene.views = std::move(views);
  const Text surfaces(folder, "surfaces.json");
  scene.surfaces = ValueOf(ParseSurfacesJson(surfaces.bytes, surfaces.where));
  if (scene.surfaces.size() != document.surfaces)
    Throw(surfaces.where, "does not have as many surfaces as scene.json says");
  for (size_t k = 0; k < scene.views.size(); ++k) {
    for (const int id : scene.views[k].surfaces) {
      if (id < 0 || static_cast<size_t>(id) >= scene.surfaces.size()) {
        Throw((folder / "keyframes.jsonl").string() + ":" + std::to_string(k + 1),
              "names a surface that surfaces.json does not have");
      }
    }
  }
  if (document.occupancy) {
    const Text json(folder, "occupancy.json");
    const Text npy(folder, "occupancy.npy");
    scene.occupancy = ValueOf(ParseOccupancy(json.bytes, json.where, npy.bytes, npy.where));
  }
  return document.semidense;
}

Session Read(const fs::path& folder) {
  Session session;
  const Text document(folder, "session.json");
  if (const Status parsed = ParseSessionJson(document.bytes, document.where, session); !parsed)
    throw ReadFailure(parsed.error());
  const Text summary(folder, "summary.json");
  const SessionCounts wanted = ValueOf(ParseSummaryJson(summary.bytes, summary.where, session));
  MapNames session_uids;
  ReadCausal(folder, wanted, session_uids, session);
  const Text packets(folder, "keyframes.jsonl");
  KeyframePacketContent content =
      ValueOf(ParseKeyframePackets(packets.bytes, packets.where, session.rig));
  NameMaps(session_uids, content.ids, session);
  ReadFinal(folder, wanted, session);
  ReadKeyframes(folder, wanted, content, session);
  const size_t semidense = ReadScene(folder, content.views, session);
  ReadPoints(folder, wanted, semidense, session);
  return session;
}

}  // namespace

Result<Session> ReadSession(const fs::path& folder) {
  if (!IsFile(folder / "session.json")) {
    if (IsFile(folder / "keyframes.jsonl")) {
      return Fail(ErrorKind::kUnusableInput, "is missing", (folder / "session.json").string(),
                  "process the log again");
    }
    return Fail(ErrorKind::kUsage, "is not a session", folder.string(),
                "give a folder that 'nightjar process' wrote");
  }
  return Guarded(folder.string(), [&] { return Read(folder); });
}

}  // namespace nightjar
