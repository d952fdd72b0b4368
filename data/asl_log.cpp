// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "data/asl_folder.h"
#include "data/camera_stream.h"
#include "data/imu_stream.h"
#include "data/sensor_log.h"

namespace nightjar {
namespace {

class AslLog final : public SensorLog {
 public:
  static Result<std::unique_ptr<SensorLog>> Open(const std::filesystem::path& log,
                                                 const SensorLogOptions& options);

  const Rig& rig() const override { return rig_; }
  int64_t reference_frames() const override { return reference_frames_; }
  Result<std::optional<Record>> Next() override;
  std::vector<LogAnomaly> anomalies() const override;
  std::vector<StreamCounts> counts() const override;
  std::string identity() const override { return identity_; }
  std::optional<std::filesystem::path> truth() const override { return folder_.truth; }

 private:
  Status SetInterval(const SensorLogOptions& options);
  CameraStream* EarliestCamera() const;
  bool ImuIsNext(const CameraStream* camera) const;
  Result<std::optional<Record>> End();
  Result<std::optional<Record>> Stop(const Error& error);

  AslFolder folder_;
  Rig rig_;
  std::string identity_;
  std::unique_ptr<ImuStream> imu_;
  std::vector<std::unique_ptr<CameraStream>> cameras_;
  FrameInterval interval_;
  int64_t reference_frames_ = 0;
  int64_t images_delivered_ = 0;
  bool imu_ended_ = false;  // a sample at or behind the interval's end has been handed out
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

Status AslLog::SetInterval(const SensorLogOptions& options) {
  SensorTime first = SensorTime::max();
  for (const auto& camera : cameras_) first = std::min(first, *camera->next_time());
  if (options.begin_s) interval_.begin = After(first, *options.begin_s);
  if (options.end_s) interval_.end = After(first, *options.end_s);
  const std::string& reference = rig_.cameras.front().name;
  const Result<FrameListing> listing = CameraStream::List(folder_.root, reference, interval_);
  if (!listing) return tl::unexpected(listing.error());
  reference_frames_ = listing->in_interval;
  if (reference_frames_ == 0) {
    char span[96];
    std::snprintf(span, sizeof(span), "the frames lie from %.3f to %.3f s",
                  ToSeconds(listing->first - first), ToSeconds(listing->last - first));
    return Fail(ErrorKind::kUsage, "no frame of " + reference + " lies in the asked interval",
                folder_.root.string(), span);
  }
  for (const auto& camera : cameras_) {
    if (Status status = camera->Restrict(interval_); !status) return status;
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
  const std::filesystem::path& root = opened->folder_.root;
  const auto names = ChooseCameras(opened->folder_, options.cameras);
  if (!names) return tl::unexpected(names.error());
  auto rig = ReadAslRig(root, *names);
  if (!rig) return tl::unexpected(rig.error());
  opened->rig_ = *std::move(rig);
  auto imu = ImuStream::Open(root, kAslImu);
  if (!imu) return tl::unexpected(imu.error());
  opened->imu_ = *std::move(imu);
  for (const RigCamera& camera : opened->rig_.cameras) {
    auto stream = CameraStream::Open(root, camera, static_cast<int>(opened->cameras_.size()));
    if (!stream) return tl::unexpected(stream.error());
    opened->cameras_.push_back(*std::move(stream));
  }
  if (Status status = opened->SetInterval(options); !status) return tl::unexpected(status.error());
  auto identity = AslIdentity(root, *names);
  if (!identity) return tl::unexpected(identity.error());
  opened->identity_ = *std::move(identity);
  return opened;
}

// The camera whose next frame is the earliest, of several the first; null when all have ended.
CameraStream* AslLog::EarliestCamera() const {
  CameraStream* earliest = nullptr;
  for (const auto& camera : cameras_) {
    if (!camera->next_time()) continue;
    if (earliest == nullptr || *camera->next_time() < *earliest->next_time())
      earliest = camera.get();
  }
  return earliest;
}

bool AslLog::ImuIsNext(const CameraStream* camera) const {
  const std::optional<SensorTime> time = imu_->next_time();
  if (!time || imu_ended_) return false;
  return camera == nullptr || *time <= *camera->next_time();
}

Result<std::optional<Record>> AslLog::Next() {
  while (!ended_) {
    CameraStream* camera = EarliestCamera();
    if (ImuIsNext(camera)) {
      const Result<ImuSample> sample = imu_->Take();
      if (!sample) return Stop(sample.error());
      // One sample at or behind the end closes the last frame's interval; more would only cost
      // time.
      imu_ended_ = sample->time >= interval_.end;
      return Record(*sample);
    }
    if (camera == nullptr) return End();
    Result<Frame> frame = camera->Take();
    if (!frame) return Stop(frame.error());
    if (HasImage(*frame)) ++images_delivered_;
    return Record(*std::move(frame));
  }
  return std::nullopt;
}

Result<std::optional<Record>> AslLog::End() {
  ended_ = true;
  if (images_delivered_ > 0) return std::nullopt;
  LogAnomaly first;
  for (const LogAnomaly& anomaly : anomalies()) {
    if (anomaly.first_where.rfind("cam", 0) == 0 && first.count == 0) first = anomaly;
  }
  return Fail(ErrorKind::kUnusableInput,
              "not one frame could be read, the first for this reason: " + first.what,
              (folder_.root / first.first_where).string(), "check the image files");
}

Result<std::optional<Record>> AslLog::Stop(const Error& error) {
  ended_ = true;
  return tl::unexpected(error);
}

std::vector<LogAnomaly> AslLog::anomalies() const {
  std::vector<LogAnomaly> all = imu_->anomalies();
  for (const auto& camera : cameras_) {
    const std::vector<LogAnomaly> more = camera->anomalies();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::vector<StreamCounts> AslLog::counts() const {
  std::vector<StreamCounts> all = {imu_->counts()};
  for (const auto& camera : cameras_) all.push_back(camera->counts());
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
