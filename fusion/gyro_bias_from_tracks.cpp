// SPDX-License-Identifier: Apache-2.0
#include "fusion/gyro_bias_from_tracks.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "core/so3.h"

namespace nightjar {
namespace {

// Frames this many apart are compared: near ones are sharp about quick turns, far ones about the
// bias.
constexpr std::array<size_t, 2> kSpans = {2, 5};
constexpr size_t kLeastFeatures = 15;  // shared by two frames
constexpr size_t kLeastPairs = 3;
constexpr int kIterations = 12;
constexpr double kStep = 5e-4;       // rad/s, of the numeric derivatives
constexpr double kConverged = 1e-6;  // rad/s
// Off the plane by this much, an observation is no measurement any more: 2 px at 460 px.
constexpr double kOutlierRad = 5e-3;
constexpr double kLeap = 3;

using Directions = std::vector<std::pair<Eigen::Vector3d, Eigen::Vector3d>>;

// Two frames with what both saw.
struct FramePair {
  size_t first = 0;
  size_t second = 0;
  Directions directions;
};

Directions SharedDirections(const StartFrame& a, const StartFrame& b) {
  Directions shared;
  auto in_b = b.bearings.begin();
  for (auto in_a = a.bearings.begin(); in_a != a.bearings.end(); ++in_a) {
    const bool is_first = in_a == a.bearings.begin() || std::prev(in_a)->track != in_a->track;
    if (!is_first) continue;  // in a second camera
    while (in_b != b.bearings.end() &&
           std::tie(in_b->track, in_b->camera) < std::tie(in_a->track, in_a->camera)) {
      ++in_b;
    }
    if (in_b == b.bearings.end()) break;
    if (in_b->track == in_a->track && in_b->camera == in_a->camera) {
      shared.emplace_back(in_a->direction_body, in_b->direction_body);
    }
  }
  return shared;
}

std::vector<FramePair> Pairs(const std::vector<StartFrame>& frames) {
  std::vector<FramePair> pairs;
  for (const size_t span : kSpans) {
    for (size_t i = 0; i + span < frames.size(); ++i) {
      FramePair pair{i, i + span, SharedDirections(frames[i], frames[i + span])};
      if (pair.directions.size() >= kLeastFeatures) pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

// Takes out what moved several times as far as most: no parallax, but a track that jumped.
void DropLeaps(const Eigen::Matrix3d& R_i_j, Directions& directions) {
  std::vector<double> moved;
  for (const auto& [in_i, in_j] : directions) moved.push_back(in_i.cross(R_i_j * in_j).norm());
  std::vector<double> sorted = moved;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  Directions kept;
  for (size_t k = 0; k < directions.size(); ++k) {
    if (moved[k] < kLeap * *middle) kept.push_back(directions[k]);
  }
  directions = std::move(kept);
}

// How far the features of two frames are from one epipolar geometry with this rotation, rad^2.
double OffPlane(const Directions& directions, const Eigen::Matrix3d& R_i_j) {
  std::vector<Eigen::Vector3d> normals;
  Eigen::Matrix3d scatter = Eigen::Matrix3d::Zero();
  for (const auto& [in_i, in_j] : directions) {
    normals.push_back(in_i.cross(R_i_j * in_j));
    scatter += normals.back() * normals.back().transpose();
  }
  // Twice: the first plane may be bent by outliers, whose weight the second takes.
  for (int pass = 0; pass < 2; ++pass) {
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(scatter);
    const Eigen::Vector3d translation = solver.eigenvectors().col(0);
    scatter.setZero();
    for (const Eigen::Vector3d& normal : normals) {
      const double off = normal.dot(translation) / kOutlierRad;
      scatter += normal * normal.transpose() / (1 + off * off);
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(scatter, Eigen::EigenvaluesOnly);
  return solver.eigenvalues()(0);
}

class Coplanarity {
 public:
  Coplanarity(const std::vector<StartFrame>& frames,
              const std::vector<ImuPreintegration>& intervals)
      : pairs_(Pairs(frames)), intervals_(intervals) {
    const std::vector<Eigen::Matrix3d> turns = Turns(Eigen::Vector3d::Zero());
    for (FramePair& pair : pairs_) DropLeaps(Between(turns, pair), pair.directions);
  }

  size_t pairs() const { return pairs_.size(); }

  double Cost(const Eigen::Vector3d& change) const {
    const std::vector<Eigen::Matrix3d> turns = Turns(change);
    double cost = 0;
    for (const FramePair& pair : pairs_) cost += OffPlane(pair.directions, Between(turns, pair));
    return cost;
  }

 private:
  std::vector<Eigen::Matrix3d> Turns(const Eigen::Vector3d& change) const {
    std::vector<Eigen::Matrix3d> turns;
    for (const ImuPreintegration& interval : intervals_) {
      const Eigen::Vector3d correction = interval.bias_jacobian().block<3, 3>(3, 0) * change;
      turns.push_back((interval.delta_rotation() * so3::Exp(correction)).toRotationMatrix());
    }
    return turns;
  }
  static Eigen::Matrix3d Between(const std::vector<Eigen::Matrix3d>& turns, const FramePair& pair) {
    Eigen::Matrix3d R_i_j = Eigen::Matrix3d::Identity();
    for (size_t k = pair.first; k < pair.second; ++k) R_i_j = R_i_j * turns[k];
    return R_i_j;
  }

  std::vector<FramePair> pairs_;
  const std::vector<ImuPreintegration>& intervals_;
};

// Gradient and Hessian by central differences.
void Derivatives(const Coplanarity& coplanarity, const Eigen::Vector3d& at, double cost,
                 Eigen::Vector3d& gradient, Eigen::Matrix3d& hessian) {
  const Eigen::Matrix3d step = kStep * Eigen::Matrix3d::Identity();
  Eigen::Vector3d forward, backward;
  for (int i = 0; i < 3; ++i) {
    forward(i) = coplanarity.Cost(at + step.col(i));
    backward(i) = coplanarity.Cost(at - step.col(i));
  }
  gradient = (forward - backward) / (2 * kStep);
  for (int i = 0; i < 3; ++i) {
    hessian(i, i) = (forward(i) - 2 * cost + backward(i)) / (kStep * kStep);
    for (int j = i + 1; j < 3; ++j) {
      const double both = coplanarity.Cost(at + step.col(i) + step.col(j));
      hessian(i, j) = (both - forward(i) - forward(j) + cost) / (kStep * kStep);
      hessian(j, i) = hessian(i, j);
    }
  }
}

}  // namespace

std::optional<Eigen::Vector3d> GyroBiasFromTracks(const std::vector<StartFrame>& frames,
                                                  const std::vector<ImuPreintegration>& intervals,
                                                  double largest_change) {
  const Coplanarity coplanarity(frames, intervals);
  if (coplanarity.pairs() < kLeastPairs) return std::nullopt;
  Eigen::Vector3d change = Eigen::Vector3d::Zero();
  double cost = coplanarity.Cost(change);
  double damping = 1e-3;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Eigen::Vector3d gradient;
    Eigen::Matrix3d hessian;
    Derivatives(coplanarity, change, cost, gradient, hessian);
    // Far from the minimum the Hessian need not be positive definite: its absolute value is.
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(hessian);
    const double largest = solver.eigenvalues().cwiseAbs().maxCoeff();
    if (!(largest > 0) || !std::isfinite(largest)) return std::nullopt;
    bool improved = false;
    Eigen::Vector3d step;
    for (int attempt = 0; attempt < 8 && !improved; ++attempt) {
      const Eigen::Vector3d curvature = solver.eigenvalues().cwiseAbs().array() + damping * largest;
      step = -solver.eigenvectors() *
             (solver.eigenvectors().transpose() * gradient).cwiseQuotient(curvature);
      const double candidate = coplanarity.Cost(change + step);
      improved = candidate < cost;
      damping = improved ? damping / 10 : damping * 10;
      if (improved) {
        change += step;
        cost = candidate;
      }
    }
    if (!improved || step.norm() < kConverged) break;
  }
  if (!change.allFinite() || change.norm() > largest_change) return std::nullopt;
  return intervals.front().gyro_bias() + change;
}

}  // namespace nightjar
