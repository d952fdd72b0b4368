// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <variant>

#include "apps/pipeline/bounded_queue.h"
#include "apps/pipeline/frame_set.h"
#include "apps/pipeline/inspect_checks.h"
#include "apps/pipeline/stereo_inspection.h"
#include "apps/pipeline/wrong_units.h"
#include "calibration/estimate/inertial_consistency.h"
#include "data/asl_folder.h"

namespace nightjar {
namespace {

constexpr size_t kAhead = 512;       // of queue weight
constexpr size_t kFrameWeight = 64;  // eight frames, or half a thousand samples

// The cameras' share of the work, which is most of it: here, or on threads of its own that take
// their cameras' records in order. What comes out is the same.
class CameraWorkers {
 public:
  CameraWorkers(const Rig& rig, int threads) {
    for (const RigCamera& camera : rig.cameras) cameras_.emplace_back(camera);
    const size_t count = std::min(cameras_.size(), static_cast<size_t>(threads - 1));
    for (size_t k = 0; k < count; ++k) workers_.push_back(std::make_unique<Worker>());
    for (size_t k = 0; k < count; ++k) workers_[k]->thread = std::thread([this, k] { Run(k); });
  }
  ~CameraWorkers() { (void)Join(); }
  CameraWorkers(const CameraWorkers&) = delete;
  CameraWorkers& operator=(const CameraWorkers&) = delete;

  Status Add(const Record& record) {
    if (workers_.empty()) return Take(record, 0, 1);
    const auto* frame = std::get_if<Frame>(&record);
    for (size_t k = 0; k < workers_.size(); ++k) {
      if (frame != nullptr && static_cast<size_t>(frame->camera) % workers_.size() != k) continue;
      workers_[k]->queue.Push(record, frame != nullptr ? kFrameWeight : 1);
    }
    return {};
  }

  /// The first thing that went wrong, by the order of the workers.
  Status Join() {
    for (auto& worker : workers_) {
      worker->queue.Close();
      if (worker->thread.joinable()) worker->thread.join();
    }
    for (auto& worker : workers_) {
      if (!worker->status) return worker->status;
    }
    return {};
  }

  /// After Join().
  const std::vector<CameraInspection>& cameras() const { return cameras_; }

 private:
  struct Worker {
    BoundedQueue<Record> queue{kAhead};
    Status status;
    std::thread thread;
  };

  // Gives a record to those cameras whose number has the remainder `k` modulo `workers`.
  Status Take(const Record& record, size_t k, size_t workers) {
    if (const auto* frame = std::get_if<Frame>(&record))
      return cameras_[static_cast<size_t>(frame->camera)].Add(*frame);
    const auto* sample = std::get_if<ImuSample>(&record);
    for (size_t c = k; sample != nullptr && c < cameras_.size(); c += workers)
      cameras_[c].Add(*sample);
    return {};
  }

  void Run(size_t k) {
    Worker& worker = *workers_[k];
    while (const auto record = worker.queue.Pop()) {
      if (!worker.status) continue;  // goes on taking: the reader must not wait for ever
      try {
        worker.status = Take(*record, k, workers_.size());
      } catch (const std::exception& error) {
        worker.status = Fail(ErrorKind::kInternal, std::string("broken off: ") + error.what());
      }
    }
  }

  std::vector<CameraInspection> cameras_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

double HalfOfInner80(const BoundedSample& values) {
  return 0.5 * (values.Quantile(0.9) - values.Quantile(0.1));
}

// Everything that is gathered on the way through the log.
class Pass {
 public:
  Pass(const SensorLog& log, int threads)
      : rig_(log.rig()), workers_(rig_, threads), timers_(rig_.cameras.size() + 1) {
    stride_ = std::max<int64_t>(1, log.reference_frames() / StereoInspection::kMostFrames);
    if (rig_.cameras.size() > 1) stereo_ = std::make_unique<StereoInspection>(rig_);
  }

  Status Add(const Record& record) {
    if (const auto* sample = std::get_if<ImuSample>(&record)) {
      timers_[0].Add(sample->time);
      consistency_.Add(*sample);
      rate_length_.Add(sample->angular_velocity_body.norm());
      force_length_.Add(sample->specific_force_body.norm());
      force_sum_ += sample->specific_force_body;
      ++samples_;
    }
    if (const auto* frame = std::get_if<Frame>(&record)) {
      timers_[static_cast<size_t>(frame->camera) + 1].Add(frame->time);
      if (Status matched = Match(*frame); !matched) return matched;
    }
    return workers_.Add(record);
  }

  Result<InspectEvidence> Finish(const SensorLog& log) {
    if (Status joined = workers_.Join(); !joined) return tl::unexpected(joined.error());
    InspectEvidence evidence;
    evidence.rig = rig_;
    AddStreams(log, evidence);
    evidence.angular_velocity_median = rate_length_.Quantile(0.5);
    evidence.angular_velocity_spread = HalfOfInner80(rate_length_);
    evidence.specific_force_median = force_length_.Quantile(0.5);
    evidence.specific_force_spread = HalfOfInner80(force_length_);
    if (samples_ > 0) evidence.specific_force_mean = force_sum_ / static_cast<double>(samples_);
    evidence.gyro_readings = consistency_.Judge();
    evidence.static_scatter = consistency_.StaticScatter();
    for (const CameraInspection& camera : workers_.cameras())
      evidence.alignments.push_back(camera.Align());
    const bool has_images = !workers_.cameras().front().has_tracks();
    if (stereo_ && has_images) evidence.stereo = stereo_->agreement();
    return evidence;
  }

  int64_t reference_frames() const { return reference_frames_; }

 private:
  Status Match(const Frame& frame) {
    const bool wanted = frame.camera != 0 || reference_frames_++ % stride_ == 0;
    if (!stereo_ || frame.camera > 1) return {};
    auto& [first, second] = waiting_;
    (frame.camera == 0 ? first : second) =
        wanted && HasImage(frame) ? std::optional(frame) : std::nullopt;
    // Not by the trigger: what moved between mid-exposures lies off its epipolar curve.
    if (!first || !second || std::chrono::abs(first->time - second->time) > kTogether) return {};
    const Frame reference = *std::exchange(first, std::nullopt);
    return stereo_->Add(reference, *std::exchange(second, std::nullopt));
  }

  void AddStreams(const SensorLog& log, InspectEvidence& evidence) const {
    const std::vector<StreamCounts> counts = log.counts();
    for (size_t k = 0; k < timers_.size(); ++k) {
      InspectedStream stream;
      stream.name = k == 0 ? rig_.imu.name : rig_.cameras[k - 1].name;
      stream.kind = k == 0 ? "imu" : "camera";
      stream.nominal_rate_hz = k == 0 ? rig_.imu.rate_hz : rig_.cameras[k - 1].rate_hz;
      stream.timing = timers_[k].Timing();
      for (const StreamCounts& count : counts) {
        if (count.stream != stream.name) continue;
        stream.listed = count.listed;
        stream.delivered = count.delivered;
      }
      if (k > 0) {
        const CameraInspection& camera = workers_.cameras()[k - 1];
        if (!camera.has_tracks()) stream.brightness = camera.brightness();
        stream.tracks_median = camera.tracks().Quantile(0.5);
      }
      evidence.streams.push_back(std::move(stream));
    }
    SensorTime begin = SensorTime::min(), end = SensorTime::max();
    for (const InspectedStream& stream : evidence.streams) {
      begin = std::max(begin, stream.timing.first);
      end = std::min(end, stream.timing.last);
    }
    const double overlap_s = end > begin ? ToSeconds(end - begin) : 0;
    for (InspectedStream& stream : evidence.streams) stream.overlap_s = overlap_s;
  }

  Rig rig_;
  CameraWorkers workers_;
  std::vector<StreamTimer> timers_;  // the IMU's, then the cameras'
  InertialConsistency consistency_;
  BoundedSample rate_length_;
  BoundedSample force_length_;
  Eigen::Vector3d force_sum_ = Eigen::Vector3d::Zero();
  int64_t samples_ = 0;
  std::unique_ptr<StereoInspection> stereo_;
  std::array<std::optional<Frame>, 2> waiting_;  // of the first two cameras, for its partner
  int64_t stride_ = 1;
  int64_t reference_frames_ = 0;
};

double Span(const std::vector<InspectedStream>& streams) {
  SensorTime first = SensorTime::max(), last = SensorTime::min();
  for (const InspectedStream& stream : streams) {
    if (stream.timing.count == 0) continue;
    first = std::min(first, stream.timing.first);
    last = std::max(last, stream.timing.last);
  }
  return last > first ? ToSeconds(last - first) : 0;
}

// Of each event camera of the log, used or not. What cannot be read is an anomaly.
Status InspectEvents(const InspectOptions& options, Inspection& inspection) {
  const auto folder = FindAslFolder(options.log);
  if (!folder) return tl::unexpected(folder.error());
  for (const std::string& name : folder->event_cameras) {
    const std::string file = name + "/events.h5";
    auto found = InspectEventFile(folder->root / file, options.event_progress);
    if (!found) {
      inspection.anomalies.push_back({found.error().what, file, 1});
      continue;
    }
    for (const EventAnomaly& anomaly : found->anomalies) {
      inspection.anomalies.push_back({anomaly.kind, file + ": " + WhereOf(anomaly), anomaly.count});
    }
    inspection.events.push_back({name, *std::move(found)});
  }
  return {};
}

}  // namespace

Result<Inspection> Inspect(const InspectOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  if (options.threads < 1 || options.threads > 256)
    return Fail(ErrorKind::kUsage, "threads must be in 1 .. 256");
  auto log = OpenSensorLog(options.log);
  if (!log) return tl::unexpected(log.error());
  Pass pass(**log, options.threads);
  while (true) {
    const Result<std::optional<Record>> record = (*log)->Next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    if (Status added = pass.Add(**record); !added) return tl::unexpected(added.error());
    if (options.progress && std::holds_alternative<Frame>(**record))
      options.progress(pass.reference_frames(), (*log)->reference_frames());
  }
  Result<InspectEvidence> evidence = pass.Finish(**log);
  if (!evidence) return tl::unexpected(evidence.error());
  Inspection inspection;
  inspection.checks = JudgeEvidence(*evidence);
  inspection.anomalies = (*log)->anomalies();
  BlameUnits(*evidence, inspection.checks, inspection.anomalies);
  inspection.streams = std::move(evidence->streams);
  inspection.description = (*log)->contents().description;
  inspection.notes = (*log)->contents().notes;
  inspection.duration_s = Span(inspection.streams);
  if (Status looked = InspectEvents(options, inspection); !looked)
    return tl::unexpected(looked.error());
  inspection.wall_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return inspection;
}

}  // namespace nightjar
