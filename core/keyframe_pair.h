// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/se3.h"

namespace nightjar {

/// How the errors of two keyframes of one map go together: without it nothing true can be said of
/// the way from one to the other.
struct KeyframePair {
  int first = 0;   // index of the keyframe, below `second`
  int second = 0;  // idem
  /// E[e_first e_second'] of the poses' errors e = [dp, dr], in the order, the axes and the gauge
  /// of Keyframe::covariance.
  Matrix6d cross_covariance = Matrix6d::Zero();
};

/// Every how many keyframes of a map of `keyframes` there is a hub. Up to 128 all are. Then pairs
/// grow with the number of keyframes times this and with the square of the number of hubs: the
/// cube root makes the sum least.
inline int HubStride(int keyframes) {
  constexpr int kAllPairs = 128;
  return keyframes <= kAllPairs ? 1 : static_cast<int>(std::lround(std::cbrt(keyframes)));
}

inline bool IsHub(int place, int keyframes) {
  return place % HubStride(keyframes) == 0 || place + 1 == keyframes;
}

/// The pairs of a map's keyframes, by their places in the map, that are kept: each keyframe with
/// those of the next HubStride() places, and each hub (every HubStride()-th keyframe, and the last
/// one) with all other hubs. Any other pair follows from them (spatial/query/pose_correlation.h).
/// Rising.
inline std::vector<std::pair<int, int>> PairsToKeep(int keyframes) {
  const int stride = HubStride(keyframes);
  const int last = keyframes - 1;
  std::vector<std::pair<int, int>> pairs;
  for (int first = 0; first < keyframes; ++first) {
    const int near = std::min(first + stride, last);
    for (int second = first + 1; second <= near; ++second) pairs.emplace_back(first, second);
    if (first % stride != 0) continue;  // the last keyframe, a hub as well, has no successors
    for (int hub = first + 2 * stride; hub < last; hub += stride) pairs.emplace_back(first, hub);
    if (near < last) pairs.emplace_back(first, last);
  }
  return pairs;
}

}  // namespace nightjar
