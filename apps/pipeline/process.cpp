// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/process.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/pipeline/config.h"
#include "apps/pipeline/depth_source.h"
#include "apps/pipeline/front_end.h"
#include "apps/pipeline/keyframe_depth.h"
#include "apps/pipeline/keyframe_images.h"
#include "apps/pipeline/measurement_stream.h"
#include "apps/pipeline/process_report.h"
#include "apps/pipeline/scene_stage.h"
#include "apps/pipeline/stopwatch.h"
#include "data/sensor_log.h"
#include "fusion/visual_inertial_estimator.h"
#include "spatial/privacy.h"
#include "spatial/session.h"
#include "spatial/session_writer.h"

namespace nightjar {
namespace {

using Outcome = StageReport::Outcome;

Status Validate(const ProcessOptions& options) {
  if (options.profile != "edge" && options.profile != "offline") {
    return Fail(ErrorKind::kUsage, "unknown profile '" + options.profile + "'", "",
                "use edge or offline");
  }
  if (options.threads < 1 || options.threads > 256) {
    return Fail(ErrorKind::kUsage, "threads must be in 1 .. 256");
  }
  if (const auto privacy = ParsePrivacy(options.privacy); !privacy)
    return tl::unexpected(privacy.error());
  if (options.depth && options.profile != "offline") {
    return Fail(ErrorKind::kUsage, "depth is that of keyframes, which profile edge does not have",
                "", "leave --depth or --profile edge out");
  }
  return {};
}

SensorLogOptions ReadingOf(const ProcessOptions& options) {
  SensorLogOptions reading{options.cameras, options.begin_s, options.end_s};
  if (!options.rig.empty()) reading.rig_file = options.rig;
  reading.events = options.events;
  return reading;
}

// After the log's end.
bool AnyReferenceImage(const SensorLog& log) {
  const std::vector<StreamCounts> counts = log.counts();
  const std::string& reference = log.rig().cameras.front().name;
  return std::any_of(counts.begin(), counts.end(), [&reference](const StreamCounts& count) {
    return count.stream == reference && count.delivered > 0;
  });
}

// The log's events as a source of tracks, a camera more of the rig that is estimated with.
Result<std::optional<EventSource>> MakeEventSource(const SensorLog& log,
                                                   const PipelineConfig& config, Rig& rig) {
  const std::vector<RigEventCamera>& cameras = log.contents().event_cameras;
  if (cameras.empty()) return std::nullopt;
  auto source =
      EventSource::Create(cameras.front(), static_cast<int>(rig.cameras.size()), config.events);
  if (!source) return tl::unexpected(source.error());
  rig.cameras.push_back(source->view());
  return std::optional(*std::move(source));
}

// Of the log's depth sensors the one that the estimate is made with; nothing without any.
std::optional<int> DepthSensorUsed(const SensorLog& log) {
  const LogContents& contents = log.contents();
  if (contents.depth_sensors.empty()) return std::nullopt;
  return NearestDepthSensor(log.rig().cameras.front(), contents.depth_sensors);
}

// The log's depth sensor as a source of what tracks lack, likewise.
std::optional<DepthTracks> MakeDepthTracks(const SensorLog& log, Rig& rig) {
  const LogContents& contents = log.contents();
  const std::optional<int> used = DepthSensorUsed(log);
  if (!used) return std::nullopt;
  const int nearest = *used;
  const auto index = static_cast<size_t>(nearest);
  DepthTracks tracks(rig.cameras.front(), contents.depth_sensors[index],
                     contents.depth_noise[index], nearest, static_cast<int>(rig.cameras.size()));
  rig.cameras.push_back(tracks.view());
  return tracks;
}

// The causal part: every measurement through the estimator.
Status Track(const ProcessOptions& options, SensorLog& log, FrontEnd& front_end,
             VisualInertialEstimator& estimator, Session& session) {
  const Stopwatch watch;
  const int64_t total = log.reference_frames();
  const auto take = [&](const Measurement& measurement) {
    if (const auto* sample = std::get_if<ImuSample>(&measurement)) {
      estimator.AddImu(*sample);
      return;
    }
    const FrameEstimate estimate = estimator.AddFrame(std::get<FrameObservations>(measurement));
    session.open_loop.push_back(estimate.row);
    session.health.push_back(estimate.health);
    if (options.progress) {
      options.progress({"tracking", static_cast<int64_t>(session.open_loop.size()), total});
    }
  };
  Status status = StreamMeasurements(log, front_end, options.threads, take);
  session.run.stage_wall.emplace_back("tracking", watch.Seconds());
  if (!status) return status;
  if (!AnyReferenceImage(log)) {
    return Fail(ErrorKind::kUnusableInput, "no frame of the reference camera could be used",
                options.log.string(), "check the camera's data folder and the interval");
  }
  return {};
}

Status Finish(const ProcessOptions& options, const std::string& depth_sensor,
              VisualInertialEstimator& estimator, Session& session) {
  const Stopwatch watch;
  const auto frames = static_cast<int64_t>(session.open_loop.size());
  if (options.progress) options.progress({"final solution", frames, frames});
  Result<FinalSolution> solution = estimator.Finish();
  session.run.stage_wall.emplace_back("final solution", watch.Seconds());
  StageReport& stage = AddStage(session, "final solution");
  if (!solution) {
    stage.outcome = Outcome::kError;
    stage.errors.push_back(solution.error().Message());
    return tl::unexpected(solution.error());
  }
  for (const Error& failed : solution->failed_maps) {
    stage.outcome = Outcome::kWarning;
    stage.warnings.push_back("a map has no final solution: " + failed.Message());
  }
  session.keyframes = std::move(solution->keyframes);
  session.pairs = std::move(solution->pairs);
  session.landmarks = std::move(solution->landmarks);
  session.closed_loop = std::move(solution->trajectory);
  stage.info.push_back(std::to_string(session.keyframes.size()) + " keyframes, " +
                       std::to_string(session.landmarks.size()) + " landmarks");
  ReportScale(solution->inertial_scale, session.rig, depth_sensor, stage);
  return {};
}

void Report(const ProcessOptions& options, const char* stage, int64_t done, int64_t total) {
  if (options.progress) options.progress({stage, std::min(done, total), total});
}

// Without a folder the pictures only go into the scene.
Status WriteImages(const ProcessOptions& options, SceneStage& scene, StagedFolder* folder,
                   Session& session) {
  const Stopwatch watch;
  const auto frames = static_cast<int64_t>(session.open_loop.size());
  KeyframeImagesOptions how;
  how.log = options.log;
  how.reading = ReadingOf(options);
  how.reading.cameras = {session.rig.cameras.front().name};
  how.reading.events = false;
  how.cancelled = options.cancelled;
  how.take = [&](SensorTime keyframe, const FilePixels& picture) {
    scene.TakePicture(keyframe, picture);
  };
  how.progress = [&](int64_t done) { Report(options, "pictures of keyframes", done, frames); };
  auto written = WriteKeyframeImages(session, how, folder);
  session.run.stage_wall.emplace_back("pictures", watch.Seconds());
  if (!written) return tl::unexpected(written.error());
  session.images = *std::move(written);
  return {};
}

KeyframeDepthOptions DepthOf(const ProcessOptions& options, const PipelineConfig& config) {
  KeyframeDepthOptions how;
  how.log = options.log;
  how.reading = ReadingOf(options);
  how.reading.events = false;
  const DepthSource source = config.depth.source;
  how.reading.depth = source == DepthSource::kAuto || source == DepthSource::kSensor;
  how.depth = config.depth;
  how.front = config.development.front;
  how.threads = options.threads;
  how.cancelled = options.cancelled;
  return how;
}

// Idem.
Status WriteDepth(const ProcessOptions& options, const PipelineConfig& config, SceneStage& scene,
                  StagedFolder* folder, Session& session, std::optional<DepthSummary>& told) {
  const Stopwatch watch;
  const auto keyframes = static_cast<int64_t>(session.keyframes.size());
  KeyframeDepthOptions how = DepthOf(options, config);
  how.take = [&](const DepthMap& map) { scene.TakeDepth(map); };
  how.progress = [&](int64_t done) { Report(options, "depth of keyframes", done, keyframes); };
  auto written = WriteKeyframeDepth(session, how, folder);
  session.run.stage_wall.emplace_back("depth", watch.Seconds());
  if (!written) return tl::unexpected(written.error());
  session.depth = std::move(written->files);
  session.stages.push_back(std::move(written->report));
  told = std::move(written->told);
  return {};
}

// `watch`: since the run began.
Status Write(const ProcessOptions& options, const PipelineConfig& config, const Stopwatch& watch,
             Session& session, std::optional<DepthSummary>& depth) {
  const auto frames = static_cast<int64_t>(session.open_loop.size());
  Report(options, "writing", frames, frames);
  const Privacy privacy = *ParsePrivacy(options.privacy);
  // What is not released is never on the disk.
  const bool keep = privacy == Privacy::kFull;
  const WritePictures pictures = [&](StagedFolder& folder, Session& to) -> Status {
    SceneStage scene(to, config.geometry);
    StagedFolder* to_keep = keep ? &folder : nullptr;
    if (options.images && (keep || options.depth)) {
      if (Status written = WriteImages(options, scene, to_keep, to); !written) return written;
    }
    if (options.depth) {
      if (Status written = WriteDepth(options, config, scene, to_keep, to, depth); !written)
        return written;
    }
    scene.Finish(to);
    to.run.wall_s = watch.Seconds();
    Report(options, "writing", frames, frames);
    session.stages = to.stages;  // for who runs this, not for who gets the session
    to = WithPrivacy(std::move(to), privacy);
    return {};
  };
  if (keep) return WriteSession(session, options.session, pictures, options.cancelled);
  Session released = session;
  return WriteSession(released, options.session, pictures, options.cancelled);
}

ProcessSummary Summary(const Session& session, const SensorLog& log) {
  const SessionStatistics statistics = Summarise(session);
  ProcessSummary summary;
  summary.frames = statistics.frames;
  summary.frames_used = statistics.frames_used;
  summary.coverage = statistics.coverage;
  summary.length_m = statistics.length_m;
  summary.keyframes = static_cast<int64_t>(session.keyframes.size());
  summary.landmarks = static_cast<int64_t>(session.landmarks.size());
  summary.log_s = session.run.log_s;
  for (const StageReport& stage : session.stages) {
    summary.warnings.insert(summary.warnings.end(), stage.warnings.begin(), stage.warnings.end());
  }
  summary.truth = log.truth();
  return summary;
}

}  // namespace

Result<ProcessSummary> Process(const ProcessOptions& options) {
  const Stopwatch watch;
  if (Status valid = Validate(options); !valid) return tl::unexpected(valid.error());
  PipelineConfig config;
  if (!options.config.empty()) {
    Result<PipelineConfig> read = ReadConfig(options.config);
    if (!read) return tl::unexpected(read.error());
    config = *read;
  }
  if (Status free = CheckSessionTarget(options.session); !free) return tl::unexpected(free.error());
  SensorLogOptions reading = ReadingOf(options);
  reading.depth = options.depth && config.depth.factors;
  auto log = OpenSensorLog(options.log, reading);
  if (!log) return tl::unexpected(log.error());

  Session session;
  session.rig = (*log)->rig();
  if (options.depth) {
    if (Status has = CheckDepthSource(session.rig, DepthOf(options, config)); !has)
      return tl::unexpected(has.error());
  }
  session.input_identity = (*log)->identity();
  session.request = {options.profile, options.cameras, options.begin_s, options.end_s};
  session.effective_config_json = ToJson(config);
  session.run.log = options.log.string();
  session.run.threads = options.threads;
  if (const auto truth = (*log)->truth()) session.run.truth = truth->string();

  Rig estimated = session.rig;
  Result<std::optional<EventSource>> events = MakeEventSource(**log, config, estimated);
  if (!events) return tl::unexpected(events.error());
  for (const RigEventCamera& camera : (*log)->contents().event_cameras)
    session.request.event_cameras.push_back(camera.name);
  FrontEnd front_end(session.rig, config.development, config.tracker, *std::move(events),
                     MakeDepthTracks(**log, estimated));
  VisualInertialEstimator estimator(estimated, config.estimator);
  if (Status tracked = Track(options, **log, front_end, estimator, session); !tracked) {
    return tl::unexpected(tracked.error());
  }
  ReportData(**log, front_end, session);
  ReportTracking(session);
  Status finished;
  if (options.profile == "offline") {
    const std::optional<int> sensor = DepthSensorUsed(**log);
    const std::string depth_sensor =
        sensor ? (*log)->contents().depth_sensors[static_cast<size_t>(*sensor)].name : "";
    finished = Finish(options, depth_sensor, estimator, session);
  } else if (Summarise(session).frames_used == 0) {
    finished = Fail(ErrorKind::kNoAnswer, "no frame has a usable pose");
  }
  session.run.log_s =
      ToSeconds(session.open_loop.back().state.time - session.open_loop.front().state.time);

  std::optional<DepthSummary> depth;
  if (Status written = Write(options, config, watch, session, depth); !written)
    return tl::unexpected(written.error());
  if (!finished) {
    Error error = finished.error();
    error.where = options.log.string();
    error.what += ", most frames say: " + CommonestReason(session.health);
    error.remedy =
        "see what 'nightjar inspect' says of the log; the causal part has been written to " +
        options.session.string();
    return tl::unexpected(error);
  }
  ProcessSummary summary = Summary(session, **log);
  summary.wall_s = watch.Seconds();
  summary.depth = std::move(depth);
  return summary;
}

}  // namespace nightjar
