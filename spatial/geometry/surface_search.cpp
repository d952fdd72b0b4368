// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/surface_search.h"

#include <algorithm>
#include <cmath>

#include "core/portable_math.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr double kBin = 0.02;     // m, of distances
constexpr int kReach = 2;         // bins to each side that a peak is summed over
constexpr double kNarrow = 0.03;  // m
constexpr double kWide = 0.12;    // m: the most that sigma may widen it to
constexpr double kSigmas = 2.5;
constexpr double kGravityCosine = 0.90;  // 26 degrees: surfels' normals are noisy
constexpr double kMemberCosine = 0.77;   // 40 degrees
constexpr double kVerticalSine = 0.42;   // 25 degrees
constexpr int kDirections = 120;         // of 3 degrees
constexpr int kDirectionReach = 3;
constexpr double kDirectionCosine = 0.94;  // 20 degrees
constexpr int kSeeds = 200;
constexpr int kMostBins = 100000;

double Gate(const Surfel& surfel, double narrow) {
  return std::min(std::max(narrow, kSigmas * surfel.sigma_m), std::max(narrow, kWide));
}

Vector3d Direction(int bin) {
  const auto [sine, cosine] = portable::SinCos(2 * M_PI * (bin + 0.5) / kDirections);
  return {cosine, sine, 0};
}

int DirectionBin(const Vector3d& normal) {
  const double turn = portable::Atan2(normal.y(), normal.x()) / (2 * M_PI);
  return std::clamp(static_cast<int>((turn < 0 ? turn + 1 : turn) * kDirections), 0,
                    kDirections - 1);
}

}  // namespace

PlaneSearch::PlaneSearch(std::span<const Surfel> surfels)
    : surfels_(surfels), left_(surfels.size(), true), spent_directions_(kDirections) {}

// Of the surfels whose normals are near to `normal`, the distance along it at which most area is.
std::optional<PlaneCandidate> PlaneSearch::Peak(const Vector3d& normal, double least_cosine,
                                                double least_m2) const {
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (size_t i = 0; i < surfels_.size(); ++i) {
    if (!left_[i] || surfels_[i].normal_world.dot(normal) < least_cosine) continue;
    const double at = normal.dot(surfels_[i].position_world);
    low = std::min(low, at);
    high = std::max(high, at);
  }
  if (!(low <= high && (high - low) / kBin < kMostBins)) return std::nullopt;
  std::vector<double> areas(static_cast<size_t>((high - low) / kBin) + 1 + 2 * kReach);
  for (size_t i = 0; i < surfels_.size(); ++i) {
    if (!left_[i] || surfels_[i].normal_world.dot(normal) < least_cosine) continue;
    const double at = normal.dot(surfels_[i].position_world);
    areas[static_cast<size_t>((at - low) / kBin) + kReach] += surfels_[i].area_m2;
  }
  double best = 0;
  size_t peak = 0;
  for (size_t i = kReach; i + kReach < areas.size(); ++i) {
    double sum = 0;
    for (int k = -kReach; k <= kReach; ++k)
      sum += areas[i + static_cast<size_t>(k + kReach) - kReach] * (kReach + 1 - std::abs(k));
    if (sum > best) {
      best = sum;
      peak = i;
    }
  }
  double area = 0;
  for (size_t i = peak - kReach; best > 0 && i <= peak + kReach; ++i) area += areas[i];
  if (best <= 0 || area < least_m2) return std::nullopt;
  return PlaneCandidate{normal, low + (static_cast<double>(peak - kReach) + 0.5) * kBin, kNarrow};
}

std::optional<PlaneCandidate> PlaneSearch::NextHorizontal(bool up, double least_m2) {
  return Peak(up ? Vector3d::UnitZ() : Vector3d(-Vector3d::UnitZ()), kGravityCosine, least_m2);
}

std::optional<PlaneCandidate> PlaneSearch::NextVertical(double least_m2) {
  std::vector<double> areas(kDirections);
  for (size_t i = 0; i < surfels_.size(); ++i) {
    if (!left_[i] || std::abs(surfels_[i].normal_world.z()) > kVerticalSine) continue;
    areas[static_cast<size_t>(DirectionBin(surfels_[i].normal_world))] += surfels_[i].area_m2;
  }
  while (true) {
    double best = 0;
    int direction = -1;
    for (int bin = 0; bin < kDirections; ++bin) {
      if (spent_directions_[static_cast<size_t>(bin)]) continue;
      double sum = 0;
      for (int k = -kDirectionReach; k <= kDirectionReach; ++k)
        sum += areas[static_cast<size_t>((bin + k + kDirections) % kDirections)] *
               (kDirectionReach + 1 - std::abs(k));
      if (sum > best) {
        best = sum;
        direction = bin;
      }
    }
    if (direction < 0) return std::nullopt;
    if (const auto peak = Peak(Direction(direction), kDirectionCosine, least_m2)) return peak;
    spent_directions_[static_cast<size_t>(direction)] = true;
  }
}

double PlaneSearch::AreaNear(const PlaneCandidate& candidate) const {
  double area = 0;
  for (const int i : Near(candidate)) area += surfels_[static_cast<size_t>(i)].area_m2;
  return area;
}

std::optional<PlaneCandidate> PlaneSearch::NextOther(double least_m2) {
  std::vector<size_t> pool;
  double all = 0;
  for (size_t i = 0; i < surfels_.size(); ++i) {
    if (!left_[i]) continue;
    pool.push_back(i);
    all += surfels_[i].area_m2;
  }
  if (all < least_m2) return std::nullopt;
  const size_t step = std::max<size_t>(1, pool.size() / kSeeds);
  std::optional<PlaneCandidate> best;
  double most = least_m2;
  for (size_t k = 0; k < pool.size(); k += step) {
    const Surfel& seed = surfels_[pool[k]];
    const PlaneCandidate candidate{seed.normal_world, seed.normal_world.dot(seed.position_world),
                                   kNarrow};
    const double area = AreaNear(candidate);
    if (area < most) continue;
    most = area;
    best = candidate;
  }
  return best;
}

std::vector<int> PlaneSearch::Near(const PlaneCandidate& candidate) const {
  std::vector<int> near;
  for (size_t i = 0; i < surfels_.size(); ++i) {
    const Surfel& s = surfels_[i];
    if (!left_[i] || s.normal_world.dot(candidate.normal) < kMemberCosine) continue;
    if (std::abs(candidate.normal.dot(s.position_world) - candidate.offset) >
        Gate(s, candidate.narrow))
      continue;
    near.push_back(static_cast<int>(i));
  }
  return near;
}

void PlaneSearch::Remove(const PlaneCandidate& candidate) {
  for (size_t i = 0; i < surfels_.size(); ++i) {
    const Surfel& s = surfels_[i];
    if (!left_[i] || s.normal_world.dot(candidate.normal) < 0.5) continue;
    const double away = std::abs(candidate.normal.dot(s.position_world) - candidate.offset);
    if (away <= std::max((kReach + 0.5) * kBin, 1.2 * Gate(s, candidate.narrow))) left_[i] = false;
  }
}

}  // namespace nightjar
