// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_depth.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/pipeline/depth_filter.h"
#include "apps/pipeline/depth_millimetres.h"
#include "apps/pipeline/depth_source.h"
#include "apps/pipeline/keyframe_depth_report.h"
#include "apps/pipeline/keyframe_motion.h"
#include "apps/pipeline/motion_depth.h"
#include "apps/pipeline/stereo_check.h"
#include "apps/pipeline/stereo_keyframes.h"
#include "apps/pipeline/thread_workers.h"
#include "data/png_image.h"
#include "isp/depth/sensed_depth.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr int kReference = 0;
/// How far from a keyframe's time a depth sensor's frame may be: half a frame at 20 Hz.
constexpr Duration kLongestWait = std::chrono::milliseconds(25);

/// A log's records to the depth of its keyframes.
class DepthMeasurement {
 public:
  DepthMeasurement(const Session& session, const KeyframeDepthOptions& options, DepthSource from,
                   const TakeDepth& take)
      : session_(session),
        options_(options),
        from_(from),
        filter_(session, options.depth, take),
        run_(TasksOn(options.threads)) {}

  Status Choose(const SensorLog& log) {
    const RigCamera& camera = session_.rig.cameras[kReference];
    const LogContents& contents = log.contents();
    if (from_ == DepthSource::kSensor) {
      if (contents.depth_sensors.empty()) return {};
      sensor_ = NearestDepthSensor(camera, contents.depth_sensors);
      const auto index = static_cast<size_t>(*sensor_);
      sensed_.emplace(contents.depth_sensors[index], contents.depth_noise[index], camera,
                      kReference, UndistortedView(*camera.model, camera.width, camera.height));
      source_ = contents.depth_sensors[index].name;
      filter_.SetCorrelation(options_.depth.correlation.sensor);
    } else if (from_ == DepthSource::kStereo) {
      auto stereo =
          StereoDepth::Create(session_.rig, options_.depth.rectification, options_.depth.matching);
      if (!stereo) return tl::unexpected(stereo.error());
      if (!*stereo) return {};
      stereo_.emplace(session_, **std::move(stereo), options_.depth.gathering, ForStereo(), run_);
      filter_.SetCorrelation(options_.depth.correlation.stereo);
      source_ = camera.name + " and " + session_.rig.cameras[stereo_->stereo().partner()].name;
    } else {
      motion_.emplace(session_, options_.depth.sweep,
                      MatchDevelopment{options_.front, options_.depth.denoise, true}, run_);
      filter_.SetCorrelation(options_.depth.correlation.motion);
      source_ = "the motion of " + camera.name;
    }
    return {};
  }
  bool HasSource() const { return stereo_ || sensed_ || motion_; }

  /// Whether what comes after the last keyframe is of use.
  bool WaitsForFrames() const { return stereo_ && stereo_->Waits(); }

  /// Why depth from there would be wrong; empty: nothing says so.
  Result<std::string> WhyUnfit() {
    if (!stereo_) return std::string();
    auto fitness = CheckKeyframePairs(session_, options_, ForStereo(), stereo_->stereo(), run_);
    if (!fitness) return tl::unexpected(fitness.error());
    if (!fitness->warning.empty()) warnings_.push_back(source_ + ": " + fitness->warning);
    return std::move(fitness->unfit);
  }
  const std::string& source() const { return source_; }
  size_t measured() const { return measured_; }

  Status Take(Record record) {
    if (sensed_) return TakeSensed(record);
    auto* frame = std::get_if<Frame>(&record);
    if (frame == nullptr) return {};
    for (const FrameSet& set : assembler_.Add(std::move(*frame))) {
      if (Status taken = TakeSet(set); !taken) return taken;
    }
    return {};
  }

  Status Finish() {
    if (sensed_) {
      if (Status taken = TakeSensedBefore(SensorTime::max()); !taken) return taken;
    } else if (const auto last = assembler_.TakeBefore(SensorTime::max())) {
      if (Status taken = TakeSet(*last); !taken) return taken;
    }
    if (motion_) {
      if (Status given = motion_->Finish(give_); !given) return given;
    }
    if (stereo_) {
      if (Status given = stereo_->Finish(give_); !given) return given;
    }
    return filter_.Finish();
  }

  /// What is to be said of what was measured, one line each.
  std::vector<std::string> Warnings() const {
    std::vector<std::string> warnings = warnings_;
    if (!stereo_ || measured_ == 0) return warnings;
    for (const std::string& warning :
         WarnOfRange({stereo_->ShareAtEnd(), stereo_->stereo().NearestDepth(),
                      options_.depth.rectification.nearest_m}))
      warnings.push_back(warning);
    return warnings;
  }

  /// Why keyframes have no depth, after the end of `log`.
  std::string WhyNone(const SensorLog& log) const {
    if (motion_) return "no picture then, or none around it from elsewhere";
    if (stereo_) return "its two cameras have no pictures of the same time then";
    return WhySensorIsSilent(log, source_);
  }

 private:
  // The matcher denoises what it is told the noise of, as far as it gains by it.
  MatchDevelopment ForStereo() const { return {options_.front, false, options_.depth.denoise}; }
  SensorTime NextTime() const { return session_.keyframes[next_].state.time; }
  bool HasNext() const { return next_ < session_.keyframes.size(); }

  Status TakeSet(const FrameSet& set) {
    while (HasNext() && NextTime() < set.time) ++next_;
    const bool is_keyframe = HasNext() && NextTime() == set.time;
    if (stereo_) return stereo_->Add(set, is_keyframe ? std::optional(next_) : std::nullopt, give_);
    if (!is_keyframe) return {};
    const Frame& frame = *set.frames[kReference];
    return HasImage(frame) ? motion_->Add(next_, frame, give_) : Status();
  }

  Status TakeSensed(const Record& record) {
    const SensorTime time = TimeOf(record);
    if (Status taken = TakeSensedBefore(time); !taken) return taken;
    const auto* frame = std::get_if<DepthFrame>(&record);
    if (frame == nullptr || frame->sensor != *sensor_ || !HasNext()) return {};
    const auto away = [this](const DepthFrame& f) {
      return std::max(f.time, NextTime()) - std::min(f.time, NextTime());
    };
    if (!nearest_ || away(*frame) < away(*nearest_)) nearest_ = *frame;
    return {};
  }

  // The keyframes for which no nearer frame of the sensor can come at `time` or later.
  Status TakeSensedBefore(SensorTime time) {
    while (HasNext() && nearest_ &&
           (time == SensorTime::max() || time > NextTime() + kLongestWait)) {
      const Keyframe& keyframe = session_.keyframes[next_];
      const Duration away =
          std::max(nearest_->time, NextTime()) - std::min(nearest_->time, NextTime());
      const auto then = PoseAt(session_.closed_loop, nearest_->time);
      if (away > kLongestWait || !then) {
        ++next_;
        continue;
      }
      const Se3 T_now_then = keyframe.state.T_world_body.Inverse() * *then;
      DepthMap map =
          sensed_->InView(*nearest_, keyframe.state.time, T_now_then, RowSigma(session_, next_));
      if (Status measured = Measured(next_, std::move(map)); !measured) return measured;
      ++next_;
    }
    return {};
  }

  Status Measured(size_t keyframe, DepthMap map) {
    ++measured_;
    return filter_.Add(keyframe, std::move(map));
  }

  const Session& session_;
  const KeyframeDepthOptions& options_;
  DepthSource from_;
  DepthFilter filter_;
  RunTasks run_;
  std::string source_;
  std::optional<SensedDepth> sensed_;
  std::optional<int> sensor_;
  std::optional<DepthFrame> nearest_;
  std::optional<StereoKeyframes> stereo_;
  std::optional<MotionDepth> motion_;
  const MotionDepth::Give give_ = [this](size_t keyframe, DepthMap map) {
    return Measured(keyframe, std::move(map));
  };
  FrameSetAssembler assembler_{static_cast<int>(session_.rig.cameras.size()), kLongestApart};
  size_t next_ = 0;  // keyframe
  size_t measured_ = 0;
  std::vector<std::string> warnings_;
};

Status WriteMap(const DepthMap& map, const KeyframeDepth& names, StagedFolder& folder) {
  const DepthMillimetres images = InMillimetres(map);
  for (const auto& [name, image] :
       {std::pair(names.file, images.depth), {names.sigma_file, images.sigma}}) {
    const auto bytes = EncodeMonoPng(image);
    if (!bytes) return tl::unexpected(bytes.error());
    if (Status written = folder.Write(name, *bytes); !written) return written;
  }
  return {};
}

Status ReadThrough(const Session& session, const KeyframeDepthOptions& options, SensorLog& log,
                   DepthMeasurement& measurement) {
  const SensorTime end = session.keyframes.back().state.time + kLongestWait;
  while (true) {
    if (options.cancelled && options.cancelled())
      return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written");
    auto record = log.Next();
    if (!record) return tl::unexpected(record.error());
    if (!*record || (TimeOf(**record) > end && !measurement.WaitsForFrames())) break;
    if (Status taken = measurement.Take(*std::move(*record)); !taken) return taken;
  }
  return measurement.Finish();
}

}  // namespace

Status CheckDepthSource(const Rig& rig, const KeyframeDepthOptions& options) {
  const DepthSource source = options.depth.source;
  if (source != DepthSource::kSensor && source != DepthSource::kStereo) return {};
  auto log = OpenSensorLog(options.log, options.reading);
  if (!log) return tl::unexpected(log.error());
  Session session;
  session.rig = rig;
  const TakeDepth none = [](const DepthMap&) { return Status(); };
  DepthMeasurement measurement(session, options, source, none);
  if (Status chosen = measurement.Choose(**log); !chosen) return chosen;
  if (measurement.HasSource()) return {};
  return Fail(ErrorKind::kUnusableInput, WhyNoSource(source), options.log.string(),
              "leave depth: {source} out of --config, or say " +
                  std::string(source == DepthSource::kSensor ? "stereo or motion" : "motion"));
}

Result<DepthOutcome> MeasureKeyframeDepth(const Session& session,
                                          const KeyframeDepthOptions& options,
                                          const TakeDepth& take) {
  DepthOutcome outcome;
  const std::vector<DepthSource> sources =
      options.depth.source == DepthSource::kAuto
          ? std::vector{DepthSource::kSensor, DepthSource::kStereo, DepthSource::kMotion}
          : std::vector{options.depth.source};
  for (const DepthSource source : sources) {
    if (session.keyframes.empty()) break;
    DepthTally tally;
    const TakeDepth counted = [&](const DepthMap& map) {
      tally.Add(map);
      return take(map);
    };
    DepthMeasurement measurement(session, options, source, counted);
    SensorLogOptions reading = options.reading;
    reading.depth = source == DepthSource::kSensor;
    auto log = OpenSensorLog(options.log, reading);
    if (!log) return tl::unexpected(log.error());
    if (Status chosen = measurement.Choose(**log); !chosen) return tl::unexpected(chosen.error());
    if (!measurement.HasSource()) {
      outcome.passed.push_back(AbsentSource(source, (*log)->contents().notes));
      continue;
    }
    const auto unfit = measurement.WhyUnfit();
    if (!unfit) return tl::unexpected(unfit.error());
    if (!unfit->empty()) {
      outcome.passed.push_back(
          {measurement.source() + " are of no use: " + *unfit + "; see nightjar inspect", true});
      continue;
    }
    if (Status ran = ReadThrough(session, options, **log, measurement); !ran)
      return tl::unexpected(ran.error());
    const std::string why = measurement.WhyNone(**log);
    if (measurement.measured() > 0) {
      outcome.told = tally.Told(measurement.source(), measurement.measured());
      outcome.why_lacking = why;
      outcome.warnings = measurement.Warnings();
      break;
    }
    outcome.passed.push_back({measurement.source() + " gave none: " + why, true});
  }
  outcome.report = ReportDepth(outcome, session.keyframes.size());
  return outcome;
}

Result<KeyframeDepths> WriteKeyframeDepth(const Session& session,
                                          const KeyframeDepthOptions& options,
                                          StagedFolder* folder) {
  KeyframeDepths written;
  int64_t maps = 0;
  const TakeDepth take = [&](const DepthMap& map) -> Status {
    if (folder != nullptr) {
      const std::string name = "depth/" +
                               session.rig.cameras[static_cast<size_t>(map.camera)].name + "/" +
                               std::to_string(ToNanoseconds(map.time));
      written.files.push_back({map.time, map.camera, name + ".png", name + "_sigma.png", map.view});
      if (Status done = WriteMap(map, written.files.back(), *folder); !done) return done;
    }
    if (options.take) options.take(map);
    if (options.progress) options.progress(++maps);
    return {};
  };
  auto outcome = MeasureKeyframeDepth(session, options, take);
  if (!outcome) return tl::unexpected(outcome.error());
  written.report = std::move(outcome->report);
  written.told = std::move(outcome->told);
  return written;
}

}  // namespace nightjar
