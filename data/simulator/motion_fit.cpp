// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/motion_fit.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "core/so3.h"

namespace nightjar {
namespace {

using Matrix3Columns = Eigen::Matrix<double, Eigen::Dynamic, 3>;  // one row a control pose
using Sparse = Eigen::SparseMatrix<double>;

constexpr size_t kFewestPoses = 10;
constexpr double kLongestGap_s = 0.5;
constexpr double kFarthest_mm = 20;
constexpr double kFarthest_deg = 2;
constexpr double kShortestInterval_s = 0.02, kLongestInterval_s = 0.05;
constexpr double kPosesPerInterval = 4;
constexpr double kPositionSigma_m = 2e-4, kJerk = 1000;       // m/s^3
constexpr double kRotationSigma = 2e-4, kAngularJerk = 3000;  // rad, rad/s^3
constexpr int kRotationIterations = 15;
constexpr double kDegrees = 180 / M_PI;
constexpr std::array<double, 4> kThirdDifference = {-1, 3, -3, 1};

std::string Text(double value, const char* format) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), format, value);
  return buffer;
}

tl::unexpected<Error> Refused(const std::string& what, SensorTime time, std::string remedy) {
  return Fail(ErrorKind::kUnusableInput, what,
              "pose at " + std::to_string(ToNanoseconds(time)) + " ns", std::move(remedy));
}

Status CheckPoses(const std::vector<StampedPose>& poses) {
  if (poses.size() < kFewestPoses) {
    return Fail(ErrorKind::kUnusableInput,
                std::to_string(poses.size()) + " poses are no motion: 10 are needed");
  }
  for (size_t i = 1; i < poses.size(); ++i) {
    const double step = ToSeconds(poses[i].time - poses[i - 1].time);
    if (!(step > 0)) return Refused("the time does not rise", poses[i].time, {});
    if (step > kLongestGap_s) {
      return Refused("there is no pose for " + Text(step, "%.3f") + " s before it", poses[i].time,
                     "nobody knows the motion there: cut the trajectory at the gap");
    }
  }
  return {};
}

double IntervalFor(const std::vector<StampedPose>& poses) {
  std::vector<double> steps;
  for (size_t i = 1; i < poses.size(); ++i)
    steps.push_back(ToSeconds(poses[i].time - poses[i - 1].time));
  std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2),
                   steps.end());
  return std::clamp(kPosesPerInterval * steps[steps.size() / 2], kShortestInterval_s,
                    kLongestInterval_s);
}

// Between neighbours in order: the shorter way, at a constant rate.
Se3 Interpolate(const std::vector<StampedPose>& poses, SensorTime time) {
  const auto after =
      std::lower_bound(poses.begin(), poses.end(), time,
                       [](const StampedPose& pose, SensorTime t) { return pose.time < t; });
  if (after == poses.begin()) return after->T_world_body;
  if (after == poses.end()) return poses.back().T_world_body;
  const Se3& a = (after - 1)->T_world_body;
  const Se3& b = after->T_world_body;
  const double share =
      ToSeconds(time - (after - 1)->time) / ToSeconds(after->time - (after - 1)->time);
  return {a.rotation * so3::Exp(share * so3::Log(a.rotation.conjugate() * b.rotation)),
          a.translation + share * (b.translation - a.translation)};
}

// The least-squares problem that positions and rotations share, but for the weight of smoothness.
class Fitter {
 public:
  Fitter(const std::vector<StampedPose>& poses, SensorTime zero, double interval_s)
      : poses_(poses), interval_s_(interval_s) {
    const double begin = ToSeconds(poses.front().time - zero);
    const double end = ToSeconds(poses.back().time - zero);
    const auto intervals = static_cast<int>(std::ceil((end - begin) / interval_s));
    for (int i = 0; i < intervals + MotionSpline::kOrder - 1; ++i) {
      const double t = begin + (i - 2) * interval_s;
      control_.push_back(Interpolate(poses, zero + FromSeconds(t)));
    }
    begin_s_ = begin;
    for (const StampedPose& pose : poses) times_.push_back(ToSeconds(pose.time - zero));
    const MotionSpline spline(begin_s_, interval_s_, control_);
    for (double t : times_) basis_.push_back(spline.BasisAt(t));
  }

  void FitPositions(double sigma_m) {
    Prepare(Smoothness(sigma_m, kJerk));
    Matrix3Columns b = Matrix3Columns::Zero(static_cast<Eigen::Index>(control_.size()), 3);
    for (size_t k = 0; k < poses_.size(); ++k)
      AddRow(b, basis_[k], poses_[k].T_world_body.translation);
    const Matrix3Columns c = solver_.solve(b);
    for (size_t i = 0; i < control_.size(); ++i)
      control_[i].translation = c.row(static_cast<Eigen::Index>(i)).transpose();
  }

  void FitRotations(double sigma) {
    const double smoothness = Smoothness(sigma, kAngularJerk);
    Prepare(smoothness);
    for (int iteration = 0; iteration < kRotationIterations; ++iteration) {
      Matrix3Columns b = Matrix3Columns::Zero(static_cast<Eigen::Index>(control_.size()), 3);
      const MotionSpline spline = Spline();
      for (size_t k = 0; k < poses_.size(); ++k) {
        // In world axes, in which neighbouring control poses share their steps.
        const Eigen::Quaterniond R = spline.Pose(times_[k]).rotation;
        AddRow(b, basis_[k], so3::Log(poses_[k].T_world_body.rotation * R.conjugate()));
      }
      for (size_t i = 0; i + 3 < control_.size(); ++i) {
        const Eigen::Vector3d bend = Step(i + 2) - 2 * Step(i + 1) + Step(i);
        for (size_t a = 0; a < 4; ++a)
          b.row(static_cast<Eigen::Index>(i + a)) -=
              smoothness * kThirdDifference[a] * bend.transpose();
      }
      const Matrix3Columns step = solver_.solve(b);
      for (size_t i = 0; i < control_.size(); ++i) {
        const Eigen::Vector3d turn = step.row(static_cast<Eigen::Index>(i)).transpose();
        control_[i].rotation = (so3::Exp(turn) * control_[i].rotation).normalized();
      }
    }
  }

  MotionSpline Spline() const { return MotionSpline(begin_s_, interval_s_, control_); }
  double TimeOf(size_t pose) const { return times_[pose]; }

 private:
  double Smoothness(double sigma, double jerk) const {
    const double root = sigma / (jerk * interval_s_ * interval_s_ * interval_s_);
    return root * root;
  }

  // From control rotation i to the next, in world axes.
  Eigen::Vector3d Step(size_t i) const {
    return so3::Log(control_[i + 1].rotation * control_[i].rotation.conjugate());
  }

  static void AddRow(Matrix3Columns& b, const MotionSpline::Basis& basis,
                     const Eigen::Vector3d& value) {
    for (size_t i = 0; i < basis.weights.size(); ++i)
      b.row(basis.segment + static_cast<int>(i)) += basis.weights[i] * value.transpose();
  }

  void Prepare(double smoothness) {
    std::vector<Eigen::Triplet<double>> entries;
    const auto add = [&entries](int first, const double* row, int size, double weight) {
      for (int i = 0; i < size; ++i) {
        for (int j = 0; j < size; ++j)
          entries.emplace_back(first + i, first + j, weight * row[i] * row[j]);
      }
    };
    for (const MotionSpline::Basis& basis : basis_)
      add(basis.segment, basis.weights.data(), MotionSpline::kOrder, 1);
    for (int i = 0; i + 3 < static_cast<int>(control_.size()); ++i)
      add(i, kThirdDifference.data(), 4, smoothness);
    const auto n = static_cast<Eigen::Index>(control_.size());
    Sparse H(n, n);
    H.setFromTriplets(entries.begin(), entries.end());
    solver_.compute(H);
  }

  const std::vector<StampedPose>& poses_;
  double interval_s_;
  double begin_s_ = 0;
  std::vector<Se3> control_;
  std::vector<double> times_;
  std::vector<MotionSpline::Basis> basis_;
  Eigen::SimplicialLDLT<Sparse> solver_;
};

// The motion and its residuals, and where these are largest.
struct Passed {
  FittedMotion fitted;
  size_t worst_mm = 0, worst_deg = 0;
};

Passed PassedBy(const std::vector<StampedPose>& poses, const Fitter& fitter) {
  Passed passed = {{fitter.Spline()}};
  FittedMotion& fitted = passed.fitted;
  const auto n = static_cast<double>(poses.size());
  for (size_t k = 0; k < poses.size(); ++k) {
    const Se3 pose = fitted.T_world_body.Pose(fitter.TimeOf(k));
    const Se3& given = poses[k].T_world_body;
    const double mm = 1e3 * (pose.translation - given.translation).norm();
    const double deg = kDegrees * so3::Log(pose.rotation.conjugate() * given.rotation).norm();
    fitted.rms_mm += mm * mm / n;
    fitted.rms_deg += deg * deg / n;
    if (mm > fitted.largest_mm) passed.worst_mm = k;
    if (deg > fitted.largest_deg) passed.worst_deg = k;
    fitted.largest_mm = std::max(fitted.largest_mm, mm);
    fitted.largest_deg = std::max(fitted.largest_deg, deg);
  }
  fitted.rms_mm = std::sqrt(fitted.rms_mm);
  fitted.rms_deg = std::sqrt(fitted.rms_deg);
  return passed;
}

}  // namespace

Result<FittedMotion> FitMotion(const std::vector<StampedPose>& poses, SensorTime zero) {
  if (Status usable = CheckPoses(poses); !usable) return tl::unexpected(usable.error());
  Fitter fitter(poses, zero, IntervalFor(poses));
  fitter.FitPositions(kPositionSigma_m);
  fitter.FitRotations(kRotationSigma);
  Passed passed = PassedBy(poses, fitter);
  // Poses that are worse than was taken for granted show it, and are smoothed more.
  const double sigma_m = 1e-3 * passed.fitted.rms_mm / std::sqrt(3);
  const double sigma = passed.fitted.rms_deg / kDegrees / std::sqrt(3);
  if (sigma_m > kPositionSigma_m || sigma > kRotationSigma) {
    fitter.FitPositions(std::max(sigma_m, kPositionSigma_m));
    fitter.FitRotations(std::max(sigma, kRotationSigma));
    passed = PassedBy(poses, fitter);
  }
  const FittedMotion& fitted = passed.fitted;
  const char* kRemedy = "it leaps, or a stamp is wrong: remove what is wrong";
  if (!(fitted.largest_mm <= kFarthest_mm)) {
    return Refused("no smooth motion comes nearer than " + Text(fitted.largest_mm, "%.1f") + " mm",
                   poses[passed.worst_mm].time, kRemedy);
  }
  if (!(fitted.largest_deg <= kFarthest_deg)) {
    return Refused(
        "no smooth motion comes nearer than " + Text(fitted.largest_deg, "%.2f") + " degrees",
        poses[passed.worst_deg].time, kRemedy);
  }
  return fitted;
}

}  // namespace nightjar
