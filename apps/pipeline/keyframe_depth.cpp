// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_depth.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "apps/pipeline/depth_filter.h"
#include "apps/pipeline/depth_millimetres.h"
#include "apps/pipeline/depth_source.h"
#include "apps/pipeline/keyframe_motion.h"
#include "apps/pipeline/motion_depth.h"
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
  DepthMeasurement(const Session& session, const KeyframeDepthOptions& options,
                   const TakeDepth& take)
      : session_(session),
        options_(options),
        filter_(session, options.depth, take),
        run_(TasksOn(options.threads)) {}

  Status Choose(const SensorLog& log) {
    const RigCamera& camera = session_.rig.cameras[kReference];
    const LogContents& contents = log.contents();
    if (TakesSensors() && !contents.depth_sensors.empty()) {
      sensor_ = NearestDepthSensor(camera, contents.depth_sensors);
      const auto index = static_cast<size_t>(*sensor_);
      sensed_.emplace(contents.depth_sensors[index], contents.depth_noise[index], camera,
                      kReference, UndistortedView(*camera.model, camera.width, camera.height));
      source_ = contents.depth_sensors[index].name;
      filter_.SetCorrelation(options_.depth.correlation.sensor);
      return {};
    }
    if (options_.depth.source == DepthSource::kSensor) return {};
    if (options_.depth.source != DepthSource::kMotion) {
      auto stereo =
          StereoDepth::Create(session_.rig, options_.depth.rectification, options_.depth.matching);
      if (!stereo) return tl::unexpected(stereo.error());
      stereo_ = *std::move(stereo);
    }
    if (stereo_) {
      // The matcher denoises what it is told the noise of, as far as it gains by it.
      developer_.emplace(session_.rig,
                         MatchDevelopment{options_.front, false, options_.depth.denoise});
      filter_.SetCorrelation(options_.depth.correlation.stereo);
      source_ = camera.name + " and " + session_.rig.cameras[stereo_->partner()].name;
    } else if (options_.depth.source != DepthSource::kStereo) {
      motion_.emplace(session_, options_.depth.sweep,
                      MatchDevelopment{options_.front, options_.depth.denoise, true}, run_);
      filter_.SetCorrelation(options_.depth.correlation.motion);
      source_ = "the motion of " + camera.name;
    }
    return {};
  }
  bool TakesSensors() const {
    return options_.depth.source == DepthSource::kAuto ||
           options_.depth.source == DepthSource::kSensor;
  }
  bool HasSource() const { return stereo_ || sensed_ || motion_; }

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
    return filter_.Finish();
  }

  StageReport Report() const {
    StageReport report{"depth", StageReport::Outcome::kSuccess, {}, {}, {}};
    const size_t keyframes = session_.keyframes.size();
    if (!HasSource()) {
      report.warnings.push_back(
          "no depth: the log has neither a depth sensor nor two cameras "
          "with a view in common");
    } else {
      report.info.push_back("from " + source_ + ", of " + std::to_string(measured_) + " of " +
                            std::to_string(keyframes) + " keyframes");
      if (measured_ < keyframes)
        report.warnings.push_back(std::to_string(keyframes - measured_) +
                                  " keyframes have no depth: nothing was recorded of it then");
    }
    if (!report.warnings.empty()) report.outcome = StageReport::Outcome::kWarning;
    return report;
  }

 private:
  SensorTime NextTime() const { return session_.keyframes[next_].state.time; }
  bool HasNext() const { return next_ < session_.keyframes.size(); }

  Status TakeSet(const FrameSet& set) {
    while (HasNext() && NextTime() < set.time) ++next_;
    if (!HasNext() || NextTime() != set.time) return {};
    if (motion_) {
      const Frame& frame = *set.frames[kReference];
      return HasImage(frame) ? motion_->Add(next_, frame, give_) : Status();
    }
    auto map = stereo_->Measure(set, *developer_, run_);
    if (!map) return tl::unexpected(map.error());
    return *map ? Measured(next_, *std::move(*map)) : Status();
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
  DepthFilter filter_;
  RunTasks run_;
  std::string source_;
  std::optional<SensedDepth> sensed_;
  std::optional<int> sensor_;
  std::optional<DepthFrame> nearest_;
  std::optional<StereoDepth> stereo_;
  std::optional<MatchDeveloper> developer_;
  std::optional<MotionDepth> motion_;
  const MotionDepth::Give give_ = [this](size_t keyframe, DepthMap map) {
    return Measured(keyframe, std::move(map));
  };
  FrameSetAssembler assembler_{static_cast<int>(session_.rig.cameras.size()), kLongestApart};
  size_t next_ = 0;  // keyframe
  size_t measured_ = 0;
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

}  // namespace

Result<StageReport> MeasureKeyframeDepth(const Session& session,
                                         const KeyframeDepthOptions& options,
                                         const TakeDepth& take) {
  DepthMeasurement measurement(session, options, take);
  if (session.keyframes.empty()) return measurement.Report();
  auto log = OpenSensorLog(options.log, options.reading);
  if (!log) return tl::unexpected(log.error());
  if (Status chosen = measurement.Choose(**log); !chosen) return tl::unexpected(chosen.error());
  if (!measurement.HasSource()) return measurement.Report();
  const SensorTime end = session.keyframes.back().state.time + kLongestWait;
  while (true) {
    if (options.cancelled && options.cancelled())
      return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written");
    auto record = (*log)->Next();
    if (!record) return tl::unexpected(record.error());
    if (!*record || TimeOf(**record) > end) break;
    if (Status taken = measurement.Take(*std::move(*record)); !taken)
      return tl::unexpected(taken.error());
  }
  if (Status finished = measurement.Finish(); !finished) return tl::unexpected(finished.error());
  return measurement.Report();
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
  auto report = MeasureKeyframeDepth(session, options, take);
  if (!report) return tl::unexpected(report.error());
  written.report = *std::move(report);
  return written;
}

}  // namespace nightjar
