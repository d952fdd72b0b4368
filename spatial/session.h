// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calibration/rig.h"
#include "core/frame_health.h"
#include "core/keyframe.h"
#include "core/keyframe_pair.h"
#include "core/landmark.h"
#include "core/pinhole_view.h"
#include "core/trajectory.h"
#include "spatial/scene.h"

namespace nightjar {

/// How one stage of the pipeline ended, in Project Aria's three words.
struct StageReport {
  enum class Outcome { kSuccess, kWarning, kError };
  std::string name;  // "data", "fusion", "final solution"
  Outcome outcome = Outcome::kSuccess;
  std::vector<std::string> info;      // one line each, without a final full stop
  std::vector<std::string> warnings;  // idem: what was got over, and what it costs
  std::vector<std::string> errors;
};

/// Something in the input that was not as it should be, and how often.
struct SessionAnomaly {
  std::string what;
  std::string where;  // the first one: stream file and line, relative to the log
  int64_t count = 0;
};

/// A developed picture of a keyframe, without the lens: pixel (x, y) sees along ((x - cx) / focal,
/// (y - cy) / focal, 1) of the camera's frame.
struct KeyframeImage {
  SensorTime time;
  int camera = 0;    // index into Rig::cameras
  std::string file;  // in the session folder: "images/cam0/20000000000.jpg"
  int width = 0;     // px
  int height = 0;
  double focal_px = 0;
  double cx = 0;
  double cy = 0;
};

/// How far the scene is in a keyframe's picture, and 1 sigma of it: PNG files of 16 bits, mm, 0
/// where it is not known.
struct KeyframeDepth {
  SensorTime time;
  int camera = 0;          // index into Rig::cameras
  std::string file;        // in the session folder: "depth/cam0/20000000000.png"
  std::string sigma_file;  // "depth/cam0/20000000000_sigma.png"
  PinholeView view;        // that of the keyframe's picture
};

/// What depends on the run and not on the input. Kept apart because everything else in a session is
/// the same, byte for byte, whenever and wherever it is made.
struct RunReport {
  std::string log;    // the input's path as it was given
  std::string truth;  // path of the log's own truth; empty: none
  int threads = 0;
  double log_s = 0;                                        // span of the log that was processed
  double wall_s = 0;                                       // time that took
  std::vector<std::pair<std::string, double>> stage_wall;  // s, per stage
};

/// What was asked for, besides the configuration.
struct SessionRequest {
  std::string profile;               // "edge" or "offline"; empty: unknown
  std::vector<std::string> cameras;  // in this order; empty: all that the log has
  std::optional<double> begin_s;     // of the frames, from the log's first one
  std::optional<double> end_s;
  std::vector<std::string> event_cameras = {};  // whose events were used
};

/// What was taken out before anybody else got to see a session (spatial/privacy.h).
struct PrivacyRecord {
  std::string profile = "full";      // a name of PrivacyName()
  std::vector<std::string> removed;  // "images", "points", …: in the order of the removals
};

/// The ids of a session, shaped like a UUID (RFC 9562, version 8): equal ids, same frame. The same
/// log processed the same way has the same ids on every machine.
struct SessionIds {
  /// Names the world frame of a map: from the input's identity, the time of the first frame, the
  /// request's end and profile, and the configuration. Which cameras were read is in the identity.
  std::string graph_uid;
  /// Names the odometry frame, which the map's first frame fixes: from the rig, the time of that
  /// frame and the configuration. A log that is cut later has the same.
  std::string session_uid;
};

/// The result of processing one log: everything that a session folder holds
/// (docs/formats/session.md).
///
/// Frames: open_loop is in the odometry frame; closed_loop, keyframes and landmarks are in the
/// world frame of the map. Both have z up. The body is the rig's IMU.
struct Session {
  Rig rig;
  std::string input_identity;  // SensorLog::identity()
  SessionRequest request;
  std::string effective_config_json;  // one JSON object: every option as it was used
  Trajectory open_loop;               // causal: one row per frame, in time order
  Trajectory closed_loop;           // final: one row per frame; empty where there was no final pass
  std::vector<Keyframe> keyframes;  // in time order
  std::vector<KeyframePair> pairs;  // of keyframes of one map; rising; empty: not known
  std::vector<Landmark> landmarks;  // in track order
  std::vector<KeyframeImage> images;  // by time, then camera; written with the folder
  std::vector<KeyframeDepth> depth;   // idem
  Scene scene;                        // what is around; empty where nothing measured depth
  std::vector<FrameHealth> health;    // one record per frame, in time order
  std::vector<StageReport> stages;
  std::vector<SessionAnomaly> anomalies;
  std::vector<SessionIds> ids;  // by map, of a session that was read; empty: derived (DeriveIds)
  std::vector<std::pair<std::string, int64_t>> counts;  // "imu0_listed", "cam0_delivered", …
  RunReport run;
  PrivacyRecord privacy;
};

/// What a person asks first. Of the final trajectory where there is one, else of the causal one.
struct SessionStatistics {
  int64_t frames = 0;       // of the open loop
  int64_t frames_used = 0;  // of them, with a quality score of 0.5 or more
  double coverage = 0;      // frames_used / frames, 0 without frames
  double duration_s = 0;    // first to last frame
  double length_m = 0;      // of the paths through the frames of each map
  int maps = 0;             // how many there are
};

SessionStatistics Summarise(const Session& session);

/// Those of a session that was read, else from what it was made of. `map`: as TrajectoryRow::map.
SessionIds DeriveIds(const Session& session, int map = 0);

/// The ids of all maps of a session, derived once each.
class MapIds {
 public:
  explicit MapIds(const Session& session) : session_(session) {}
  const SessionIds& Of(int map) {
    const auto known = ids_.find(map);
    return known != ids_.end() ? known->second
                               : ids_.emplace(map, DeriveIds(session_, map)).first->second;
  }

 private:
  const Session& session_;
  std::map<int, SessionIds> ids_;
};

}  // namespace nightjar
