// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/questions.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include "spatial/query/question_context.h"

namespace nightjar {
namespace {

using Kind = Parameter::Kind;

constexpr const char* kAnyTime =
    "seconds from the session's first frame, or nanoseconds of the log's clock as \"123ns\"";

Parameter Time(const char* name, const char* meaning = kAnyTime) {
  return {name, Kind::kTime, meaning};
}
Parameter Place(const char* name) {
  return {name, Kind::kPlace,
          "a time (where the body then was), or a point [x, y, z] of the world, m"};
}
Parameter Point(const char* name, const char* meaning) { return {name, Kind::kPoint, meaning}; }
Parameter Number(const char* name, const char* meaning, double otherwise, double least,
                 double most) {
  return {name, Kind::kNumber, meaning, false, otherwise, least, most};
}
Parameter Count(const char* name, const char* meaning, double otherwise, double most) {
  return {name, Kind::kCount, meaning, false, otherwise, 1, most};
}

std::vector<Verb> MakeVerbs() {
  const Parameter t = Time("t"), t0 = Time("t0"), t1 = Time("t1");
  Parameter at = t, from = t;
  at.name = "at";
  at.required = false;
  at.meaning = "the moment to speak of, as a time; not given: the end";
  from.name = "from";
  from.required = false;
  from.meaning = "the past is told from here on, a time; not given: the first frame";
  return {
      {"context",
       "What is to be known of a moment, as text in a budget of bytes: where the wearer is and how "
       "they move, the nearest obstacle, free space by the clock, the room, walls and tables, a "
       "map "
       "from above, what was done so far. Its part 'frame' says how its coordinates come from the "
       "world frame of all other answers. Ask this first.",
       {at, from, Count("max_bytes", "of the text, UTF-8", 4096, 65536)},
       questions::AnswerContext},
      {"pose",
       "Where the body was at a time, how it was turned and how fast it moved, in the world frame "
       "(metres, z up), with 1 sigma relative to the first keyframe.",
       {t},
       questions::AnswerPose},
      {"relative_pose",
       "How the body came from its place at t0 to that at t1: ahead, left and up as seen at t0 "
       "(m), and how far it turned (degrees clockwise), with 1 sigma of this way alone.",
       {t0, t1},
       questions::AnswerRelativePose},
      {"distance",
       "The distance of two places (m), each a time or a point; between two times with 1 sigma of "
       "the way alone.",
       {Place("a"), Place("b")},
       questions::AnswerDistance},
      {"bearing",
       "In which direction a place lies as seen by the wearer at a time: hour of the clock, "
       "degrees clockwise from ahead, elevation, and distance (m).",
       {t, Place("p")},
       questions::AnswerBearing},
      {"motion",
       "How the body moved between two times: length of its path, net displacement, turn, mean "
       "speed, with 1 sigma.",
       {t0, t1},
       questions::AnswerMotion},
      {"clearance",
       "How far it was to the next obstacle in twelve level directions around the body at a time, "
       "within 25 cm of its height (hit, open or unknown), what is lower and nearer than that "
       "(low_m, where it was seen), and the nearest of all.",
       {t, Number("range_m", "how far to look, m", 10, 0.1, 100)},
       questions::AnswerClearance},
      {"is_free",
       "Whether a level disc can be moved along the points of a path: free, occupied or unknown, "
       "and where it is blocked.",
       {{"path", Kind::kPath, "points [x, y, z] of the world, m, at the height to be tested"},
        Number("radius_m", "radius of the disc, m", 0.25, 0, 1)},
       questions::AnswerIsFree},
      {"raycast",
       "What a ray from a point meets, and at which distance (m).",
       {Point("origin", "[x, y, z] of the world, m"),
        {"direction", Kind::kDirection, "[x, y, z] in world axes, of any length"},
        Number("range_m", "how far to look, m", 20, 0.1, 100)},
       questions::AnswerRaycast},
      {"surfaces_near",
       "Floor, ceiling, walls, tables and other planes within a distance of a place, nearest "
       "first.",
       {Place("p"), Number("r", "distance, m", 3, 0.01, 1000),
        Count("max", "surfaces to list at most", 10, 100)},
       questions::AnswerSurfacesNear},
      {"keyframes_seeing",
       "Keyframes whose picture shows a place, those with a clear line of sight first, then the "
       "nearest: pixel, distance, and file of the picture.",
       {Place("p"), Number("range_m", "from how far, m", 10, 0.1, 100),
        Count("max", "keyframes to list at most", 8, 100)},
       questions::AnswerKeyframesSeeing},
      {"cover",
       "The n keyframes that together see the most of the surroundings, best first.",
       {Count("n", "how many keyframes at most", 8, 100)},
       questions::AnswerCover},
  };
}

}  // namespace

double questions::Degrees(double radians) { return radians * (180 / std::numbers::pi); }

QuestionContext::QuestionContext(Session read)
    : session(std::move(read)), timeline(session), space(session.scene), sight(session, space) {
  const auto name = [this](int map) {
    if (!map_ids.contains(map)) map_ids[map] = DeriveIds(session, map).graph_uid;
  };
  name(session.scene.map);
  for (const TrajectoryRow& row : timeline.rows()) name(row.map);
  for (const Keyframe& keyframe : session.keyframes) name(keyframe.map);
}

const std::vector<CoverStep>& QuestionContext::Cover() const {
  if (!cover_) cover_ = sight.Cover();
  return *cover_;
}

Result<TimedState> QuestionContext::StateAt(SensorTime time) const {
  constexpr Duration kRounding = std::chrono::milliseconds(1);
  if (!timeline.empty()) {
    if (time < timeline.begin() && timeline.begin() - time <= kRounding) time = timeline.begin();
    if (time > timeline.end() && time - timeline.end() <= kRounding) time = timeline.end();
  }
  return timeline.At(time);
}

Result<QuestionContext::Place> QuestionContext::PlaceOf(const Arguments::Place& argument) const {
  if (const auto* point = std::get_if<Eigen::Vector3d>(&argument)) return Place{*point, {}};
  Result<TimedState> state = StateAt(std::get<SensorTime>(argument));
  if (!state) return tl::unexpected(state.error());
  const Eigen::Vector3d point = state->state.T_world_body.translation;
  return Place{point, *std::move(state)};
}

double QuestionContext::Seconds(SensorTime time) const {
  return std::round(ToSeconds(time - timeline.begin()) * 1e6) / 1e6;
}

const char* QuestionContext::MapId(int map) const { return map_ids.at(map).c_str(); }

Status QuestionContext::CheckSceneMap(int map) const {
  if (!has_scene() || map == session.scene.map) return {};
  return Fail(ErrorKind::kNoAnswer,
              "the surroundings are known of another map than that of this time");
}

Questions::Questions(Session session)
    : context_(std::make_unique<QuestionContext>(std::move(session))) {}
Questions::~Questions() = default;
Questions::Questions(Questions&&) noexcept = default;

const std::vector<Verb>& Questions::Verbs() {
  static const std::vector<Verb> verbs = MakeVerbs();
  return verbs;
}

const Verb* Questions::Find(std::string_view name) {
  const auto verb = std::find_if(Verbs().begin(), Verbs().end(),
                                 [name](const Verb& v) { return name == v.name; });
  return verb == Verbs().end() ? nullptr : &*verb;
}

Result<Json> Questions::Ask(const Verb& verb, const Json& arguments) const {
  const SensorTime first = context_->timeline.empty() ? SensorTime() : context_->timeline.begin();
  const Result<Arguments> parsed = Arguments::Parse(verb.parameters, arguments, first);
  if (!parsed) return tl::unexpected(parsed.error());
  return verb.answer(*context_, *parsed);
}

Result<Json> Questions::Ask(const Json& request) const {
  if (!request.is_object() || !request.contains("verb") || !request["verb"].is_string())
    return Fail(ErrorKind::kUsage, "a question is an object with a 'verb'");
  const auto& name = request["verb"].get_ref<const std::string&>();
  const Verb* verb = Find(name);
  if (!verb) return Fail(ErrorKind::kUsage, "there is no question '" + name.substr(0, 40) + "'");
  Json arguments = request;
  arguments.erase("verb");
  return Ask(*verb, arguments);
}

}  // namespace nightjar
