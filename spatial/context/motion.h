// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "core/trajectory.h"

namespace nightjar {

/// What a body does, as far as a trajectory tells.
enum class MotionState {
  kStationary,  // neither goes nor turns: stands, sits, lies
  kTurning,     // turns on the spot, about any axis
  kWalking,     // goes, with the bounce of steps
  kShaking,     // goes back and forth several times a second without getting anywhere
  kUnknown,     // none of these (it goes without steps), or where it is is not known
};

/// "stationary", "turning", "walking", "shaking", "unknown".
const char* MotionStateName(MotionState state);

/// Where one state ends and the next begins: the middles of soft steps. All are choices of ours.
struct MotionOptions {
  double going_m_s = 0.25;      // net speed of a body that goes; slow walkers have 0.5
  double still_m_s = 0.20;      // RMS of the velocity of one that stays; heads sway by 0.1
  double turning_rad_s = 0.26;  // 15 deg/s; eyes follow what is slower without the head
  /// Changes of direction per second of a body that is shaken, one way and back being two.
  double reversals_hz = 2.2;
  /// Share of the vertical velocity's variance that one frequency of 1.2 .. 3 Hz explains where
  /// there are steps: walkers bounce once a step.
  double step_share = 0.35;
  double change_hz = 0.5;      // how often a state changes
  double evidence_s = 0.4;     // how far apart two frames have to be to say things of their own
  double longest_gap_s = 0.5;  // between frames: what was done in a longer one is not known

  /// kUsage with the field that is not positive and finite.
  Status Validate() const;
};

/// What the body does at one frame.
struct MotionEstimate {
  SensorTime time;
  MotionState state = MotionState::kUnknown;
  /// Probability of the state in a hidden Markov model over the frames before and behind; 0 where
  /// the body is lost.
  double probability = 0;
  SensorTime since;               // when the state began
  double speed_m_s = 0;           // of the velocity, RMS over a quarter second
  double turn_rate_rad_s = 0;     // about the vertical, counter-clockwise, mean over 0.3 s
  std::optional<double> step_hz;  // while walking
};

/// What the body did in an interval without a change of state.
struct MotionSegment {
  MotionState state = MotionState::kUnknown;
  size_t first = 0;  // rows of the trajectory, both included
  size_t last = 0;
  SensorTime begin;
  SensorTime end;
  double probability = 0;         // mean
  double path_m = 0;              // length of the way
  double displacement_m = 0;      // from its begin to its end
  double turn_rad = 0;            // net, about the vertical, counter-clockwise
  std::optional<double> step_hz;  // median, while walking
};

/// One estimate per row. Windows of 0.25 s (speed), 0.3 s (turns), 1 s (whether it goes) and 2.56 s
/// (steps, changes of direction) around each frame, within its map and between gaps. Four
/// memberships (soft steps of the options, multiplied) and the rest, `unknown`, are the likelihoods
/// of a hidden Markov model, whose forward-backward recursion gives the probabilities (Rabiner, "A
/// tutorial on hidden Markov models", Proc. IEEE 77, 1989, eq. 27). Same bytes on every machine.
std::vector<MotionEstimate> EstimateMotion(const Trajectory& path,
                                           const MotionOptions& options = {});

/// Runs of one state, in time order; `motion` is of `path`.
std::vector<MotionSegment> SegmentMotion(const Trajectory& path,
                                         const std::vector<MotionEstimate>& motion);

/// Yaw of a rotation's change about the vertical, (-pi, pi]: of R_b R_a^T.
double TurnAboutVertical(const Eigen::Quaterniond& a, const Eigen::Quaterniond& b);

}  // namespace nightjar
