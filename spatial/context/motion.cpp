// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/portable_math.h"
#include "core/so3.h"
#include "spatial/context/step_rate.h"
#include "spatial/query/timeline.h"

namespace nightjar {
namespace {

constexpr size_t kStates = 5;
constexpr double kStepWindow_s = StepRateFinder::kSamples * StepRateFinder::kPeriod_s;
constexpr double kTurnWindow_s = 0.3;
constexpr double kUnknownAtLeast = 0.02;
using Likelihoods = std::array<double, kStates>;

size_t Index(MotionState state) { return static_cast<size_t>(state); }

// A soft step from 0 to 1 around `middle`; `width` of it as a share of the middle.
double Above(double value, double middle, double width = 0.15) {
  return 1 / (1 + portable::Exp(-(value - middle) / (width * middle)));
}

// Rows of one map without a gap: within them windows may reach.
struct Span {
  size_t first = 0, last = 0;  // both included
};

std::vector<Span> SpansOf(const Trajectory& path, double longest_gap_s) {
  std::vector<Span> spans;
  for (size_t k = 0; k < path.size(); ++k) {
    const bool joined = k > 0 && path[k].map == path[k - 1].map &&
                        ToSeconds(path[k].state.time - path[k - 1].state.time) <= longest_gap_s;
    if (joined) {
      spans.back().last = k;
    } else {
      spans.push_back({k, k});
    }
  }
  return spans;
}

// The rows of the span within half of `width_s` of row k.
class Window {
 public:
  Window(const Trajectory& path, const Span& span, double width_s)
      : path_(path),
        span_(span),
        half_(FromSeconds(0.5 * width_s)),
        range_{span.first, span.first} {}

  // For rising k.
  Span At(size_t k) {
    const SensorTime t = path_[k].state.time;
    while (path_[range_.first].state.time < t - half_) ++range_.first;
    range_.last = std::max(range_.last, k);
    while (range_.last < span_.last && path_[range_.last + 1].state.time <= t + half_)
      ++range_.last;
    return range_;
  }

 private:
  const Trajectory& path_;
  Span span_;
  Duration half_;
  Span range_;
};

// What is measured around a frame.
struct Features {
  double speed = 0;                                      // m/s, RMS
  double net_speed = 0;                                  // m/s
  Eigen::Vector3d turn_world = Eigen::Vector3d::Zero();  // rad/s, mean
  double reversals_hz = 0;
  std::optional<StepRate> steps;
};

double RmsSpeed(const Trajectory& path, const Span& rows) {
  double sum = 0;
  for (size_t k = rows.first; k <= rows.last; ++k)
    sum += path[k].state.velocity_world.squaredNorm();
  return std::sqrt(sum / static_cast<double>(rows.last - rows.first + 1));
}

// Level, mean: of the velocity where there is one frame only.
double NetSpeed(const Trajectory& path, const Span& rows) {
  const NavigationState &a = path[rows.first].state, &b = path[rows.last].state;
  const double seconds = ToSeconds(b.time - a.time);
  if (seconds <= 0) return a.velocity_world.head<2>().norm();
  return (b.T_world_body.translation - a.T_world_body.translation).head<2>().norm() / seconds;
}

Eigen::Vector3d MeanTurn(const Trajectory& path, const Span& rows) {
  const NavigationState &a = path[rows.first].state, &b = path[rows.last].state;
  const double seconds = ToSeconds(b.time - a.time);
  if (seconds <= 0) return a.T_world_body.rotation * path[rows.first].angular_velocity_body;
  return so3::Log(b.T_world_body.rotation * a.T_world_body.rotation.conjugate()) / seconds;
}

// Changes of sign per second, from beyond one bound to beyond the other, of the axis that has most.
double ReversalsPerSecond(const Trajectory& path, const Span& rows) {
  constexpr double kTurn = 0.5, kSpeed = 0.15;  // rad/s, m/s: beyond these a direction counts
  const double seconds = ToSeconds(path[rows.last].state.time - path[rows.first].state.time);
  if (seconds < 0.5 * kStepWindow_s) return 0;
  int most = 0;
  for (int axis = 0; axis < 6; ++axis) {
    int sign = 0, reversals = 0;
    for (size_t k = rows.first; k <= rows.last; ++k) {
      const double value = axis < 3 ? path[k].angular_velocity_body[axis] / kTurn
                                    : path[k].state.velocity_world[axis - 3] / kSpeed;
      const int now = value > 1 ? 1 : (value < -1 ? -1 : 0);
      if (now == 0) continue;
      if (sign != 0 && now != sign) ++reversals;
      sign = now;
    }
    most = std::max(most, reversals);
  }
  return most / seconds;
}

// Vertical velocity around a time, at even intervals; nothing where the span is shorter.
std::optional<StepRate> StepsAt(const Trajectory& path, const Span& span, size_t k,
                                const StepRateFinder& finder) {
  const SensorTime begin = path[span.first].state.time, end = path[span.last].state.time;
  if (ToSeconds(end - begin) < kStepWindow_s) return std::nullopt;
  // Near an end the window lies beside the frame.
  const Duration half = FromSeconds(0.5 * kStepWindow_s);
  const SensorTime centre = std::clamp(path[k].state.time, begin + half, end - half);
  std::array<double, StepRateFinder::kSamples> signal;
  size_t row = k;
  while (row > span.first && path[row].state.time > centre - half) --row;
  for (int n = 0; n < StepRateFinder::kSamples; ++n) {
    const SensorTime t = centre + FromSeconds(StepRateFinder::kPeriod_s *
                                              (n - 0.5 * (StepRateFinder::kSamples - 1)));
    while (row + 1 < span.last && path[row + 1].state.time <= t) ++row;
    const NavigationState &a = path[row].state, &b = path[row + 1].state;
    const double share = std::clamp(ToSeconds(t - a.time) / ToSeconds(b.time - a.time), 0.0, 1.0);
    signal[static_cast<size_t>(n)] =
        (1 - share) * a.velocity_world.z() + share * b.velocity_world.z();
  }
  return finder.Find(signal);
}

Likelihoods LikelihoodsOf(const Features& features, const MotionOptions& options) {
  const double going = Above(features.net_speed, options.going_m_s);
  const double steps = features.steps ? Above(features.steps->share, options.step_share) : 0;
  const double reversing = Above(features.reversals_hz, options.reversals_hz);
  const double turning = Above(features.turn_world.norm(), options.turning_rad_s);
  const double still = 1 - Above(features.speed, options.still_m_s);
  Likelihoods likelihoods = {};
  likelihoods[Index(MotionState::kWalking)] = going * steps;
  likelihoods[Index(MotionState::kShaking)] = (1 - going) * reversing;
  likelihoods[Index(MotionState::kTurning)] = (1 - going) * (1 - reversing) * turning;
  likelihoods[Index(MotionState::kStationary)] =
      (1 - going) * (1 - reversing) * (1 - turning) * still;
  double rest = 1;
  for (const double likelihood : likelihoods) rest -= likelihood;
  likelihoods[Index(MotionState::kUnknown)] = std::max(rest, kUnknownAtLeast);
  return likelihoods;
}

// Turns likelihoods into probabilities given all frames of the span.
class HiddenMarkov {
 public:
  HiddenMarkov(const Trajectory& path, const Span& span, const MotionOptions& options)
      : path_(path), span_(span), options_(options) {}

  std::vector<Likelihoods> Smooth(std::vector<Likelihoods> evidence) const {
    const size_t count = evidence.size();
    for (size_t k = 0; k < count; ++k) Temper(evidence[k], k);
    std::vector<Likelihoods> forward = evidence;
    Normalise(forward[0]);
    for (size_t k = 1; k < count; ++k) {
      Likelihoods next = Mixed(forward[k - 1], Step(k));
      for (size_t s = 0; s < kStates; ++s) forward[k][s] = next[s] * evidence[k][s];
      Normalise(forward[k]);
    }
    Likelihoods backward;
    backward.fill(1);
    for (size_t k = count; k-- > 0;) {
      const Likelihoods behind = backward;
      for (size_t s = 0; s < kStates; ++s) {
        forward[k][s] *= behind[s];
        backward[s] = behind[s] * evidence[k][s];
      }
      Normalise(forward[k]);
      backward = Mixed(backward, k > 0 ? Step(k) : 0);
      Normalise(backward);
    }
    return forward;
  }

 private:
  double Step(size_t k) const {
    return ToSeconds(path_[span_.first + k].state.time - path_[span_.first + k - 1].state.time);
  }

  // Frames that follow fast say the same again: likelihoods to the power of their distance over
  // that of independent ones.
  void Temper(Likelihoods& likelihoods, size_t k) const {
    const double power = k > 0 ? std::min(1.0, Step(k) / options_.evidence_s) : 1;
    for (double& value : likelihoods)
      value = portable::Exp(power * portable::Log(std::max(value, 1e-6)));
  }

  // After a time in which the state may have changed; the chain is symmetric.
  Likelihoods Mixed(const Likelihoods& from, double seconds) const {
    const double change = 1 - portable::Exp(-options_.change_hz * seconds);
    double sum = 0;
    for (const double value : from) sum += value;
    Likelihoods to;
    for (size_t s = 0; s < kStates; ++s) to[s] = (1 - change) * from[s] + change * sum / kStates;
    return to;
  }

  static void Normalise(Likelihoods& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    for (double& value : values) value /= sum;
  }

  const Trajectory& path_;
  Span span_;
  const MotionOptions& options_;
};

void EstimateSpan(const Trajectory& path, const Span& span, const MotionOptions& options,
                  const StepRateFinder& finder, std::vector<MotionEstimate>& motion) {
  Window quarter(path, span, 0.25), third(path, span, kTurnWindow_s), one(path, span, 1.0),
      steps(path, span, kStepWindow_s);
  std::vector<Likelihoods> evidence;
  std::vector<std::optional<StepRate>> step_rates;
  for (size_t k = span.first; k <= span.last; ++k) {
    Features features;
    features.speed = RmsSpeed(path, quarter.At(k));
    features.net_speed = NetSpeed(path, one.At(k));
    features.turn_world = MeanTurn(path, third.At(k));
    features.reversals_hz = ReversalsPerSecond(path, steps.At(k));
    features.steps = StepsAt(path, span, k, finder);
    MotionEstimate estimate;
    estimate.time = path[k].state.time;
    estimate.speed_m_s = features.speed;
    estimate.turn_rate_rad_s = features.turn_world.z();
    motion.push_back(estimate);
    step_rates.push_back(features.steps);
    evidence.push_back(LikelihoodsOf(features, options));
    // What no image confirms says nothing of its neighbours, but they say something of it.
    if (QualityScore(path[k].status) == 0) evidence.back().fill(1);
  }
  const std::vector<Likelihoods> posterior =
      HiddenMarkov(path, span, options).Smooth(std::move(evidence));
  for (size_t k = span.first; k <= span.last; ++k) {
    const Likelihoods& p = posterior[k - span.first];
    const auto best = std::max_element(p.begin(), p.end());
    const bool lost = !HasPlace(path[k].status);
    motion[k].state = lost ? MotionState::kUnknown : static_cast<MotionState>(best - p.begin());
    motion[k].probability = lost ? 0 : *best;
    const auto& rate = step_rates[k - span.first];
    if (motion[k].state == MotionState::kWalking && rate) motion[k].step_hz = rate->hz;
    const bool same = k > span.first && motion[k - 1].state == motion[k].state;
    motion[k].since = same ? motion[k - 1].since : motion[k].time;
  }
}

}  // namespace

const char* MotionStateName(MotionState state) {
  switch (state) {
    case MotionState::kStationary: return "stationary";
    case MotionState::kTurning: return "turning";
    case MotionState::kWalking: return "walking";
    case MotionState::kShaking: return "shaking";
    case MotionState::kUnknown: return "unknown";
  }
  return "unknown";
}

Status MotionOptions::Validate() const {
  for (const auto& [name, value] :
       {std::pair("going_m_s", going_m_s), std::pair("still_m_s", still_m_s),
        std::pair("turning_rad_s", turning_rad_s), std::pair("reversals_hz", reversals_hz),
        std::pair("step_share", step_share), std::pair("change_hz", change_hz),
        std::pair("evidence_s", evidence_s), std::pair("longest_gap_s", longest_gap_s)}) {
    if (!(std::isfinite(value) && value > 0))
      return Fail(ErrorKind::kUsage, std::string(name) + " must be above 0");
  }
  return {};
}

std::vector<MotionEstimate> EstimateMotion(const Trajectory& path, const MotionOptions& options) {
  std::vector<MotionEstimate> motion;
  motion.reserve(path.size());
  const StepRateFinder finder;
  for (const Span& span : SpansOf(path, options.longest_gap_s))
    EstimateSpan(path, span, options, finder, motion);
  return motion;
}

}  // namespace nightjar
