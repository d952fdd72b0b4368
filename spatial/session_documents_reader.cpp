// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "calibration/make_camera_model.h"
#include "spatial/json_fields.h"
#include "spatial/privacy.h"
#include "spatial/session_documents.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

RigCamera ParseCamera(const JsonFields& fields) {
  RigCamera camera;
  camera.name = fields.Text("name");
  camera.width = fields.Count("width");
  camera.height = fields.Count("height");
  camera.rate_hz = fields.NotNegativeOr("rate_hz", 0);
  if (fields.Has("model")) {
    auto model = MakeCameraModel(fields.Text("model"), fields.Numbers("parameters"));
    if (!model) fields.Throw("parameters", "make no camera: " + model.error().what);
    camera.model = *std::move(model);
  }
  camera.T_body_camera = fields.Pose("T_device_camera");
  return camera;
}

Rig ParseRig(const JsonFields& calibration) {
  Rig rig;
  for (const JsonFields& camera : calibration.Objects("cameras"))
    rig.cameras.push_back(ParseCamera(camera));
  const JsonFields imu = calibration.Object("imu");
  rig.imu.name = imu.Text("name");
  rig.imu.rate_hz = imu.NotNegativeOr("rate_hz", 0);
  rig.imu.noise = {imu.NotNegative("gyro_noise_density"), imu.NotNegative("gyro_random_walk"),
                   imu.NotNegative("accelerometer_noise_density"),
                   imu.NotNegative("accelerometer_random_walk")};
  return rig;
}

SessionRequest ParseRequest(const JsonFields& fields) {
  SessionRequest request;
  request.profile = fields.TextOr("profile", "");
  if (fields.Has("cameras")) request.cameras = fields.Texts("cameras");
  request.begin_s = fields.OptionalNumber("begin_s");
  request.end_s = fields.OptionalNumber("end_s");
  request.event_cameras = fields.Texts("event_cameras");
  return request;
}

// By version 1, before and after it grew: anything else is not known here.
void CheckFormat(const JsonFields& document) {
  const std::string format = document.Text("format");
  if (format == kSessionFormat) return;
  if (format.rfind(kSessionFormatPrefix, 0) == 0)
    document.Throw("format", "is of another version of the program");
  document.Throw("format", "is not " + std::string(kSessionFormat));
}

StageReport ParseStage(const std::string& name, const JsonFields& fields) {
  const auto outcome = OutcomeOf(fields.Text("status"));
  if (!outcome) fields.Throw("status", "is not SUCCESS, WARNING or ERROR");
  return {name, *outcome, fields.Texts("info"), fields.Texts("warnings"), fields.Texts("errors")};
}

RunReport ParseRun(const JsonFields& fields) {
  RunReport run;
  run.log = fields.Text("log");
  run.truth = fields.TextOr("truth", "");
  run.threads = fields.Count("threads");
  run.log_s = fields.Number("log_s");
  run.wall_s = fields.Number("wall_s");
  const JsonFields stages = fields.Object("stage_wall_s");
  for (const auto& stage : stages.json().items())
    run.stage_wall.emplace_back(stage.key(), stages.Number(stage.key().c_str()));
  return run;
}

// Reasons stand in the text that a model reads (spatial/context): no place for a text of its own.
bool IsShortLine(const std::string& text) {
  return text.size() <= 80 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

FrameHealth ParseHealth(const JsonFields& fields) {
  FrameHealth health;
  health.time = fields.Time("t_ns");
  const auto status = StatusOf(fields.Text("status"));
  if (!status) fields.Throw("status", "is none that is known here");
  health.status = *status;
  health.reason = fields.TextOr("reason", "");
  if (!IsShortLine(health.reason))
    fields.Throw("reason", "is not one line of at most 80 printable characters");
  health.features = fields.Count("features");
  health.inliers = fields.Count("inliers");
  health.reprojection_rms = fields.NotNegativeOr("reprojection_rms", kInfinity);
  health.inertial_rms = fields.NotNegativeOr("inertial_rms", kInfinity);
  health.tilt_sigma_rad = fields.NotNegativeOr("tilt_sigma_rad", kInfinity);
  health.scale_sigma = fields.NotNegativeOr("scale_sigma", kInfinity);
  health.velocity_sigma_m_s = fields.NotNegativeOr("velocity_sigma_m_s", kInfinity);
  health.position_drift_sigma_m = fields.NotNegativeOr("position_drift_sigma_m", kInfinity);
  return health;
}

}  // namespace

Status ParseSessionJson(std::string_view text, const std::string& where, Session& session) {
  const auto parsed = Guarded(where, [&] {
    Json kept;
    const JsonFields document = JsonFields::Parse(text, where, kept);
    CheckFormat(document);
    session.input_identity = document.Text("input_identity");
    session.rig = ParseRig(document.Object("calibration"));
    session.request = ParseRequest(document.Object("request"));
    // A configuration that did not parse when it was written stands there as a text.
    const Json& config = document.Get("config");
    session.effective_config_json = config.is_string() ? config.get<std::string>() : Dump(config);
    session.ids = {{document.Text("graph_uid"), document.Text("session_uid")}};
    const JsonFields privacy = document.Object("privacy");
    // Sessions that were written before there were profiles are the user's own: whole.
    session.privacy.profile = privacy.Has("profile") ? privacy.Text("profile") : "full";
    if (!ParsePrivacy(session.privacy.profile))
      privacy.Throw("profile", "is none that is known here");
    if (privacy.Has("removed")) session.privacy.removed = privacy.Texts("removed");
    return true;
  });
  if (!parsed) return tl::unexpected(parsed.error());
  return {};
}

Result<SessionCounts> ParseSummaryJson(std::string_view text, const std::string& where,
                                       Session& session) {
  return Guarded(where, [&] {
    Json kept;
    const JsonFields document = JsonFields::Parse(text, where, kept);
    const JsonFields stages = document.Object("stages");
    for (const auto& stage : stages.json().items())
      session.stages.push_back(ParseStage(stage.key(), stages.Object(stage.key().c_str())));
    const JsonFields counts = document.Object("counts");
    for (const auto& count : counts.json().items())
      session.counts.emplace_back(count.key(), counts.Integer(count.key().c_str()));
    for (const JsonFields& anomaly : document.Objects("anomalies")) {
      session.anomalies.push_back(
          {anomaly.Text("what"), anomaly.Text("where"), anomaly.Integer("count")});
    }
    session.run = ParseRun(document.Object("run"));
    const JsonFields trajectory = document.Object("trajectory");
    SessionCounts wanted{trajectory.Count("frames"), std::nullopt, trajectory.Count("keyframes"),
                         trajectory.Count("landmarks")};
    if (trajectory.Has("final_frames")) wanted.final_frames = trajectory.Count("final_frames");
    return wanted;
  });
}

Result<std::vector<FrameHealth>> ParseHealthJsonl(std::string_view text, const std::string& where) {
  return Guarded(where, [&] {
    std::vector<FrameHealth> records;
    ForEachJsonLine(text, where,
                    [&](const JsonFields& line) { records.push_back(ParseHealth(line)); });
    return records;
  });
}

}  // namespace nightjar
