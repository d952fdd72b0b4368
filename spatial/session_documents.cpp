// SPDX-License-Identifier: Apache-2.0
#include "spatial/session_documents.h"

#include <cmath>

#include "core/imu_sample.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

Json Conventions() {
  return {
      {"units", "SI: m, s, rad; degrees only in names that end in _deg"},
      {"world", "right-handed, +z up"},
      {"gravity_world_m_s2", ToJson(kGravityWorld)},
      {"device", "the body, which is the IMU"},
      {"camera", "x right, y down, z forward; pixel (0, 0) is the centre of the top-left pixel"},
      {"pose", "T_world_device maps device to world"},
      {"quaternion", "Hamilton, [x, y, z, w], w >= 0"},
      {"time", "int64 ns of the log's clock; a frame's is the mid-exposure of its middle row"},
      {"covariance",
       "order [x y z rx ry rz], both in world axes: R = Exp(dr) R_estimated; relative to the first "
       "keyframe, whose "
       "position and yaw are the gauge and have zero variance"},
      {"quality_score", "1 tracking; 0.5 initialising or degraded; 0 dead-reckoned or lost"},
  };
}

Json Calibration(const Rig& rig) {
  Json cameras = Json::array();
  for (const RigCamera& camera : rig.cameras) {
    cameras.push_back(
        {{"name", camera.name},
         {"width", camera.width},
         {"height", camera.height},
         {"rate_hz", camera.rate_hz > 0 ? Json(camera.rate_hz) : Json(nullptr)},
         {"model", camera.model ? Json(camera.model->Name()) : Json(nullptr)},
         {"parameters", camera.model ? Json(camera.model->Parameters()) : Json(nullptr)},
         {"T_device_camera", ToJson(camera.T_body_camera)}});
  }
  const ImuNoise& noise = rig.imu.noise;
  return {{"cameras", cameras},
          {"imu",
           {{"name", rig.imu.name},
            {"rate_hz", rig.imu.rate_hz > 0 ? Json(rig.imu.rate_hz) : Json(nullptr)},
            {"gyro_noise_density", noise.gyro_noise_density},
            {"gyro_random_walk", noise.gyro_random_walk},
            {"accelerometer_noise_density", noise.accelerometer_noise_density},
            {"accelerometer_random_walk", noise.accelerometer_random_walk}}}};
}

Json Request(const SessionRequest& request) {
  const auto seconds = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"profile", request.profile.empty() ? Json(nullptr) : Json(request.profile)},
          {"cameras", request.cameras.empty() ? Json(nullptr) : Json(request.cameras)},
          {"begin_s", seconds(request.begin_s)},
          {"end_s", seconds(request.end_s)},
          {"event_cameras", request.event_cameras}};
}

Json Run(const RunReport& run) {
  Json stages = Json::object();
  for (const auto& [stage, seconds] : run.stage_wall) stages[stage] = seconds;
  return {{"log", run.log},
          {"truth", run.truth.empty() ? Json(nullptr) : Json(run.truth)},
          {"threads", run.threads},
          {"log_s", run.log_s},
          {"wall_s", run.wall_s},
          {"real_time_factor", run.wall_s > 0 ? Json(run.log_s / run.wall_s) : Json(nullptr)},
          {"stage_wall_s", stages}};
}

}  // namespace

std::string SessionJson(const Session& session) {
  const SessionIds ids = DeriveIds(session);
  // An effective configuration that does not parse is kept as the text that it is rather than lost.
  Json config = Json::parse(session.effective_config_json, nullptr, /*allow_exceptions=*/false);
  if (config.is_discarded()) config = session.effective_config_json;
  const Json document = {
      {"format", kSessionFormat},
      {"versions", {{"nightjar", NIGHTJAR_VERSION}, {"keyframes", "nightjar.ctx/1"}}},
      {"input_identity", session.input_identity},
      {"graph_uid", ids.graph_uid},
      {"session_uid", ids.session_uid},
      {"conventions", Conventions()},
      {"calibration", Calibration(session.rig)},
      {"request", Request(session.request)},
      {"config", config},
      {"privacy",
       {{"profile", session.privacy.profile},
        {"removed", session.privacy.removed},
        {"images", !session.images.empty()},
        {"depth", !session.depth.empty()},
        {"audio", false},
        {"feature_descriptors", false},
        {"points", !session.landmarks.empty()},
        {"utc", false},
        {"geo", false},
        {"serial_numbers", false}}}};
  return Dump(document, 2) + '\n';
}

std::string SummaryJson(const Session& session) {
  const SessionStatistics statistics = Summarise(session);
  Json stages = Json::object();
  for (const StageReport& stage : session.stages) stages[stage.name] = ToJson(stage);
  Json counts = Json::object();
  for (const auto& [name, count] : session.counts) counts[name] = count;
  Json anomalies = Json::array();
  for (const SessionAnomaly& anomaly : session.anomalies) {
    anomalies.push_back(
        {{"what", anomaly.what}, {"where", anomaly.where}, {"count", anomaly.count}});
  }
  const Json document = {{"stages", stages},
                         {"trajectory",
                          {{"frames", statistics.frames},
                           {"frames_used", statistics.frames_used},
                           {"final_frames", session.closed_loop.size()},
                           {"coverage", statistics.coverage},
                           {"duration_s", statistics.duration_s},
                           {"length_m", statistics.length_m},
                           {"keyframes", session.keyframes.size()},
                           {"landmarks", session.landmarks.size()}}},
                         {"counts", counts},
                         {"anomalies", anomalies},
                         {"version", NIGHTJAR_VERSION},
                         {"run", Run(session.run)}};
  return Dump(document, 2) + '\n';
}

std::string HealthJsonl(const Session& session) {
  std::string lines;
  for (const FrameHealth& health : session.health) {
    const Json record = {
        {"t_ns", ToNanoseconds(health.time)},
        {"status", StatusName(health.status)},
        {"quality_score", QualityScore(health.status)},
        {"reason", health.reason.empty() ? Json(nullptr) : Json(health.reason)},
        {"features", health.features},
        {"inliers", health.inliers},
        {"reprojection_rms", health.reprojection_rms},
        {"inertial_rms", health.inertial_rms},
        {"tilt_sigma_rad", health.tilt_sigma_rad},
        {"scale_sigma",
         std::isfinite(health.scale_sigma) ? Json(health.scale_sigma) : Json(nullptr)},
        {"velocity_sigma_m_s", health.velocity_sigma_m_s},
        {"position_drift_sigma_m", health.position_drift_sigma_m}};
    lines += Dump(record) + '\n';
  }
  return lines;
}

}  // namespace nightjar
