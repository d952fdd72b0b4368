// SPDX-License-Identifier: Apache-2.0
// Questions about what keyframes see.
#include <algorithm>
#include <cmath>

#include "spatial/query/question_context.h"

namespace nightjar::questions {
namespace {

constexpr const char* kNoCamera = "neither pictures nor a camera model say what keyframes see";

Json KeyframeJson(const QuestionContext& context, size_t keyframe, const KeyframeImage* image) {
  const SensorTime time = context.session.keyframes[keyframe].state.time;
  return {{"kf", keyframe},
          {"t_s", context.Seconds(time)},
          {"t_ns", ToNanoseconds(time)},
          {"image", image ? Json(image->file) : Json(nullptr)}};
}

// Of the distance of the camera from a point that is exact, as far as the keyframe says.
std::optional<double> DistanceSigma(const QuestionContext& context, const Sighting& sighting,
                                    const QuestionContext::Place& place) {
  std::vector<TimedState> states = {context.timeline.AtKeyframe(sighting.keyframe)};
  if (place.state) states.push_back(*place.state);
  const auto joint = context.timeline.JointCovariance(states);
  if (!joint) return std::nullopt;
  std::vector<Se3> poses;
  for (const TimedState& state : states) poses.push_back(state.state.T_world_body);
  const auto camera = static_cast<size_t>(sighting.image ? sighting.image->camera : 0);
  const Se3& T_body_camera = context.session.rig.cameras[camera].T_body_camera;
  const PoseFunction distance = [&](const std::vector<Se3>& moved) {
    const Eigen::Vector3d point = place.state ? moved[1].translation : place.point_world;
    return Eigen::VectorXd::Constant(1, ((moved[0] * T_body_camera).translation - point).norm());
  };
  return std::sqrt(std::max(0.0, Propagate(distance, poses, *joint)(0, 0)));
}

Json SightingJson(const QuestionContext& context, const Sighting& sighting,
                  const QuestionContext::Place& place) {
  Json json = KeyframeJson(context, sighting.keyframe, sighting.image);
  const auto sigma = DistanceSigma(context, sighting, place);
  json["pixel"] = {RoundedTo(sighting.pixel.x(), 0.1), RoundedTo(sighting.pixel.y(), 0.1)};
  json["pixel_of"] = sighting.image ? "picture" : "camera";
  json["distance_m"] = RoundedTo(sighting.distance_m, sigma);
  json["distance_m_sigma"] = sigma ? Json(RoundedSigma(*sigma)) : Json(nullptr);
  json["line_of_sight"] = sighting.line_of_sight == OccupancyGrid::kFree ? "clear" : "not known";
  return json;
}

}  // namespace

Result<Json> AnswerKeyframesSeeing(const QuestionContext& context, const Arguments& arguments) {
  const auto place = context.PlaceOf(arguments.Either("p"));
  if (!place) return tl::unexpected(place.error());
  const int map = place->state ? place->state->map : context.sight.cover_map();
  Answer answer("keyframes_seeing");
  answer.Set("frame", "world");
  answer.Set("map", context.MapId(map));
  if (!context.sight.known()) {
    answer.Missing("keyframes", kNoCamera);
    return std::move(answer).Done();
  }
  const auto sightings = context.sight.Seeing(map, place->point_world, arguments.Number("range_m"));
  answer.Set("found", sightings.size());
  Json keyframes = Json::array();
  const auto most = std::min(sightings.size(), static_cast<size_t>(arguments.Number("max")));
  for (size_t k = 0; k < most; ++k)
    keyframes.push_back(SightingJson(context, sightings[k], *place));
  answer.Set("keyframes", keyframes);
  return std::move(answer).Done();
}

Result<Json> AnswerCover(const QuestionContext& context, const Arguments& arguments) {
  Answer answer("cover");
  answer.Set("frame", "world");
  answer.Set("map", context.MapId(context.sight.cover_map()));
  const auto& steps = context.Cover();
  if (steps.empty()) {
    answer.Missing("keyframes",
                   context.sight.known() ? "no keyframe sees anything that is known" : kNoCamera);
    return std::move(answer).Done();
  }
  answer.Set("places",
             context.session.scene.occupancy.voxel_m > 0 ? "occupied cubes" : "landmarks");
  Json keyframes = Json::array();
  const auto most = std::min(steps.size(), static_cast<size_t>(arguments.Number("n")));
  for (size_t k = 0; k < most; ++k) {
    Json json = KeyframeJson(context, steps[k].keyframe, context.sight.ImageOf(steps[k].keyframe));
    json["new_share"] = RoundedTo(steps[k].new_share, 1e-3);
    json["seen_share"] = RoundedTo(steps[k].seen_share, 1e-3);
    keyframes.push_back(json);
  }
  answer.Set("keyframes", keyframes);
  return std::move(answer).Done();
}

}  // namespace nightjar::questions
