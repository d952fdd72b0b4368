// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/pose_correlation.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

namespace nightjar {
namespace {

// The inverse of a covariance on what varies at all: the gauge does not. Unit variances first, as
// metres and radians are of different size.
Eigen::MatrixXd PseudoInverse(const Eigen::MatrixXd& covariance) {
  constexpr double kRelativeFloor = 1e-10;
  const Eigen::VectorXd scale = covariance.diagonal().unaryExpr(
      [](double variance) { return variance > 0 ? 1 / std::sqrt(variance) : 0.0; });
  const Eigen::MatrixXd correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation);
  const double floor = kRelativeFloor * std::max(solver.eigenvalues().maxCoeff(), 0.0);
  const Eigen::VectorXd inverse = solver.eigenvalues().unaryExpr(
      [floor](double value) { return value > floor ? 1 / value : 0.0; });
  return scale.asDiagonal() * solver.eigenvectors() * inverse.asDiagonal() *
         solver.eigenvectors().transpose() * scale.asDiagonal();
}

}  // namespace

PoseCorrelation::PoseCorrelation(std::span<const Keyframe> keyframes,
                                 std::span<const KeyframePair> pairs) {
  for (const Keyframe& keyframe : keyframes) {
    own_.push_back(keyframe.covariance.topLeftCorner<6, 6>());
    supports_.push_back({keyframe.map, {}, {}});
  }
  kept_.reserve(pairs.size());
  place_.reserve(pairs.size());
  for (const KeyframePair& pair : pairs) {
    place_.emplace(Key(pair.first, pair.second), kept_.size());
    kept_.push_back(pair.cross_covariance);
  }
  const auto count = static_cast<int>(keyframes.size());
  for (int begin = 0; begin < count;) {
    int end = begin;
    while (end < count &&
           supports_[static_cast<size_t>(end)].map == supports_[static_cast<size_t>(begin)].map) {
      ++end;
    }
    AddMap(begin, end);
    begin = end;
  }
}

void PoseCorrelation::AddMap(int begin, int end) {
  const int count = end - begin;
  const int stride = HubStride(count);
  for (int place = 0; place < count; ++place) {
    const int k = begin + place;
    Support& support = supports_[static_cast<size_t>(k)];
    if (IsHub(place, count)) {
      support.hubs = {k};
      support.shares = {Matrix6d::Identity()};
      continue;
    }
    const int before = k - place % stride;
    const int after = std::min(before + stride, end - 1);
    const Matrix6d* between = Kept(before, after);
    const Matrix6d* to_before = Kept(before, k);
    const Matrix6d* to_after = Kept(k, after);
    if (!between || !to_before || !to_after) continue;
    Eigen::Matrix<double, 12, 12> hubs;
    hubs << own_[static_cast<size_t>(before)], *between, between->transpose(),
        own_[static_cast<size_t>(after)];
    Eigen::Matrix<double, 6, 12> cross;
    cross << to_before->transpose(), *to_after;
    const Eigen::Matrix<double, 6, 12> shares = cross * PseudoInverse(hubs);
    support.hubs = {before, after};
    support.shares = {shares.leftCols<6>(), shares.rightCols<6>()};
  }
  for (int a = begin; a < end; ++a) {
    const Support& support = supports_[static_cast<size_t>(a)];
    if (support.hubs.size() != 2) continue;
    for (int b = a; b < support.hubs[1]; ++b) {
      const Matrix6d* exact = a == b ? &own_[static_cast<size_t>(a)] : Kept(a, b);
      const auto through = ThroughHubs(a, b);
      if (exact && through) remainders_.emplace(Key(a, b), *exact - *through);
    }
  }
}

const Matrix6d* PoseCorrelation::Kept(int first, int second) const {
  const auto place = place_.find(Key(first, second));
  return place == place_.end() ? nullptr : &kept_[place->second];
}

std::optional<Matrix6d> PoseCorrelation::HubCross(int a, int b) const {
  if (a == b) return own_[static_cast<size_t>(a)];
  const Matrix6d* kept = Kept(std::min(a, b), std::max(a, b));
  if (!kept) return std::nullopt;
  return a < b ? *kept : Matrix6d(kept->transpose());
}

std::optional<Matrix6d> PoseCorrelation::ThroughHubs(int a, int b) const {
  const Support& of_a = supports_[static_cast<size_t>(a)];
  const Support& of_b = supports_[static_cast<size_t>(b)];
  if (of_a.hubs.empty() || of_b.hubs.empty()) return std::nullopt;
  Matrix6d sum = Matrix6d::Zero();
  for (size_t i = 0; i < of_a.hubs.size(); ++i) {
    for (size_t j = 0; j < of_b.hubs.size(); ++j) {
      const auto hubs = HubCross(of_a.hubs[i], of_b.hubs[j]);
      if (!hubs) return std::nullopt;
      sum += of_a.shares[i] * *hubs * of_b.shares[j].transpose();
    }
  }
  return sum;
}

std::optional<Matrix6d> PoseCorrelation::Cross(int a, int b) const {
  if (supports_[static_cast<size_t>(a)].map != supports_[static_cast<size_t>(b)].map)
    return std::nullopt;
  if (const auto exact = HubCross(a, b)) return exact;
  const auto through = ThroughHubs(std::min(a, b), std::max(a, b));
  if (!through || a < b) return through;
  return Matrix6d(through->transpose());
}

std::optional<double> PoseCorrelation::VarianceOfSum(const Weights& weights) const {
  std::map<int, Vector6d> of_hubs;
  for (const auto& [k, weight] : weights) {
    const Support& support = supports_[static_cast<size_t>(k)];
    if (support.hubs.empty()) return std::nullopt;
    for (size_t i = 0; i < support.hubs.size(); ++i) {
      auto [place, fresh] = of_hubs.try_emplace(support.hubs[i], Vector6d::Zero());
      place->second += support.shares[i].transpose() * weight;
    }
  }
  double variance = 0;
  for (auto a = of_hubs.begin(); a != of_hubs.end(); ++a) {
    for (auto b = a; b != of_hubs.end(); ++b) {
      const auto cross = HubCross(a->first, b->first);
      if (!cross) return std::nullopt;
      variance += (a == b ? 1 : 2) * a->second.dot(*cross * b->second);
    }
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    const Support& support = supports_[static_cast<size_t>(weights[i].first)];
    if (support.is_hub()) continue;
    for (size_t j = i; j < weights.size() && weights[j].first < support.hubs[1]; ++j) {
      const auto remainder = remainders_.find(Key(weights[i].first, weights[j].first));
      if (remainder == remainders_.end()) return std::nullopt;
      variance += (i == j ? 1 : 2) * weights[i].second.dot(remainder->second * weights[j].second);
    }
  }
  return std::max(variance, 0.0);
}

}  // namespace nightjar
