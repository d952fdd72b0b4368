// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spatial/query/answer.h"
#include "spatial/query/arguments.h"
#include "spatial/query/keyframe_sight.h"
#include "spatial/query/questions.h"
#include "spatial/query/relative_pose.h"
#include "spatial/query/scene_space.h"
#include "spatial/query/timeline.h"

namespace nightjar {

/// A session with what is indexed of it.
struct QuestionContext {
  explicit QuestionContext(Session read);
  QuestionContext(const QuestionContext&) = delete;

  Session session;
  Timeline timeline;
  SceneSpace space;
  KeyframeSight sight;
  std::map<int, std::string> map_ids;  // graph_uid by TrajectoryRow::map, of those that exist

  const std::vector<CoverStep>& Cover() const;  // made when it is first asked for

  /// The state at a time that somebody asks for: up to 1 ms outside is the end itself, as answers
  /// round times.
  Result<TimedState> StateAt(SensorTime time) const;

  /// A point of the world, and of which time where it is the body's.
  struct Place {
    Eigen::Vector3d point_world = Eigen::Vector3d::Zero();
    std::optional<TimedState> state;
  };
  Result<Place> PlaceOf(const Arguments::Place& argument) const;

  double Seconds(SensorTime time) const;  // since the first frame, rounded to a microsecond
  const char* MapId(int map) const;
  bool has_scene() const { return space.has_grid() || !session.scene.surfaces.empty(); }

  /// kNoAnswer when the surroundings of this map are not those that are known.
  Status CheckSceneMap(int map) const;

 private:
  mutable std::optional<std::vector<CoverStep>> cover_;
};

/// The verbs' answers.
namespace questions {

double Degrees(double radians);

Result<Json> AnswerPose(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerRelativePose(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerDistance(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerBearing(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerMotion(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerClearance(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerIsFree(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerRaycast(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerSurfacesNear(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerKeyframesSeeing(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerCover(const QuestionContext& context, const Arguments& arguments);
Result<Json> AnswerContext(const QuestionContext& context, const Arguments& arguments);

}  // namespace questions
}  // namespace nightjar
