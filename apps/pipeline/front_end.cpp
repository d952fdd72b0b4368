// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/front_end.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nightjar {
namespace {

// Mid-exposures of one trigger lie apart only where they are computed from the stamp.
Duration LongestApart(const Rig& rig) {
  const bool all_mid =
      std::all_of(rig.cameras.begin(), rig.cameras.end(), [](const RigCamera& camera) {
        return camera.sensor.stamp_reference == StampReference::kMiddle;
      });
  return all_mid ? kTogether : kLongestApart;
}

// Features of tracks that the log has in place of images.
FrameObservations Joined(const FrameSet& set) {
  FrameObservations observations;
  observations.time = set.time;
  for (const std::optional<Frame>& frame : set.frames) {
    if (!frame || !frame->features) continue;
    observations.features.insert(observations.features.end(), frame->features->begin(),
                                 frame->features->end());
  }
  std::sort(observations.features.begin(), observations.features.end(),
            [](const FeatureObservation& a, const FeatureObservation& b) {
              return std::tie(a.track, a.camera) < std::tie(b.track, b.camera);
            });
  return observations;
}

}  // namespace

FrontEnd::FrontEnd(const Rig& rig, const DevelopmentOptions& development,
                   const FeatureTrackerOptions& tracking, std::optional<EventSource> events,
                   std::optional<DepthTracks> depth)
    : developer_(rig, development),
      assembler_(static_cast<int>(rig.cameras.size()), LongestApart(rig)),
      tracker_(rig, tracking),
      events_(std::move(events)) {
  if (depth) depth_.emplace(*std::move(depth));
  for (auto& pyramids : pyramids_) pyramids.resize(rig.cameras.size());
}

Status FrontEnd::Add(Record record, std::vector<Measurement>& measurements) {
  if (!depth_) return AddToTracks(std::move(record), measurements);
  depth_->PassBefore(TimeOf(record), measurements);
  if (const auto* frame = std::get_if<DepthFrame>(&record)) {
    depth_->Add(*frame, measurements);
    return {};
  }
  std::vector<Measurement> made;
  if (Status added = AddToTracks(std::move(record), made); !added) return added;
  depth_->Take(std::move(made), measurements);
  return {};
}

Status FrontEnd::AddToTracks(Record record, std::vector<Measurement>& measurements) {
  const bool is_used = std::holds_alternative<ImuSample>(record) ||
                       std::holds_alternative<Frame>(record) ||
                       (events_ && std::holds_alternative<EventRecord>(record));
  if (!is_used) return {};
  if (const auto late = assembler_.TakeBefore(TimeOf(record))) {
    if (Status tracked = Track(*late, measurements); !tracked) return tracked;
  }
  if (const auto* sample = std::get_if<ImuSample>(&record)) {
    const auto waiting = assembler_.reference_time();
    if (waiting && sample->time > *waiting) {
      held_.push_back(*sample);
    } else {
      Take(*sample, measurements);
    }
    return {};
  }
  if (auto* told = std::get_if<EventRecord>(&record)) {
    events_->Add(std::move(*told));
    return {};
  }
  for (const FrameSet& set : assembler_.Add(std::get<Frame>(std::move(record)))) {
    if (Status tracked = Track(set, measurements); !tracked) return tracked;
  }
  return {};
}

Status FrontEnd::Finish(std::vector<Measurement>& measurements) {
  std::vector<Measurement> made;
  if (const auto last = assembler_.TakeBefore(SensorTime::max())) {
    if (Status tracked = Track(*last, made); !tracked) return tracked;
  }
  if (depth_) {
    depth_->Take(std::move(made), measurements);
    depth_->Finish(measurements);
  } else {
    std::move(made.begin(), made.end(), std::back_inserter(measurements));
  }
  return {};
}

void FrontEnd::Take(const ImuSample& sample, std::vector<Measurement>& measurements) {
  gyro_.Add(sample);
  if (events_) events_->Add(sample);
  measurements.emplace_back(sample);
}

void FrontEnd::Release(std::vector<Measurement>& measurements) {
  for (const ImuSample& sample : held_) Take(sample, measurements);
  held_.clear();
}

Status FrontEnd::Track(const FrameSet& set, std::vector<Measurement>& measurements) {
  const Eigen::Quaterniond rotation = gyro_.TakeUpTo(set.time);
  Result<FrameObservations> observed = TrackFrames(set, rotation);
  if (!observed) return tl::unexpected(observed.error());
  if (events_) {
    if (Status added = events_->Observe(rotation, gyro_.angular_velocity_body(), *observed); !added)
      return added;
  }
  measurements.emplace_back(*std::move(observed));
  Release(measurements);
  return {};
}

Result<FrameObservations> FrontEnd::TrackFrames(const FrameSet& set,
                                                const Eigen::Quaterniond& R_previous_current_body) {
  if (set.frames.front()->features) return Joined(set);
  developer_.Turn(R_previous_current_body);
  if (!HasImage(*set.frames.front()))  // the other cameras alone tell the tracker nothing
    return tracker_.Track(set.time, {}, R_previous_current_body);
  std::vector<TrackingPyramid>& pyramids = pyramids_[turn_];
  turn_ = 1 - turn_;
  std::vector<const TrackingPyramid*> present(pyramids.size(), nullptr);
  ExposureDelays delays{std::vector<Duration>(pyramids.size()), gyro_.angular_velocity_body()};
  for (size_t c = 0; c < pyramids.size(); ++c) {
    if (!set.frames[c] || !HasImage(*set.frames[c])) continue;
    const auto developed = developer_.Develop(*set.frames[c]);
    if (!developed) return tl::unexpected(developed.error());
    if (Status built = BuildTrackingPyramid(developed->image, developed->levels, pyramids[c]);
        !built) {
      return tl::unexpected(built.error());
    }
    pyramids[c].noise = developed->noise;
    present[c] = &pyramids[c];
    delays.by_camera[c] = set.frames[c]->time - set.time;
  }
  delays.exposure = Duration(set.frames.front()->exposure_ns.value_or(0));
  return tracker_.Track(set.time, present, R_previous_current_body, delays);
}

}  // namespace nightjar
