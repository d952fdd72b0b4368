// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/camera_inspection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/pipeline/level_options.h"
#include "calibration/estimate/relative_rotation.h"
#include "core/so3.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {
namespace {

// Between frames further apart too much may have happened: the turn would be that of few tracks.
constexpr Duration kLongestInterval = std::chrono::milliseconds(500);

Rig Alone(const RigCamera& camera) {
  Rig rig;
  rig.cameras = {camera};
  return rig;
}

FeatureTrackerOptions TrackerOptions() {
  FeatureTrackerOptions options;
  options.max_tracks = 120;  // enough for a turn to 0.1 deg, and quick
  return options;
}

void Widen(double value, std::optional<double>& least, std::optional<double>& most) {
  least = std::min(least.value_or(value), value);
  most = std::max(most.value_or(value), value);
}

}  // namespace

CameraInspection::CameraInspection(const RigCamera& camera)
    : camera_(camera), tracker_(Alone(camera), TrackerOptions()), focals_(camera.model) {}

Status CameraInspection::Add(const Frame& frame) {
  if (frame.features) {
    has_tracks_ = true;
    Turn(frame.time, *frame.features);
  }
  if (!HasImage(frame)) return {};
  Measure(frame);
  TrackingPyramid& pyramid = pyramids_[turn_];
  turn_ = 1 - turn_;
  if (Status built = BuildTrackingPyramid(frame.image, SensorLevels(camera_), pyramid); !built)
    return built;
  const TrackingPyramid* const present[] = {&pyramid};
  Turn(frame.time, tracker_.Track(frame.time, present, Eigen::Quaterniond::Identity()).features);
  return {};
}

void CameraInspection::Measure(const Frame& frame) {
  const LevelOptions levels = SensorLevels(camera_);
  double sum = 0;
  int64_t pixels = 0, saturated = 0, black = 0;
  std::visit(
      [&](const auto& image) {
        const int white = levels.white.value_or(sizeof(*image.data()) == 1 ? 255 : 65535);
        for (int y = 0; y < image.height(); ++y) {
          for (int x = 0; x < image.width(); ++x) {
            const int value = image(x, y);
            sum += value;
            saturated += value >= white ? 1 : 0;
            black += value <= levels.black ? 1 : 0;
          }
        }
        pixels = static_cast<int64_t>(image.width()) * image.height();
      },
      frame.image);
  const double mean = sum / static_cast<double>(pixels);
  BrightnessSummary& b = brightness_;
  b.mean_min_dn = b.frames == 0 ? mean : std::min(b.mean_min_dn, mean);
  b.mean_max_dn = std::max(b.mean_max_dn, mean);
  b.mean_dn += mean;
  b.saturated_share += static_cast<double>(saturated) / static_cast<double>(pixels);
  b.black_share += static_cast<double>(black) / static_cast<double>(pixels);
  ++b.frames;
  if (frame.exposure_ns)
    Widen(static_cast<double>(*frame.exposure_ns), b.exposure_min_ns, b.exposure_max_ns);
  if (frame.gain) Widen(*frame.gain, b.gain_min, b.gain_max);
}

void CameraInspection::Add(const ImuSample& sample) { pairing_.AddGyro(sample); }

void CameraInspection::Turn(SensorTime time, const std::vector<FeatureObservation>& features) {
  std::map<uint64_t, Eigen::Vector2d> pixels;
  std::vector<PixelPair> pairs;
  for (const FeatureObservation& feature : features) {
    pixels.emplace(feature.track, feature.pixel);
    const auto before = pixels_.find(feature.track);
    if (before != pixels_.end()) pairs.push_back({before->second, feature.pixel});
  }
  pixels_ = std::move(pixels);
  const std::optional<SensorTime> previous = std::exchange(previous_, time);
  if (!previous) return;
  tracks_.Add(static_cast<double>(pairs.size()));
  if (time - *previous > kLongestInterval) return;
  const auto turned = EstimateRelativeRotation(Unproject(*camera_.model, pairs));
  if (!turned) return;
  const double interval_s = ToSeconds(time - *previous);
  const int64_t number =
      pairing_.AddCamera(*previous, time, so3::Log(turned->R_previous_current) / interval_s);
  focals_.Add(number, interval_s, std::move(pairs));
}

BrightnessSummary CameraInspection::brightness() const {
  BrightnessSummary summary = brightness_;
  const double frames = static_cast<double>(std::max<int64_t>(summary.frames, 1));
  summary.mean_dn /= frames;
  summary.saturated_share /= frames;
  summary.black_share /= frames;
  return summary;
}

std::optional<CameraAlignment> CameraInspection::Align() const {
  if (auto other = focals_.Search(pairing_.intervals())) return other;
  const auto alignment = AlignGyroAndCamera(pairing_.intervals());
  return alignment ? std::optional(CameraAlignment{*alignment, 1}) : std::nullopt;
}

}  // namespace nightjar
