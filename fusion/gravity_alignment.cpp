// SPDX-License-Identifier: Apache-2.0
#include "fusion/gravity_alignment.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <map>

#include "core/imu_sample.h"

namespace nightjar {
namespace {

using Matrix36d = Eigen::Matrix<double, 3, 6>;

constexpr size_t kLeastFrames = 3;     // that must have seen a feature
constexpr size_t kLeastFeatures = 12;  // that this many frames saw
constexpr int kReweightings = 4;
constexpr double kNear = 0.2, kFar = 30;   // m: distances that a weight is taken from
constexpr double kBearingSigmaRad = 2e-3;  // where the robust weight begins to fall
// Relative to its largest eigenvalue: below this the velocity is not determined.
constexpr double kLeastCondition = 1e-7;

// One sight: the plane perpendicular to the ray, and the camera's centre as a function of (v, g).
struct Sight {
  Eigen::Matrix3d across;  // I - u u^T
  Matrix36d centre;        // times (v, g) ...
  Eigen::Vector3d offset;  // ... plus this is the camera's centre
};

struct Feature {
  std::vector<Sight> sights;
  Eigen::Vector3d position = Eigen::Vector3d::Zero();  // first frame's body axes
  std::vector<double> weights;
};

// Motion from the first frame's body, without velocity and gravity.
struct FreeMotion {
  double time_s = 0;
  Se3 T_first_body;
  Eigen::Vector3d velocity = Eigen::Vector3d::Zero();
};

std::vector<FreeMotion> Accumulate(const std::vector<ImuPreintegration>& intervals) {
  std::vector<FreeMotion> motions(1);
  for (const ImuPreintegration& interval : intervals) {
    const FreeMotion& last = motions.back();
    const double dt = interval.duration_s();
    const Eigen::Quaterniond& R = last.T_first_body.rotation;
    FreeMotion next;
    next.time_s = last.time_s + dt;
    next.T_first_body.rotation = (R * interval.delta_rotation()).normalized();
    next.T_first_body.translation =
        last.T_first_body.translation + last.velocity * dt + R * interval.delta_position();
    next.velocity = last.velocity + R * interval.delta_velocity();
    motions.push_back(next);
  }
  return motions;
}

std::vector<Feature> CollectFeatures(const Rig& rig, const std::vector<StartFrame>& frames,
                                     const std::vector<FreeMotion>& motions) {
  std::map<uint64_t, Feature> by_track;
  std::map<uint64_t, size_t> seen_in;
  for (size_t k = 0; k < frames.size(); ++k) {
    const FreeMotion& motion = motions[k];
    Matrix36d centre;
    centre << motion.time_s * Eigen::Matrix3d::Identity(),
        0.5 * motion.time_s * motion.time_s * Eigen::Matrix3d::Identity();
    uint64_t counted = UINT64_MAX;
    for (const Bearing& bearing : frames[k].bearings) {
      const Eigen::Vector3d ray = motion.T_first_body.rotation * bearing.direction_body;
      const Se3& T_body_camera = rig.cameras[static_cast<size_t>(bearing.camera)].T_body_camera;
      by_track[bearing.track].sights.push_back({Eigen::Matrix3d::Identity() - ray * ray.transpose(),
                                                centre,
                                                motion.T_first_body * T_body_camera.translation});
      seen_in[bearing.track] += bearing.track != counted;
      counted = bearing.track;
    }
  }
  std::vector<Feature> features;
  for (auto& [track, feature] : by_track) {
    if (seen_in[track] < kLeastFrames) continue;
    feature.weights.assign(feature.sights.size(), 1.0);
    features.push_back(std::move(feature));
  }
  return features;
}

// The equations of one feature for (v, g), its position eliminated, or the position for given (v,
// g).
struct Eliminated {
  explicit Eliminated(const Feature& feature) {
    for (size_t i = 0; i < feature.sights.size(); ++i) {
      const Sight& sight = feature.sights[i];
      const Eigen::Matrix3d across = feature.weights[i] * sight.across;
      A += across;
      B += across * sight.centre;
      c += across * sight.offset;
      H += sight.centre.transpose() * across * sight.centre;
      b -= sight.centre.transpose() * across * sight.offset;
    }
    // A ray's own direction is all that a feature without parallax lacks.
    A += 1e-9 * A.trace() * Eigen::Matrix3d::Identity();
  }

  Eigen::Vector3d Position(const Eigen::Matrix<double, 6, 1>& x) const {
    return A.ldlt().solve(B * x + c);
  }
  void AddTo(Eigen::Matrix<double, 6, 6>& H_sum, Eigen::Matrix<double, 6, 1>& b_sum) const {
    const Eigen::LDLT<Eigen::Matrix3d> factor(A);
    H_sum += H - B.transpose() * factor.solve(B);
    b_sum += b + B.transpose() * factor.solve(c);
  }

  Eigen::Matrix3d A = Eigen::Matrix3d::Zero();
  Matrix36d B = Matrix36d::Zero();
  Eigen::Vector3d c = Eigen::Vector3d::Zero();
  Eigen::Matrix<double, 6, 6> H = Eigen::Matrix<double, 6, 6>::Zero();
  Eigen::Matrix<double, 6, 1> b = Eigen::Matrix<double, 6, 1>::Zero();
};

// The least of g^T H g - 2 b^T g on the sphere |g| = length: (H + l I) g = b with the l for which
// the length is right, above minus the smallest eigenvalue.
Eigen::Vector3d LeastOnSphere(const Eigen::Matrix3d& H, const Eigen::Vector3d& b, double length) {
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(H);
  const Eigen::Vector3d beta = solver.eigenvectors().transpose() * b;
  const double smallest = solver.eigenvalues()(0);
  const auto excess = [&](double l) {
    return beta.cwiseQuotient((solver.eigenvalues().array() + l).matrix()).norm() - length;
  };
  double low = -smallest;
  double high = -smallest + b.norm() / length + 1e-12;
  for (int i = 0; i < 200; ++i) {
    const double middle = 0.5 * (low + high);
    (excess(middle) > 0 ? low : high) = middle;
  }
  const Eigen::Vector3d g =
      solver.eigenvectors() * beta.cwiseQuotient((solver.eigenvalues().array() + high).matrix());
  return length * g.normalized();
}

std::optional<Eigen::Matrix<double, 6, 1>> SolveMotion(const Eigen::Matrix<double, 6, 6>& H,
                                                       const Eigen::Matrix<double, 6, 1>& b) {
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> velocity(H.topLeftCorner<3, 3>());
  if (!(velocity.eigenvalues()(0) > kLeastCondition * velocity.eigenvalues()(2))) {
    return std::nullopt;
  }
  const Eigen::LDLT<Eigen::Matrix3d> factor(H.topLeftCorner<3, 3>());
  const Eigen::Matrix3d H_vg = H.topRightCorner<3, 3>();
  const Eigen::Matrix3d H_g = H.bottomRightCorner<3, 3>() - H_vg.transpose() * factor.solve(H_vg);
  const Eigen::Vector3d b_g = b.tail<3>() - H_vg.transpose() * factor.solve(b.head<3>());
  Eigen::Matrix<double, 6, 1> x;
  x.tail<3>() = LeastOnSphere(H_g, b_g, kGravityWorld.norm());
  x.head<3>() = factor.solve(b.head<3>() - H_vg * x.tail<3>());
  if (!x.allFinite()) return std::nullopt;
  return x;
}

// New weights from how far the features are; returns the weighted RMS of the bearings.
double Reweight(const Eigen::Matrix<double, 6, 1>& x, std::vector<Feature>& features) {
  double sum = 0;
  double weight_sum = 0;
  for (Feature& feature : features) {
    feature.position = Eliminated(feature).Position(x);
    for (size_t i = 0; i < feature.sights.size(); ++i) {
      const Sight& sight = feature.sights[i];
      const Eigen::Vector3d ray = feature.position - sight.centre * x - sight.offset;
      const double distance = std::clamp(ray.norm(), kNear, kFar);
      const double angle = (sight.across * ray).norm() / distance;
      const double off = angle / kBearingSigmaRad;
      const double robust = 1 / (1 + off * off / 4);
      feature.weights[i] = robust / (distance * distance);
      sum += robust * angle * angle;
      weight_sum += robust;
    }
  }
  return std::sqrt(sum / weight_sum);
}

}  // namespace

std::optional<GravityAlignment> AlignGravity(const Rig& rig, const std::vector<StartFrame>& frames,
                                             const std::vector<ImuPreintegration>& intervals) {
  std::vector<Feature> features = CollectFeatures(rig, frames, Accumulate(intervals));
  if (features.size() < kLeastFeatures) return std::nullopt;
  GravityAlignment alignment;
  for (int pass = 0; pass <= kReweightings; ++pass) {
    Eigen::Matrix<double, 6, 6> H = Eigen::Matrix<double, 6, 6>::Zero();
    Eigen::Matrix<double, 6, 1> b = Eigen::Matrix<double, 6, 1>::Zero();
    for (const Feature& feature : features) Eliminated(feature).AddTo(H, b);
    const auto x = SolveMotion(H, b);
    if (!x) return std::nullopt;
    alignment.velocity_body = x->head<3>();
    alignment.gravity_body = x->tail<3>();
    alignment.bearing_rms_rad = Reweight(*x, features);
  }
  return alignment;
}

std::vector<NavigationState> StatesFromAlignment(const GravityAlignment& alignment,
                                                 const std::vector<StartFrame>& frames,
                                                 const std::vector<ImuPreintegration>& intervals,
                                                 const Se3& T_world_first) {
  // The smallest turn that makes gravity point down.
  const Eigen::Vector3d down_world = T_world_first.rotation * alignment.gravity_body;
  const Eigen::Quaterniond level = Eigen::Quaterniond::FromTwoVectors(down_world, kGravityWorld);
  const Se3 T_world_level{(level * T_world_first.rotation).normalized(), T_world_first.translation};
  std::vector<NavigationState> states;
  const std::vector<FreeMotion> motions = Accumulate(intervals);
  for (size_t k = 0; k < frames.size(); ++k) {
    const FreeMotion& motion = motions[k];
    const double t = motion.time_s;
    Se3 T_first_body = motion.T_first_body;
    T_first_body.translation += alignment.velocity_body * t + 0.5 * t * t * alignment.gravity_body;
    NavigationState state;
    state.time = frames[k].time;
    state.T_world_body = T_world_level * T_first_body;
    state.velocity_world = T_world_level.rotation *
                           (alignment.velocity_body + t * alignment.gravity_body + motion.velocity);
    state.gyro_bias = intervals.front().gyro_bias();
    state.accelerometer_bias = intervals.front().accelerometer_bias();
    states.push_back(state);
  }
  return states;
}

}  // namespace nightjar
