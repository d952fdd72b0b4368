// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_source.h"

namespace nightjar {
namespace {

// Tracks of events are numbered behind all that frames can have.
constexpr uint64_t kFirstTrack = uint64_t{1} << 40;
// With so many times the features that are enough, no frame soon has too few.
constexpr int kFarFromEnough = 2;

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
  const int frame_tracks = CountTracks(frame);
  // Where they may soon be needed they are followed already: it takes two images to know a motion.
  if (options_.use_frames && frame_tracks >= kFarFromEnough * options_.enough_frame_tracks) {
    tracker_.Skip(frame.time);
    return {};
  }
  const auto seen = tracker_.Track(frame.time, R_previous_current_body, angular_velocity_body);
  if (!seen) return tl::unexpected(seen.error());
  if (!options_.use_frames) frame.features.clear();
  if (options_.use_frames && frame_tracks >= options_.enough_frame_tracks) return {};
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
