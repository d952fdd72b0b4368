// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_source.h"

namespace nightjar {
namespace {

// Tracks of events are numbered behind all that frames can have.
constexpr uint64_t kFirstTrack = uint64_t{1} << 40;

}  // namespace

Status EventSourceOptions::Validate() const {
  if (enough_frame_tracks < 0 || enough_frame_tracks > 10000)
    return Fail(ErrorKind::kUsage, "enough_frame_tracks must be 0 .. 10000");
  return tracker.Validate();
}

Result<EventSource> EventSource::Create(const RigEventCamera& camera, int number,
                                        const EventSourceOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  auto tracker = EventTracker::Create(camera, options.tracker);
  if (!tracker) return tl::unexpected(tracker.error());
  return EventSource(*std::move(tracker), number, options);
}

Status EventSource::Observe(const Eigen::Quaterniond& R_previous_current_body,
                            const Eigen::Vector3d& angular_velocity_body,
                            FrameObservations& frame) {
  // Also where they are not needed: tracks go on.
  const auto seen = tracker_.Track(frame.time, R_previous_current_body, angular_velocity_body);
  if (!seen) return tl::unexpected(seen.error());
  if (!options_.use_frames) frame.features.clear();
  if (options_.use_frames && CountTracks(frame) >= options_.enough_frame_tracks) return {};
  for (FeatureObservation feature : seen->features) {
    feature.track += kFirstTrack;
    feature.camera = number_;
    frame.features.push_back(feature);
    used_.insert(feature.track);
    ++observations_;
  }
  frames_ += !seen->features.empty();
  return {};
}

}  // namespace nightjar
