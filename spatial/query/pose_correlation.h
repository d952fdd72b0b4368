// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/keyframe.h"
#include "core/keyframe_pair.h"

namespace nightjar {

/// How the errors of any two keyframes of a map go together, from the pairs that are kept
/// (PairsToKeep). Errors are [dp, dr] as in Keyframe::covariance.
///
/// A pair that is not kept follows through the hubs h around each of its keyframes: with the
/// regression e_k = F_k e_h + r_k, F_k = Cov(e_k, e_h) Cov(e_h)^-1,
///
///     Cov(e_a, e_c) = F_a Cov(e_ha, e_hc) F_c',
///
/// where only that the remainders r_a, r_c of keyframes between different hubs go together is left
/// out. A chain of successors (C_ab C_b^-1 C_bc) is not good enough: poses are no Markov chain
/// where features live longer than the step, nor without the velocity
/// (docs/maths/relative-poses.md).
class PoseCorrelation {
 public:
  /// Pairs of keyframes of different maps are ignored. Keeps nothing of the arguments.
  PoseCorrelation(std::span<const Keyframe> keyframes, std::span<const KeyframePair> pairs);

  /// E[e_a e_b'] of keyframes a and b, in any order, also the same. Nothing: different maps, or
  /// pairs are missing.
  std::optional<Matrix6d> Cross(int a, int b) const;

  /// The variance of sum of weight_k' e_k over keyframes k of one map, each at most once, rising;
  /// nothing as above. Takes time with the number of weights and the square of the number of hubs.
  using Weights = std::vector<std::pair<int, Vector6d>>;
  std::optional<double> VarianceOfSum(const Weights& weights) const;

 private:
  // Of a keyframe: what its error is in the errors of the hubs around it. A hub: itself.
  struct Support {
    int map = 0;
    std::vector<int> hubs;         // one or two
    std::vector<Matrix6d> shares;  // F_k, one block per hub
    bool is_hub() const { return hubs.size() == 1; }
  };

  void AddMap(int begin, int end);
  const Matrix6d* Kept(int first, int second) const;
  std::optional<Matrix6d> ThroughHubs(int a, int b) const;
  std::optional<Matrix6d> HubCross(int a, int b) const;
  static uint64_t Key(int first, int second) {
    return uint64_t{static_cast<uint32_t>(first)} << 32 | static_cast<uint32_t>(second);
  }

  std::vector<Matrix6d> own_;  // of each keyframe
  std::vector<Support> supports_;
  std::vector<Matrix6d> kept_;
  std::unordered_map<uint64_t, size_t> place_;  // in kept_, by Key
  // Of keyframes between the same two hubs, also each with itself: the covariance of remainders.
  std::unordered_map<uint64_t, Matrix6d> remainders_;
};

}  // namespace nightjar
