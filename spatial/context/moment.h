// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "spatial/context/floor_plan.h"
#include "spatial/context/look_angles.h"
#include "spatial/context/motion.h"
#include "spatial/context/place_frame.h"
#include "spatial/query/relative_pose.h"
#include "spatial/query/timeline.h"
#include "spatial/session.h"

namespace nightjar {

/// Of what a context speaks.
struct ContextRequest {
  std::optional<SensorTime> now;    // absent: the last frame
  std::optional<SensorTime> begin;  // of the past that is told; absent: the first frame
};

/// Clearance as a keyframe near a moment found it.
struct ClearanceNear {
  const Clearance* clearance = nullptr;
  SensorTime time;        // of the keyframe
  double away_m = 0;      // from it to where the body is at the moment
  double turned_rad = 0;  // clockwise, from where it looked to where the body looks at the moment

  /// 1 sigma of a distance that was measured there, as one from here: it can differ by all of the
  /// way between. And how far it is free from here where it is free so far from there.
  double SigmaHere(double sigma_m) const;
  double FreeHere(double free_m) const;
};

/// One moment of a session with all that a context tells of it. Of the final trajectory where there
/// is one.
class ContextMoment {
 public:
  /// `session` outlives it unmoved. Errors: kNoAnswer for a session without frames, kUsage for a
  /// time outside of it and an interval that does not rise.
  /// `timeline`: of the session where somebody has it already; else made here.
  static Result<ContextMoment> At(const Session& session, const ContextRequest& request,
                                  std::shared_ptr<const Timeline> timeline = nullptr);

  const Session& session() const { return *session_; }
  const Timeline& timeline() const { return *timeline_; }
  const Trajectory& rows() const { return timeline_->rows(); }
  const std::vector<MotionEstimate>& motion() const { return motion_; }
  /// From begin() to now(), their rows counted from first_row() on.
  const std::vector<MotionSegment>& segments() const { return segments_; }

  SensorTime now() const { return now_; }
  SensorTime begin() const { return begin_; }
  /// Seconds from the session's first frame.
  double Seconds(SensorTime time) const { return ToSeconds(time - rows().front().state.time); }

  size_t row() const { return row_; }  // the last frame that is not after now
  size_t first_row() const { return first_row_; }
  TrackingStatus status() const { return rows()[row_].status; }
  const FrameHealth* health() const { return health_; }  // of that frame; may be null

  /// Where the body is; nothing where it is lost.
  const std::optional<TimedState>& state() const { return state_; }
  /// 1 sigma of the position in its worst direction and of the yaw, relative to the map's first
  /// keyframe; infinite where it is not known.
  double position_sigma_m() const { return position_sigma_m_; }
  double yaw_sigma_rad() const { return yaw_sigma_rad_; }
  const LookAngles& look() const { return look_; }

  /// The scene, where it is of the map that the body is in; else an empty one.
  const Scene& scene() const { return scene_ != nullptr ? *scene_ : no_scene_; }
  const PlaceFrame& frame() const { return frame_; }
  /// Empty where it is not known, or has more than a fifth of the path in blocked places.
  const FloorPlan& plan() const { return plan_; }

  /// Of the keyframe that is nearest in time among those within 0.3 m and 5 s (a body that stays
  /// makes few), but none that would have the body inside of something.
  std::optional<ClearanceNear> FindClearance() const;

  /// Rows of the past that is told that lie in the map of the body, from its last leap on.
  size_t first_row_of_map() const { return first_row_of_map_; }

 private:
  ContextMoment() = default;
  void Locate();
  void SegmentPast();
  bool IsWalkable() const;

  const Session* session_ = nullptr;
  std::shared_ptr<const Timeline> timeline_;
  std::vector<MotionEstimate> motion_;
  std::vector<MotionSegment> segments_;
  SensorTime now_, begin_;
  size_t row_ = 0, first_row_ = 0, first_row_of_map_ = 0;
  const FrameHealth* health_ = nullptr;
  std::optional<TimedState> state_;
  double position_sigma_m_ = 0, yaw_sigma_rad_ = 0;
  LookAngles look_;
  const Scene* scene_ = nullptr;
  Scene no_scene_;
  PlaceFrame frame_;
  FloorPlan plan_{Scene{}, 0};
};

}  // namespace nightjar
