// SPDX-License-Identifier: Apache-2.0
// How the body moved between two times.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "spatial/query/ego_frame.h"
#include "spatial/query/question_context.h"

namespace nightjar::questions {
namespace {

// The states at both times and at all frames between.
std::vector<TimedState> StatesBetween(const QuestionContext& context, const TimedState& begin,
                                      const TimedState& end) {
  std::vector<TimedState> states = {begin};
  const Trajectory& rows = context.timeline.rows();
  auto row =
      std::upper_bound(rows.begin(), rows.end(), begin.state.time,
                       [](SensorTime t, const TrajectoryRow& r) { return t < r.state.time; });
  for (; row != rows.end() && row->state.time < end.state.time; ++row) {
    if (const auto state = context.timeline.At(row->state.time)) states.push_back(*state);
  }
  if (end.state.time > begin.state.time) states.push_back(end);
  return states;
}

// The length of the cubic between two states through their velocities: of the chords of two halves
// and the one of the whole, what is wrong with both falling out (Richardson).
double ArcLength(const NavigationState& a, const NavigationState& b) {
  const Eigen::Vector3d from = a.T_world_body.translation, to = b.T_world_body.translation;
  const Eigen::Vector3d middle =
      0.5 * (from + to) + ToSeconds(b.time - a.time) / 8 * (a.velocity_world - b.velocity_world);
  const double halves = (middle - from).norm() + (to - middle).norm();
  return (4 * halves - (to - from).norm()) / 3;
}

struct Path {
  double length_m = 0;
  double turn_rad = 0;  // clockwise, all turns added up
  /// What the length changes by with the position of each state, world axes.
  std::vector<Eigen::Vector3d> levers;
};

Path Follow(const QuestionContext& context, const std::vector<TimedState>& states) {
  Path path;
  path.levers.assign(states.size(), Eigen::Vector3d::Zero());
  for (size_t k = 1; k < states.size(); ++k) {
    const Se3& from = states[k - 1].state.T_world_body;
    const Se3& to = states[k].state.T_world_body;
    const Eigen::Vector3d step = to.translation - from.translation;
    const double length_m = step.norm();
    path.length_m += ArcLength(states[k - 1].state, states[k].state);
    if (length_m > 0) {
      path.levers[k] += step / length_m;
      path.levers[k - 1] -= step / length_m;
    }
    const Rig& rig = context.session.rig;
    path.turn_rad += std::remainder(Heading(rig, from) - Heading(rig, to), 2 * std::numbers::pi);
  }
  return path;
}

// Errors of frames are those of keyframes, in shares, and a part of their own that those of one
// bridge have in common.
std::optional<double> LengthVariance(const QuestionContext& context,
                                     const std::vector<TimedState>& states, const Path& path) {
  std::map<int, Vector6d> of_keyframes;
  double own = 0;
  // From the end on: of one bridge (Timeline) the earlier one's own error dies away in the later
  // ones, whose levers are summed up by how much of it is left.
  const PoseError* later = nullptr;
  Vector6d levers_later = Vector6d::Zero();  // times 1 - share
  for (size_t k = states.size(); k-- > 0;) {
    if (!states[k].error) return std::nullopt;
    const PoseError& error = *states[k].error;
    Vector6d lever = Vector6d::Zero();
    lever.head<3>() = path.levers[k];
    of_keyframes.try_emplace(error.before, Vector6d::Zero()).first->second +=
        (1 - error.share) * lever;
    of_keyframes.try_emplace(error.after, Vector6d::Zero()).first->second += error.share * lever;
    if (!later || later->before != error.before || later->after != error.after)
      levers_later.setZero();
    later = &error;
    own += lever.dot(error.own * lever);
    if (error.share >= 1) continue;
    own += 2 / (1 - error.share) * lever.dot(error.own * levers_later);
    levers_later += (1 - error.share) * lever;
  }
  const PoseCorrelation::Weights weights(of_keyframes.begin(), of_keyframes.end());
  const auto variance = context.timeline.correlation().VarianceOfSum(weights);
  return variance ? std::optional(std::max(0.0, *variance + own)) : std::nullopt;
}

}  // namespace

Result<Json> AnswerMotion(const QuestionContext& context, const Arguments& arguments) {
  const auto t0 = context.StateAt(arguments.Time("t0"));
  if (!t0) return tl::unexpected(t0.error());
  const auto t1 = context.StateAt(arguments.Time("t1"));
  if (!t1) return tl::unexpected(t1.error());
  if (t1->state.time < t0->state.time)
    return Fail(ErrorKind::kUsage, "'t1' must not be before 't0'");
  if (t0->map != t1->map) {
    return Fail(ErrorKind::kNoAnswer,
                "the two times are of different maps, and how they lie to each other is not known");
  }
  const std::vector<TimedState> states = StatesBetween(context, *t0, *t1);
  const Path path = Follow(context, states);
  const double duration_s = ToSeconds(t1->state.time - t0->state.time);
  std::string why = "no cross-covariance of the two times is known";
  for (const TimedState& state : states) {
    if (!state.error) why = state.why_unknown;
  }
  const auto variance = LengthVariance(context, states, path);
  const auto sigma = variance ? std::optional(std::sqrt(*variance)) : std::nullopt;

  const std::vector<Se3> ends = {t0->state.T_world_body, t1->state.T_world_body};
  const Rig& rig = context.session.rig;
  const PoseFunction net = [&rig](const std::vector<Se3>& poses) {
    Eigen::VectorXd all(2);
    all << (poses[1].translation - poses[0].translation).norm(),
        Heading(rig, poses[0]) - Heading(rig, poses[1]);
    return all;
  };
  std::optional<double> net_sigma, turn_sigma;
  if (const auto joint = context.timeline.JointCovariance(std::array{*t0, *t1})) {
    const Eigen::MatrixXd covariance = Propagate(net, ends, *joint);
    net_sigma = std::sqrt(std::max(0.0, covariance(0, 0)));
    turn_sigma = Degrees(std::sqrt(std::max(0.0, covariance(1, 1))));
  }
  Answer answer("motion");
  answer.Set("t0_s", context.Seconds(t0->state.time));
  answer.Set("t1_s", context.Seconds(t1->state.time));
  answer.Set("duration_s", std::round(duration_s * 1e6) / 1e6);
  answer.Set("frame", "none: lengths, and turns clockwise as seen from above");
  answer.Number("path_length_m", path.length_m, sigma, why);
  answer.Number("net_displacement_m", net(ends)[0], net_sigma, why);
  answer.Number("turn_deg", Degrees(path.turn_rad), turn_sigma, why);
  if (duration_s > 0) {
    answer.Number("mean_speed_m_s", path.length_m / duration_s,
                  sigma ? std::optional(*sigma / duration_s) : std::nullopt, why);
  } else {
    answer.Unknown("mean_speed_m_s", "no time passes");
  }
  return std::move(answer).Done();
}

}  // namespace nightjar::questions
