// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/gyro_warp.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "calibration/event_camera_of.h"
#include "calibration/read_rig.h"
#include "isp/events/event_motion.h"

namespace nightjar {
namespace {

constexpr Duration kReach = std::chrono::milliseconds(20);

std::string NamesOf(const Rig& rig) {
  std::string names;
  for (const RigEventCamera& camera : rig.event_cameras) names += ", " + camera.name;
  for (const RigCamera& camera : rig.cameras) names += ", " + camera.name;
  return names.empty() ? "none" : names.substr(2);
}

}  // namespace

Result<RigEventCamera> ReadEventCamera(const std::filesystem::path& rig, const std::string& name) {
  const auto read = ReadRig(rig);
  if (!read) return tl::unexpected(read.error());
  std::vector<RigEventCamera> found;
  for (const RigEventCamera& camera : read->event_cameras)
    if (name.empty() || camera.name == name) found.push_back(camera);
  if (found.empty()) {
    for (const RigCamera& camera : read->cameras)
      if (name.empty() || camera.name == name) found.push_back(EventCameraOf(camera));
  }
  if (found.size() == 1 && found.front().model != nullptr) return found.front();
  std::string what;
  if (name.empty())
    what = found.empty() ? "has no camera" : "has several cameras that events may be of";
  else
    what = found.empty() ? "has no camera " + name : "has no lens of camera " + name;
  return Fail(ErrorKind::kUsage, what, rig.string(),
              "name one of these with --camera: " + NamesOf(*read));
}

Result<GyroWarp> GyroWarp::Create(const RigEventCamera& camera, std::vector<ImuSample> samples) {
  if (samples.empty()) return Fail(ErrorKind::kUnusableInput, "there is no sample of a gyro");
  const auto earlier = [](const ImuSample& a, const ImuSample& b) { return a.time < b.time; };
  if (!std::is_sorted(samples.begin(), samples.end(), earlier))
    return Fail(ErrorKind::kUnusableInput, "times of gyro samples fall");
  const Undistortion undistortion(*camera.model, camera.width, camera.height);
  auto warp = EventWarp::Create(*camera.model, camera.width, camera.height, undistortion.view());
  if (!warp) return tl::unexpected(warp.error());
  return GyroWarp(std::move(*warp), camera, std::move(samples));
}

GyroWarp::GyroWarp(EventWarp warp, const RigEventCamera& camera, std::vector<ImuSample> samples)
    : warp_(std::move(warp)),
      R_body_camera_(camera.T_body_camera.rotation),
      samples_(std::move(samples)) {
  for (ImuSample& sample : samples_) sample.time -= FromSeconds(camera.time_offset_s);
}

std::span<const ImuSample> GyroWarp::SamplesOf(SensorTime begin, SensorTime end) const {
  const auto before = [](const ImuSample& sample, SensorTime time) { return sample.time < time; };
  const auto first = std::lower_bound(samples_.begin(), samples_.end(), begin - kReach, before);
  auto last = first;
  SensorTime known = begin;  // how far the samples so far reach
  for (; last != samples_.end() && last->time - kReach <= known; ++last) {
    known = last->time + kReach;
    // One behind the end tells how the velocity goes on to it.
    if (last->time >= end) return {first, last + 1};
  }
  if (known < end) return {};
  return {first, last};
}

Status GyroWarp::Warp(const EventSlice& slice) {
  const SensorTime middle = slice.begin + (slice.end - slice.begin) / 2;
  const auto samples = SamplesOf(slice.begin, slice.end);
  EventMotion motion{{{middle, {}}}};
  ++slices_;
  if (samples.empty()) {
    ++slices_without_gyro_;
  } else {
    auto turned =
        MotionFromGyro(samples, {.R_body_camera = R_body_camera_}, slice.begin, slice.end, middle);
    if (!turned) return tl::unexpected(turned.error());
    motion = std::move(*turned);
  }
  warp_.Clear();
  const auto added = warp_.Add(slice.events, motion);
  return added ? Status{} : tl::unexpected(added.error());
}

}  // namespace nightjar
