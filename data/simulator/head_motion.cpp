// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/head_motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/portable_math.h"
#include "core/random.h"
#include "core/so3.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;
using portable::Cos;
using portable::Sin;

constexpr double kTwoPi = 6.283185307179586;
constexpr double kInterval_s = 0.05;  // of control poses: smooths what is faster than about 8 Hz

constexpr std::array<const char*, 5> kNames = {"walk", "look", "desk", "stand", "fast"};

struct Gaze {
  double yaw = 0;    // rad, left
  double pitch = 0;  // rad, up
};

// Rests and turns one after the other.
class GazePath {
 public:
  struct Habits {
    double yaw_reach, pitch_reach;       // rad, largest
    double pitch_middle;                 // rad
    double shortest_rest, longest_rest;  // s
    double speed;                        // rad/s, of the middle of a turn
  };

  GazePath(const Habits& habits, double begin_s, double end_s, RandomStream random) {
    double t = begin_s;
    Gaze from = {0, habits.pitch_middle};
    while (t < end_s) {
      const double rest =
          habits.shortest_rest + (habits.longest_rest - habits.shortest_rest) * random.Uniform();
      const double yaw = habits.yaw_reach * (2 * random.Uniform() - 1);
      const double pitch = habits.pitch_middle + habits.pitch_reach * (2 * random.Uniform() - 1);
      const Gaze to = {yaw, pitch};
      const double angle = std::sqrt((to.yaw - from.yaw) * (to.yaw - from.yaw) +
                                     (to.pitch - from.pitch) * (to.pitch - from.pitch));
      // The profile's largest speed is 1.875 times its mean.
      const double turn = std::max(0.25, 1.875 * angle / habits.speed);
      turns_.push_back({t + rest, turn, from, to});
      t += rest + turn;
      from = to;
    }
  }

  Gaze At(double t) const {
    const auto next =
        std::upper_bound(turns_.begin(), turns_.end(), t,
                         [](double time, const Turn& turn) { return time < turn.begin; });
    if (next == turns_.begin()) return turns_.front().from;
    const Turn& turn = *(next - 1);
    const double s = std::min(1.0, (t - turn.begin) / turn.duration);
    const double made = s * s * s * (10 - 15 * s + 6 * s * s);
    return {turn.from.yaw + made * (turn.to.yaw - turn.from.yaw),
            turn.from.pitch + made * (turn.to.pitch - turn.from.pitch)};
  }

 private:
  struct Turn {
    double begin, duration;
    Gaze from, to;
  };
  std::vector<Turn> turns_;
};

// A sum of slow sines: what a body that tries to hold still does.
class Sway {
 public:
  Sway(double amplitude, RandomStream& random) {
    for (Wave& wave : waves_) {
      wave.frequency = 0.15 + 0.7 * random.Uniform();
      wave.phase = kTwoPi * random.Uniform();
      wave.amplitude = amplitude * (0.5 + 0.5 * random.Uniform()) / 2;
    }
  }
  double At(double t) const {
    double sum = 0;
    for (const Wave& wave : waves_)
      sum += wave.amplitude * Sin(kTwoPi * wave.frequency * t + wave.phase);
    return sum;
  }

 private:
  struct Wave {
    double frequency, phase, amplitude;
  };
  std::array<Wave, 4> waves_ = {};
};

// x forward at yaw 0 and pitch 0.
Eigen::Quaterniond Facing(double yaw, double pitch, double roll) {
  return so3::Exp(Vector3d(0, 0, yaw)) * so3::Exp(Vector3d(0, -pitch, 0)) *
         so3::Exp(Vector3d(roll, 0, 0));
}

class Wearer {
 public:
  Wearer(HeadMotion motion, double begin_s, double end_s, uint64_t seed)
      : motion_(motion),
        gaze_(HabitsOf(motion), begin_s, end_s, RandomStream(seed, StreamOf(RandomUse::kMotion))) {
    // A stream of its own: how much the gaze takes depends on how long it lasts.
    RandomStream random(seed, StreamOf(RandomUse::kMotion), 1);
    const double sway = motion == HeadMotion::kDesk ? 0.012 : 0.008;
    for (int i = 0; i < 6; ++i) sways_.emplace_back(sway, random);
    phase_ = kTwoPi * random.Uniform();
  }

  Se3 At(double t) const {
    switch (motion_) {
      case HeadMotion::kWalk: return Walk(t);
      case HeadMotion::kLook: return Stay(t, {0.4, -0.3, 1.62}, 1);
      case HeadMotion::kDesk: return Desk(t);
      case HeadMotion::kStand: return {Facing(0.3 + phase_, -0.1, 0.02), Vector3d(0.4, -0.3, 1.3)};
      case HeadMotion::kFast: return Fast(t);
    }
    return {};
  }

 private:
  static GazePath::Habits HabitsOf(HeadMotion motion) {
    switch (motion) {
      case HeadMotion::kWalk: return {0.7, 0.2, -0.12, 0.5, 2.0, 2.5};
      case HeadMotion::kDesk: return {0.5, 0.2, -0.45, 0.8, 3.0, 1.5};
      default: return {1.2, 0.35, -0.1, 0.3, 1.5, 3.5};
    }
  }

  Vector3d SwayAt(double t) const {
    return {sways_[0].At(t), sways_[1].At(t), 0.4 * sways_[2].At(t)};
  }

  // An ellipse of 2.2 by 1.4 m. Two steps a second; the body leans over the standing foot once in
  // two steps.
  Se3 Walk(double t) const {
    constexpr double kSpeed = 1.1;
    constexpr double kRound = 11.48;  // m, its circumference
    const double a = phase_ + kTwoPi * kSpeed / kRound * t;
    const double step = kTwoPi * 2 * t;
    const Vector3d along(-2.2 * Sin(a), 1.4 * Cos(a), 0);
    const double heading = portable::Atan2(along.y(), along.x());
    const Vector3d aside(-Sin(heading), Cos(heading), 0);
    const Vector3d place(2.2 * Cos(a), 1.4 * Sin(a), 1.62);
    const Vector3d bounce(0, 0, 0.022 * Cos(step) + 0.006 * Cos(2 * step + 0.7));
    const Gaze gaze = gaze_.At(t);
    return {
        Facing(heading + gaze.yaw, gaze.pitch + 0.012 * Sin(step + 0.5), 0.015 * Sin(0.5 * step)),
        place + bounce + 0.018 * Sin(0.5 * step) * aside + 0.3 * SwayAt(t)};
  }

  // The eyes are 10 cm in front of the neck's axis: to turn the head moves the rig.
  Se3 Stay(double t, const Vector3d& neck, double sway) const {
    const Gaze gaze = gaze_.At(t);
    const Eigen::Quaterniond R =
        Facing(gaze.yaw, gaze.pitch + 0.3 * sways_[3].At(t), sways_[4].At(t));
    return {R, neck + sway * SwayAt(t) + R * Vector3d(0.1, 0, 0.05)};
  }

  // Leans forward and back every few seconds.
  Se3 Desk(double t) const {
    const double lean = 0.06 * Sin(kTwoPi * 0.11 * t + phase_) + 0.03 * Sin(kTwoPi * 0.31 * t);
    return Stay(t, Vector3d(0.4 + lean, -0.3, 1.15 - 0.5 * lean), 1);
  }

  Se3 Fast(double t) const {
    const double a = kTwoPi * 1.7 * t + phase_;
    const double b = kTwoPi * 2.3 * t;
    const Gaze gaze = gaze_.At(t);
    const Vector3d shake(0.07 * Sin(a), 0.09 * Sin(b), 0.06 * Sin(a + b));
    return {Facing(gaze.yaw + 0.35 * Sin(b), gaze.pitch + 0.25 * Sin(a + 1), 0.25 * Sin(b + 2)),
            Vector3d(0.4, -0.3, 1.5) + shake};
  }

  HeadMotion motion_;
  GazePath gaze_;
  std::vector<Sway> sways_;
  double phase_ = 0;
};

}  // namespace

std::optional<HeadMotion> HeadMotionNamed(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<HeadMotion>(i);
  }
  return std::nullopt;
}

std::string NameOf(HeadMotion motion) { return kNames[static_cast<size_t>(motion)]; }

MotionSpline MakeHeadMotion(HeadMotion motion, double begin_s, double end_s, uint64_t seed) {
  const Wearer wearer(motion, begin_s - 1, end_s + 1, seed);
  const auto intervals = static_cast<int>(std::ceil((end_s - begin_s) / kInterval_s));
  std::vector<Se3> poses;
  for (int i = 0; i < intervals + MotionSpline::kOrder - 1; ++i)
    poses.push_back(wearer.At(begin_s + (i - 2) * kInterval_s));
  return MotionSpline(begin_s, kInterval_s, std::move(poses));
}

}  // namespace nightjar
