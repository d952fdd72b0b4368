// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "data/asl_folder.h"
#include "data/audio_stream.h"
#include "data/camera_stream.h"
#include "data/event_stream.h"
#include "data/imu_stream.h"
#include "data/log_identity.h"
#include "data/log_rig.h"
#include "data/log_yaml.h"
#include "data/sensor_log.h"
#include "data/track_stream.h"

namespace nightjar {
namespace {

class AslLog final : public SensorLog {
 public:
  static Result<std::unique_ptr<SensorLog>> Open(const std::filesystem::path& log,
                                                 const SensorLogOptions& options);

  const Rig& rig() const override { return rig_.rig; }
  const LogContents& contents() const override { return contents_; }
  int64_t reference_frames() const override { return reference_frames_; }
  Result<std::optional<Record>> Next() override;
  std::vector<LogAnomaly> anomalies() const override;
  std::vector<StreamCounts> counts() const override;
  std::string identity() const override { return identity_; }
  std::optional<std::filesystem::path> truth() const override { return folder_.truth; }

 private:
  void Describe(const FurtherStreams& further);
  Status OpenCameras();
  Status OpenStreams(const FurtherStreams& further);
  Status SetInterval(const SensorLogOptions& options);
  RecordStream* EarliestStream() const;
  Result<std::optional<Record>> End();
  Result<std::optional<Record>> Stop(const Error& error);

  AslFolder folder_;
  LogRig rig_;
  std::vector<std::string> asked_events_;
  LogContents contents_;
  std::string identity_;
  /// IMU, cameras, depth sensors, audio, events: at equal times their records come in this order.
  std::vector<std::unique_ptr<RecordStream>> streams_;
  FrameInterval interval_;
  int64_t reference_frames_ = 0;
  bool has_tracks_ = false;  // in place of images
  int64_t frames_seen_ = 0;  // delivered with an image or with features
  bool ended_ = false;
};

Status CheckInterval(const SensorLogOptions& options) {
  for (const std::optional<double>& bound : {options.begin_s, options.end_s}) {
    if (bound && !std::isfinite(*bound))
      return Fail(ErrorKind::kUsage, "a bound of the interval is not a number");
  }
  if (options.begin_s && options.end_s && !(*options.begin_s < *options.end_s)) {
    return Fail(ErrorKind::kUsage, "the interval ends before it begins", {},
                "give an end after the begin");
  }
  return {};
}

// `start` is not before 0, as no time of a log is.
SensorTime After(SensorTime start, double seconds) {
  constexpr double kCentury = 3e9;  // s; more would overflow the nanoseconds
  const Duration offset = FromSeconds(std::clamp(seconds, -kCentury, kCentury));
  return offset > SensorTime::max() - start ? SensorTime::max() : start + offset;
}

void AslLog::Describe(const FurtherStreams& further) {
  contents_.depth_sensors = rig_.depth_sensors;
  contents_.depth_noise = rig_.depth_noise;
  contents_.event_cameras = rig_.event_cameras;
  contents_.notes = rig_.notes;
  for (const std::string& name : folder_.not_read)
    contents_.notes.push_back(name + " is not read yet");
  const auto note_unused = [this](const auto& there, const auto& asked) {
    for (const std::string& name : there) {
      if (std::find(asked.begin(), asked.end(), name) == asked.end())
        contents_.notes.push_back(name + " is not used");
    }
  };
  note_unused(folder_.depth_sensors, further.depth_sensors);
  note_unused(folder_.audio, further.audio);
  note_unused(folder_.event_cameras, asked_events_);
  for (const RigCamera& camera : rig_.rig.cameras) {
    std::error_code unused;
    if (std::filesystem::exists(folder_.root / camera.name / kTrackFile, unused) &&
        !HasTracksOnly(folder_.root, camera.name)) {
      contents_.notes.push_back(camera.name + "/" + kTrackFile +
                                " is not used: there is a data.csv");
    }
  }
}

// Images or tracks, of all cameras the same: what is seen in a frame is put together over them.
Status AslLog::OpenCameras() {
  const std::vector<RigCamera>& cameras = rig_.rig.cameras;
  has_tracks_ = HasTracksOnly(folder_.root, cameras.front().name);
  for (const RigCamera& camera : cameras) {
    if (HasTracksOnly(folder_.root, camera.name) == has_tracks_) continue;
    return Fail(ErrorKind::kUsage,
                "of " + cameras.front().name + " and " + camera.name +
                    " one has images and the other tracks only",
                folder_.root.string(), "name cameras of one kind");
  }
  const auto take = [this](auto stream) -> Status {
    if (!stream) return tl::unexpected(stream.error());
    streams_.push_back(*std::move(stream));
    return {};
  };
  for (size_t i = 0; i < cameras.size(); ++i) {
    const int index = static_cast<int>(i);
    if (Status opened = has_tracks_ ? take(TrackStream::Open(folder_.root, cameras[i], index))
                                    : take(CameraStream::Open(folder_.root, cameras[i], index));
        !opened) {
      return opened;
    }
  }
  return {};
}

Status AslLog::OpenStreams(const FurtherStreams& further) {
  auto imu = ImuStream::Open(folder_.root, kAslImu);
  if (!imu) return tl::unexpected(imu.error());
  streams_.push_back(*std::move(imu));
  if (Status opened = OpenCameras(); !opened) return opened;
  for (size_t i = 0; i < contents_.depth_sensors.size(); ++i) {
    auto stream = CameraStream::Open(folder_.root, contents_.depth_sensors[i], static_cast<int>(i),
                                     CameraStream::Kind::kDepthSensor);
    if (!stream) return tl::unexpected(stream.error());
    streams_.push_back(*std::move(stream));
  }
  for (const std::string& name : further.audio) {
    auto stream = AudioStream::Open(folder_.root, name, static_cast<int>(contents_.audio.size()));
    if (!stream) return tl::unexpected(stream.error());
    contents_.audio.push_back((*stream)->info());
    streams_.push_back(*std::move(stream));
  }
  for (size_t i = 0; i < contents_.event_cameras.size(); ++i) {
    auto stream = EventStream::Open(folder_.root, contents_.event_cameras[i], static_cast<int>(i));
    if (!stream) return tl::unexpected(stream.error());
    streams_.push_back(*std::move(stream));
  }
  return {};
}

Status AslLog::SetInterval(const SensorLogOptions& options) {
  SensorTime first = SensorTime::max();
  for (size_t i = 1; i <= rig_.rig.cameras.size(); ++i)
    first = std::min(first, *streams_[i]->next_time());
  if (options.begin_s) interval_.begin = After(first, *options.begin_s);
  if (options.end_s) interval_.end = After(first, *options.end_s);
  const RigCamera& reference = rig_.rig.cameras.front();
  const auto listing = has_tracks_ ? TrackStream::List(folder_.root, reference, interval_)
                                   : CameraStream::List(folder_.root, reference, interval_);
  if (!listing) return tl::unexpected(listing.error());
  reference_frames_ = listing->in_interval;
  if (reference_frames_ == 0) {
    char span[96];
    std::snprintf(span, sizeof(span), "the frames lie from %.3f to %.3f s",
                  ToSeconds(listing->first - first), ToSeconds(listing->last - first));
    return Fail(ErrorKind::kUsage, "no frame of " + reference.name + " lies in the asked interval",
                folder_.root.string(), span);
  }
  for (const auto& stream : streams_) {
    if (Status status = stream->Restrict(interval_); !status) return status;
  }
  return {};
}

Result<std::unique_ptr<SensorLog>> AslLog::Open(const std::filesystem::path& log,
                                                const SensorLogOptions& options) {
  if (Status status = CheckInterval(options); !status) return tl::unexpected(status.error());
  auto opened = std::make_unique<AslLog>();
  auto folder = FindAslFolder(log);
  if (!folder) return tl::unexpected(folder.error());
  opened->folder_ = *std::move(folder);
  if (opened->folder_.log_yaml) {  // before all else: of another version nothing else is known
    auto description = ReadLogYaml(*opened->folder_.log_yaml);
    if (!description) return tl::unexpected(description.error());
    opened->contents_.description = *std::move(description);
  }
  const auto names = ChooseCameras(opened->folder_, options.cameras);
  if (!names) return tl::unexpected(names.error());
  auto further = ChooseFurtherStreams(opened->folder_, options.further_streams);
  if (!further) return tl::unexpected(further.error());
  if (options.depth) further->depth_sensors = opened->folder_.depth_sensors;
  const std::vector<std::string>& event_cameras = opened->folder_.event_cameras;
  if (options.events && !event_cameras.empty()) opened->asked_events_ = {event_cameras.front()};
  auto rig = ReadLogRig(opened->folder_,
                        {*names, further->depth_sensors, opened->asked_events_, options.rig_file});
  if (!rig) return tl::unexpected(rig.error());
  opened->rig_ = *std::move(rig);
  opened->Describe(*further);
  if (Status status = opened->OpenStreams(*further); !status) return tl::unexpected(status.error());
  if (Status status = opened->SetInterval(options); !status) return tl::unexpected(status.error());
  auto identity =
      IdentifyLog(opened->folder_, opened->rig_, further->audio, options.rig_file.has_value());
  if (!identity) return tl::unexpected(identity.error());
  opened->identity_ = *std::move(identity);
  return opened;
}

// The stream whose next record is the earliest, of several the first; null when all have ended.
RecordStream* AslLog::EarliestStream() const {
  RecordStream* earliest = nullptr;
  std::optional<SensorTime> earliest_time;
  for (const auto& stream : streams_) {
    const std::optional<SensorTime> time = stream->next_time();
    if (!time || (earliest_time && *earliest_time <= *time)) continue;
    earliest = stream.get();
    earliest_time = time;
  }
  return earliest;
}

Result<std::optional<Record>> AslLog::Next() {
  while (!ended_) {
    RecordStream* stream = EarliestStream();
    if (stream == nullptr) return End();
    Result<std::optional<Record>> record = stream->Take();
    if (!record) return Stop(record.error());
    if (!*record) continue;
    const Frame* frame = std::get_if<Frame>(&**record);
    if (frame != nullptr && (HasImage(*frame) || frame->features)) ++frames_seen_;
    return record;
  }
  return std::nullopt;
}

Result<std::optional<Record>> AslLog::End() {
  ended_ = true;
  if (frames_seen_ > 0) return std::nullopt;
  const auto cost_a_frame = [](const LogAnomaly& anomaly) {
    constexpr std::string_view kSkipped = ", skipped";
    const std::string& what = anomaly.what;
    return anomaly.first_where.rfind("cam", 0) == 0 && what.size() > kSkipped.size() &&
           what.compare(what.size() - kSkipped.size(), kSkipped.size(), kSkipped) == 0;
  };
  const std::vector<LogAnomaly> all = anomalies();
  const auto found = std::find_if(all.begin(), all.end(), cost_a_frame);
  const LogAnomaly first = found == all.end() ? LogAnomaly{} : *found;
  return Fail(ErrorKind::kUnusableInput,
              "not one frame could be read, the first for this reason: " + first.what,
              (folder_.root / first.first_where).string(), "check the image files");
}

Result<std::optional<Record>> AslLog::Stop(const Error& error) {
  ended_ = true;
  return tl::unexpected(error);
}

std::vector<LogAnomaly> AslLog::anomalies() const {
  std::vector<LogAnomaly> all = rig_.disagreements;
  for (const auto& stream : streams_) {
    const std::vector<LogAnomaly> more = stream->anomalies();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::vector<StreamCounts> AslLog::counts() const {
  std::vector<StreamCounts> all;
  for (const auto& stream : streams_) all.push_back(stream->counts());
  return all;
}

}  // namespace

SensorTime TimeOf(const Record& record) {
  return std::visit([](const auto& value) { return value.time; }, record);
}

Result<std::unique_ptr<SensorLog>> OpenSensorLog(const std::filesystem::path& folder,
                                                 const SensorLogOptions& options) {
  return AslLog::Open(folder, options);
}

}  // namespace nightjar
