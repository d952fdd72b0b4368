// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "spatial/context/blocks.h"
#include "spatial/context/revisits.h"

namespace nightjar {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

// Rows that tell most of a path: its ends, then again and again the one that is farthest from the
// straight line between its neighbours among the chosen (Ramer 1972; Douglas, Peucker 1973).
class PathCorners {
 public:
  PathCorners(const Trajectory& rows, size_t first, size_t last) : rows_(rows) {
    chosen_ = {first, last};
    if (first == last) chosen_.pop_back();
    if (last > first + 1) Open(first, last);
  }

  // Up to `count` of them, rising.
  std::vector<size_t> Choose(size_t count) {
    while (chosen_.size() < count && !open_.empty()) {
      const auto widest = std::max_element(
          open_.begin(), open_.end(), [](auto& a, auto& b) { return a.deviation < b.deviation; });
      const Stretch stretch = *widest;
      open_.erase(widest);
      chosen_.push_back(stretch.farthest);
      if (stretch.farthest > stretch.first + 1) Open(stretch.first, stretch.farthest);
      if (stretch.last > stretch.farthest + 1) Open(stretch.farthest, stretch.last);
    }
    std::vector<size_t> rising = chosen_;
    std::sort(rising.begin(), rising.end());
    return rising;
  }

 private:
  struct Stretch {
    size_t first, last, farthest;
    double deviation;
  };

  // Along a straight line at an even speed it would be somewhere: how far it is from there.
  void Open(size_t first, size_t last) {
    const NavigationState &a = rows_[first].state, &b = rows_[last].state;
    const double span = ToSeconds(b.time - a.time);
    Stretch stretch{first, last, first + 1, -1};
    for (size_t k = first + 1; k < last; ++k) {
      const NavigationState& state = rows_[k].state;
      const double share = ToSeconds(state.time - a.time) / span;
      const Eigen::Vector3d expected =
          (1 - share) * a.T_world_body.translation + share * b.T_world_body.translation;
      const double deviation = (state.T_world_body.translation - expected).norm();
      if (deviation > stretch.deviation) {
        stretch.deviation = deviation;
        stretch.farthest = k;
      }
    }
    open_.push_back(stretch);
  }

  const Trajectory& rows_;
  std::vector<size_t> chosen_;
  std::vector<Stretch> open_;
};

std::string TurnText(double turn_rad) {
  const double degrees = std::abs(turn_rad) * kDegrees;
  if (degrees < 10) return {};
  return fmt::format(", turned {} {} deg", turn_rad > 0 ? "left" : "right", Fixed(degrees, 0));
}

ContextForm PathForm(const ContextMoment& moment, const std::vector<size_t>& chosen) {
  const RoundedText metres = Metres(moment.position_sigma_m());
  const RoundedText degrees = Degrees(moment.yaw_sigma_rad() * kDegrees);
  ContextForm form{"path, t s:x,y,z m,yaw deg:", Json::array()};
  size_t on_line = 0;
  for (const size_t k : chosen) {
    const Se3& pose = moment.rows()[k].state.T_world_body;
    if (!HasPlace(moment.rows()[k].status)) {
      const std::string t_lost = Fixed(moment.Seconds(moment.rows()[k].state.time), 1);
      form.text += fmt::format(" {}:unknown", t_lost);
      form.json.push_back({Json::parse(t_lost), nullptr, nullptr, nullptr, nullptr});
      continue;
    }
    const Eigen::Vector3d p = moment.frame().FromWorld(pose.translation);
    const double yaw =
        moment.frame().Yaw(LookAnglesOf(moment.session().rig, pose).yaw_rad) * kDegrees;
    const std::string t = Fixed(moment.Seconds(moment.rows()[k].state.time), 1);
    form.text += fmt::format("{}{}:{},{},{},{}", on_line > 0 && on_line % 8 == 0 ? '\n' : ' ', t,
                             metres.Value(p.x()), metres.Value(p.y()), metres.Value(p.z()),
                             degrees.Value(yaw));
    ++on_line;
    form.json.push_back({Json::parse(t), RoundedJson(p.x(), metres), RoundedJson(p.y(), metres),
                         RoundedJson(p.z(), metres), RoundedJson(yaw, degrees)});
  }
  form.text += '\n';
  return form;
}

ContextForm SegmentsForm(const ContextMoment& moment, size_t count) {
  const auto& segments = moment.segments();
  ContextForm form{"", Json::array()};
  for (size_t k = segments.size() - count; k < segments.size(); ++k) {
    const MotionSegment& segment = segments[k];
    const std::string begin = Fixed(moment.Seconds(segment.begin), 1);
    const std::string end = Fixed(moment.Seconds(segment.end), 1);
    const bool moving = segment.state == MotionState::kUnknown && segment.displacement_m > 0.3;
    std::string text = moving ? "moving without steps" : MotionStateName(segment.state);
    if (segment.path_m >= 0.3 && segment.displacement_m >= 0.3)
      text += fmt::format(" {}m", Fixed(segment.path_m, 1));
    if (segment.step_hz) text += fmt::format(", {} steps/s", Fixed(*segment.step_hz, 1));
    text += TurnText(segment.turn_rad);
    form.text += fmt::format("{}-{}s {}\n", begin, end, text);
    form.json.push_back({{"begin_s", Json::parse(begin)},
                         {"end_s", Json::parse(end)},
                         {"state", MotionStateName(segment.state)},
                         {"probability", Json::parse(Fixed(segment.probability, 2))},
                         {"path_m", Json::parse(Fixed(segment.path_m, 1))},
                         {"net_m", Json::parse(Fixed(segment.displacement_m, 1))},
                         {"turn_left_deg", Json::parse(Fixed(segment.turn_rad * kDegrees, 0))},
                         {"steps_per_s", segment.step_hz ? Json::parse(Fixed(*segment.step_hz, 1))
                                                         : Json(nullptr)}});
  }
  return form;
}

// Keyframes of the past that is told, those that saw most that is new first.
std::vector<size_t> RankedKeyframes(const ContextMoment& moment) {
  const auto& keyframes = moment.session().keyframes;
  const auto& views = moment.scene().views;
  std::vector<size_t> ranked;
  for (size_t k = 0; k < keyframes.size(); ++k) {
    const SensorTime time = keyframes[k].state.time;
    if (time >= moment.begin() && time <= moment.now() &&
        keyframes[k].map == moment.rows()[moment.row()].map) {
      ranked.push_back(k);
    }
  }
  if (views.size() != keyframes.size()) return ranked;
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](size_t a, size_t b) { return views[a].new_voxels > views[b].new_voxels; });
  return ranked;
}

ContextForm KeyframesForm(const ContextMoment& moment, std::vector<size_t> chosen) {
  std::sort(chosen.begin(), chosen.end());
  const Session& session = moment.session();
  ContextForm form{"keyframes, yaw and pitch in deg, share of its view that no earlier one saw:\n",
                   Json::array()};
  for (const size_t k : chosen) {
    const Keyframe& keyframe = session.keyframes[k];
    const Se3& pose = keyframe.state.T_world_body;
    const Eigen::Vector3d p = moment.frame().FromWorld(pose.translation);
    const LookAngles look = LookAnglesOf(session.rig, pose);
    const double sigma = std::sqrt(keyframe.covariance.diagonal().head<3>().maxCoeff());
    const double yaw_sigma = std::sqrt(keyframe.covariance(5, 5)) * kDegrees;
    const RoundedText m = Metres(keyframe.covariance.trace() > 0 ? sigma : -1);
    const RoundedText degrees = Degrees(keyframe.covariance.trace() > 0 ? yaw_sigma : -1);
    const double yaw = moment.frame().Yaw(look.yaw_rad) * kDegrees;
    const std::string t = Fixed(moment.Seconds(keyframe.state.time), 2);
    form.text += fmt::format("kf {} t={} ({},{},{})±{} yaw {} pitch {}", k, t, m.Value(p.x()),
                             m.Value(p.y()), m.Value(p.z()), m.Sigma(), degrees.Value(yaw),
                             degrees.Value(look.pitch_rad * kDegrees));
    Json json = {
        {"kf", k},
        {"t_s", Json::parse(t)},
        {"position_m", {RoundedJson(p.x(), m), RoundedJson(p.y(), m), RoundedJson(p.z(), m)}},
        {"sigma_m", m.sigma < 0 ? Json(nullptr) : RoundedJson(m.sigma, m)},
        {"yaw_deg", RoundedJson(yaw, degrees)}};
    if (moment.scene().views.size() == session.keyframes.size()) {
      const std::string share = Fixed(100 * moment.scene().views[k].new_share, 0);
      form.text += " new " + share + "%";
      json["new_percent"] = Json::parse(share);
    }
    form.text += '\n';
    form.json.push_back(json);
  }
  return form;
}

}  // namespace

ContextBlock PathBlock(const ContextMoment& moment) {
  ContextBlock block{"path", {}};
  const size_t first = moment.first_row_of_map(), last = moment.row();
  if (!moment.state() || first == last) return block;
  PathCorners corners(moment.rows(), first, last);
  for (size_t count = 4; count <= 1024; count *= 2) {
    const std::vector<size_t> chosen = corners.Choose(count);
    block.forms.push_back(PathForm(moment, chosen));
    if (chosen.size() < count) break;
  }
  return block;
}

ContextBlock SegmentsBlock(const ContextMoment& moment) {
  ContextBlock block{"segments", {}};
  const size_t count = moment.segments().size();
  for (const size_t size : {3, 8, 24, 80, 240}) {
    if (size < count) block.forms.push_back(SegmentsForm(moment, size));
  }
  if (count > 0) block.forms.push_back(SegmentsForm(moment, count));
  return block;
}

ContextBlock RevisitsBlock(const ContextMoment& moment) {
  ContextBlock block{"revisits", {}};
  if (!moment.state()) return block;
  const std::vector<Revisit> revisits =
      FindRevisits(moment.timeline(), moment.first_row_of_map(), moment.row());
  if (revisits.empty()) return block;
  const auto form = [&](size_t count) {
    ContextForm made{"", Json::array()};
    for (size_t k = revisits.size() - count; k < revisits.size(); ++k) {
      const Revisit& revisit = revisits[k];
      const std::string t = Fixed(moment.Seconds(moment.rows()[revisit.row].state.time), 1);
      const std::string was = Fixed(moment.Seconds(moment.rows()[revisit.earlier].state.time), 1);
      const RoundedText digits = Metres(revisit.sigma_m);
      made.text += fmt::format("t={}s back within {}m of the place of t={}s\n", t,
                               digits.Both(revisit.distance_m), was);
      made.json.push_back({{"t_s", Json::parse(t)},
                           {"earlier_s", Json::parse(was)},
                           {"distance_m", RoundedJson(revisit.distance_m, digits)}});
    }
    return made;
  };
  for (const size_t size : {2, 10, 50}) {
    if (size < revisits.size()) block.forms.push_back(form(size));
  }
  block.forms.push_back(form(revisits.size()));
  return block;
}

ContextBlock KeyframesBlock(const ContextMoment& moment) {
  ContextBlock block{"keyframes", {}};
  const std::vector<size_t> ranked = RankedKeyframes(moment);
  for (const size_t size : {4, 12, 40, 120, 360}) {
    if (size < ranked.size()) {
      block.forms.push_back(KeyframesForm(
          moment, {ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
  }
  if (!ranked.empty()) block.forms.push_back(KeyframesForm(moment, ranked));
  return block;
}

}  // namespace nightjar
