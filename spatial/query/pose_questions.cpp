// SPDX-License-Identifier: Apache-2.0
// Questions about the body alone.
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "core/so3.h"
#include "spatial/query/ego_frame.h"
#include "spatial/query/question_context.h"

namespace nightjar::questions {
namespace {

constexpr double kHalfTurn = std::numbers::pi;

void AddTime(const QuestionContext& context, const std::string& name, SensorTime time,
             Answer& answer) {
  answer.Set(name + "_s", context.Seconds(time));
  answer.Set(name + "_ns", ToNanoseconds(time));
}

void AddWorld(const QuestionContext& context, int map, Answer& answer) {
  answer.Set("frame", "world");
  answer.Set("map", context.MapId(map));
}

std::string WhyUnknown(const TimedState& state) {
  return state.why_unknown.empty() ? "no cross-covariance of the two times is known"
                                   : state.why_unknown;
}

// Values of a function of poses, with their sigmas where the joint covariance is known.
struct Values {
  Eigen::VectorXd value;
  std::optional<Eigen::VectorXd> sigma;
  std::string why;

  std::optional<double> Sigma(Eigen::Index k, double unit = 1) const {
    return sigma ? std::optional(unit * (*sigma)[k]) : std::nullopt;
  }
  std::optional<Eigen::Vector3d> Sigma3(Eigen::Index k) const {
    return sigma ? std::optional<Eigen::Vector3d>(sigma->segment<3>(k)) : std::nullopt;
  }
};

Values Evaluate(const Timeline& timeline, const std::vector<TimedState>& states,
                const PoseFunction& f) {
  std::vector<Se3> poses;
  Values values;
  for (const TimedState& state : states) {
    poses.push_back(state.state.T_world_body);
    if (!state.error) values.why = state.why_unknown;
  }
  values.value = f(poses);
  if (states.empty()) {
    values.sigma = Eigen::VectorXd::Zero(values.value.size());
    return values;
  }
  if (const auto joint = timeline.JointCovariance(states)) {
    values.sigma = Propagate(f, poses, *joint).diagonal().cwiseMax(0).cwiseSqrt();
  } else if (values.why.empty()) {
    values.why = WhyUnknown(states.front());
  }
  return values;
}

Eigen::Vector3d YawPitchRoll(const Se3& T_world_body) {
  const Eigen::Matrix3d R = T_world_body.RotationMatrix();
  return {std::atan2(R(1, 0), R(0, 0)), std::asin(std::clamp(R(2, 0), -1.0, 1.0)),
          std::atan2(R(2, 1), R(2, 2))};
}

// To a tenth of the smallest sigma of the angles, so that it stays of unit length.
Json QuaternionJson(const Eigen::Quaterniond& rotation, const Values& pose_values) {
  const auto sigma = pose_values.sigma
                         ? std::optional(0.1 * pose_values.sigma->segment<3>(3).minCoeff())
                         : std::optional(1e-6);
  Json json = ToJson(rotation);
  for (Json& component : json) component = RoundedTo(component.get<double>(), sigma);
  return json;
}

Status CheckSameMap(const TimedState& a, const TimedState& b) {
  if (a.map == b.map) return {};
  return Fail(ErrorKind::kNoAnswer,
              "the two times are of different maps, and how they lie to each other is not known");
}

struct TwoTimes {
  TimedState first, second;
};

Result<TwoTimes> TimesOf(const QuestionContext& context, const Arguments& arguments) {
  const auto first = context.StateAt(arguments.Time("t0"));
  if (!first) return tl::unexpected(first.error());
  const auto second = context.StateAt(arguments.Time("t1"));
  if (!second) return tl::unexpected(second.error());
  if (const Status same = CheckSameMap(*first, *second); !same) return tl::unexpected(same.error());
  return TwoTimes{*first, *second};
}

// Places as a list of states and points, for functions of poses.
struct TwoPlaces {
  std::array<QuestionContext::Place, 2> places;
  std::vector<TimedState> states;

  Eigen::Vector3d Point(size_t which, const std::vector<Se3>& poses) const {
    if (!places[which].state) return places[which].point_world;
    return poses[which == 1 && places[0].state ? 1 : 0].translation;
  }
};

Result<TwoPlaces> PlacesOf(const QuestionContext& context, const Arguments::Place& a,
                           const Arguments::Place& b) {
  const auto first = context.PlaceOf(a);
  if (!first) return tl::unexpected(first.error());
  const auto second = context.PlaceOf(b);
  if (!second) return tl::unexpected(second.error());
  TwoPlaces places{{*first, *second}, {}};
  for (const auto& place : places.places) {
    if (place.state) places.states.push_back(*place.state);
  }
  if (places.states.size() == 2) {
    if (const Status same = CheckSameMap(places.states[0], places.states[1]); !same)
      return tl::unexpected(same.error());
  }
  return places;
}

// 1 sigma of the length of a vector with this covariance: along it, and in the worst direction
// where it is so short that it has none.
double LengthSigma(const Eigen::Vector3d& vector, const Eigen::Matrix3d& covariance) {
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(covariance, Eigen::EigenvaluesOnly);
  const double worst = std::sqrt(std::max(0.0, solver.eigenvalues().maxCoeff()));
  const double length = vector.norm();
  if (length <= 2 * worst) return worst;
  const Eigen::Vector3d along = vector / length;
  return std::sqrt(std::max(0.0, along.dot(covariance * along)));
}

std::optional<Eigen::Matrix3d> DifferenceCovariance(const Timeline& timeline,
                                                    const std::vector<TimedState>& states) {
  if (states.empty()) return Eigen::Matrix3d(Eigen::Matrix3d::Zero());
  const auto joint = timeline.JointCovariance(states);
  if (!joint) return std::nullopt;
  if (states.size() == 1) return Eigen::Matrix3d(joint->topLeftCorner<3, 3>());
  const Eigen::Matrix3d cross = joint->block<3, 3>(0, 6);
  return Eigen::Matrix3d(joint->block<3, 3>(0, 0) + joint->block<3, 3>(6, 6) - cross -
                         cross.transpose());
}

}  // namespace

Result<Json> AnswerPose(const QuestionContext& context, const Arguments& arguments) {
  const auto state = context.StateAt(arguments.Time("t"));
  if (!state) return tl::unexpected(state.error());
  const Se3& pose = state->state.T_world_body;
  const Rig& rig = context.session.rig;
  const Values values = Evaluate(context.timeline, {*state}, [&](const std::vector<Se3>& poses) {
    Eigen::VectorXd all(7);
    all << poses[0].translation, YawPitchRoll(poses[0]), Heading(rig, poses[0]);
    return all;
  });
  Answer answer("pose");
  AddTime(context, "t", state->state.time, answer);
  AddWorld(context, state->map, answer);
  answer.Set("status", StatusName(state->status));
  answer.Vector("position_m", pose.translation, values.Sigma3(0), values.why);
  const char* names[] = {"yaw_deg", "pitch_deg", "roll_deg", "heading_deg"};
  for (Eigen::Index k = 0; k < 4; ++k) {
    answer.Number(names[k], Degrees(values.value[3 + k]), values.Sigma(3 + k, Degrees(1)),
                  values.why);
  }
  answer.Set("q_world_device_xyzw", QuaternionJson(pose.rotation, values));
  const auto& velocity_covariance = state->velocity_covariance;
  const auto velocity_sigma =
      velocity_covariance
          ? std::optional<Eigen::Vector3d>(velocity_covariance->diagonal().cwiseMax(0).cwiseSqrt())
          : std::nullopt;
  answer.Vector("velocity_m_s", state->state.velocity_world, velocity_sigma, values.why);
  const auto speed_sigma =
      velocity_covariance
          ? std::optional(LengthSigma(state->state.velocity_world, *velocity_covariance))
          : std::nullopt;
  answer.Number("speed_m_s", state->state.velocity_world.norm(), speed_sigma, values.why);
  return std::move(answer).Done();
}

Result<Json> AnswerRelativePose(const QuestionContext& context, const Arguments& arguments) {
  const auto times = TimesOf(context, arguments);
  if (!times) return tl::unexpected(times.error());
  const Rig& rig = context.session.rig;
  const Values values =
      Evaluate(context.timeline, {times->first, times->second}, [&](const std::vector<Se3>& poses) {
        const Eigen::Vector3d way = WorldFromEgo(rig, poses[0]).Inverse() * poses[1].translation;
        Eigen::VectorXd all(4);
        all << way, std::remainder(Heading(rig, poses[0]) - Heading(rig, poses[1]), 2 * kHalfTurn);
        return all;
      });
  const auto relative = RelativePoseOf(context.timeline, times->first, times->second);
  const auto body_sigma =
      relative.covariance
          ? std::optional<Vector6d>(relative.covariance->diagonal().cwiseMax(0).cwiseSqrt())
          : std::nullopt;
  Answer answer("relative_pose");
  AddTime(context, "t0", times->first.state.time, answer);
  AddTime(context, "t1", times->second.state.time, answer);
  answer.Set("frame", "ego at t0: x ahead, y left, z up");
  const char* names[] = {"ahead_m", "left_m", "up_m"};
  for (Eigen::Index k = 0; k < 3; ++k)
    answer.Number(names[k], values.value[k], values.Sigma(k), values.why);
  answer.Number("turn_deg", Degrees(values.value[3]), values.Sigma(3, Degrees(1)), values.why);
  const Eigen::Vector3d rotation = so3::Log(relative.T_a_b.rotation);
  answer.Vector("p_device0_device1_m", relative.T_a_b.translation,
                body_sigma ? std::optional<Eigen::Vector3d>(body_sigma->head<3>()) : std::nullopt,
                values.why);
  answer.Vector("rotation_device0_device1_rad", rotation,
                body_sigma ? std::optional<Eigen::Vector3d>(body_sigma->tail<3>()) : std::nullopt,
                values.why);
  return std::move(answer).Done();
}

Result<Json> AnswerDistance(const QuestionContext& context, const Arguments& arguments) {
  const auto places = PlacesOf(context, arguments.Either("a"), arguments.Either("b"));
  if (!places) return tl::unexpected(places.error());
  const Eigen::Vector3d way = places->places[1].point_world - places->places[0].point_world;
  const auto covariance = DifferenceCovariance(context.timeline, places->states);
  const std::string why = places->states.empty() ? "" : WhyUnknown(places->states.back());
  Answer answer("distance");
  answer.Set("frame", "none: a length");
  answer.Number("distance_m", way.norm(),
                covariance ? std::optional(LengthSigma(way, *covariance)) : std::nullopt, why);
  Eigen::Vector3d level = way;
  level.z() = 0;
  std::optional<double> level_sigma, up_sigma;
  if (covariance) {
    Eigen::Matrix3d flat = *covariance;
    flat.row(2).setZero();
    flat.col(2).setZero();
    level_sigma = LengthSigma(level, flat);
    up_sigma = std::sqrt(std::max(0.0, (*covariance)(2, 2)));
  }
  answer.Number("level_m", level.norm(), level_sigma, why);
  answer.Number("up_m", way.z(), up_sigma, why);
  return std::move(answer).Done();
}

Result<Json> AnswerBearing(const QuestionContext& context, const Arguments& arguments) {
  const auto places = PlacesOf(context, arguments.Time("t"), arguments.Either("p"));
  if (!places) return tl::unexpected(places.error());
  const Rig& rig = context.session.rig;
  const Values values =
      Evaluate(context.timeline, places->states, [&](const std::vector<Se3>& poses) {
        const Eigen::Vector3d seen =
            WorldFromEgo(rig, poses[0]).Inverse() * places->Point(1, poses);
        Eigen::VectorXd all(3);
        all << ClockwiseFromAhead(seen), Elevation(seen), seen.norm();
        return all;
      });
  Answer answer("bearing");
  AddTime(context, "t", places->states.front().state.time, answer);
  answer.Set("frame", "ego at t: degrees clockwise from ahead, seen from above");
  constexpr double kNoDirection_m = 1e-3;
  const Eigen::Vector3d way = places->places[1].point_world - places->places[0].point_world;
  // Straight above or below, or nearer than is known, nothing has a direction.
  const double level_m = way.head<2>().norm();
  const bool has_bearing =
      level_m > kNoDirection_m && (!values.sigma || (*values.sigma)[0] < kHalfTurn / 2);
  if (has_bearing) {
    answer.Number("bearing_deg", Degrees(values.value[0]), values.Sigma(0, Degrees(1)), values.why);
    answer.Set("clock", ClockHour(values.value[0]));
  } else {
    answer.Unknown("bearing_deg", "the place is straight above, below or where the body is");
    answer.Set("clock", nullptr);
  }
  if (way.norm() > kNoDirection_m) {
    answer.Number("elevation_deg", Degrees(values.value[1]), values.Sigma(1, Degrees(1)),
                  values.why);
  } else {
    answer.Unknown("elevation_deg", "the place is where the body is");
  }
  const auto covariance = DifferenceCovariance(context.timeline, places->states);
  answer.Number("distance_m", way.norm(),
                covariance ? std::optional(LengthSigma(way, *covariance)) : std::nullopt,
                values.why);
  return std::move(answer).Done();
}

}  // namespace nightjar::questions
