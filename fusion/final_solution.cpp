// SPDX-License-Identifier: Apache-2.0
#include "fusion/final_solution.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fusion/batch_covariance.h"
#include "fusion/inertial_interval.h"
#include "fusion/inertial_scale.h"
#include "fusion/landmark_creation.h"
#include "fusion/window_solver.h"

namespace nightjar {
namespace {

// One row per frame from the solved keyframes `a` and `b` around it: carried on from a, the
// remainder at b spread.
class KeyframeInterpolator {
 public:
  KeyframeInterpolator(const ImuBuffer& imu, const ImuNoise& noise) : imu_(imu), noise_(noise) {}

  // `stands`: both are of one standing, which takes half a second to be told and so was not
  // interrupted. The inertial samples would only add their noise.
  NavigationState At(SensorTime time, const NavigationState& a, const NavigationState& b,
                     bool stands) const {
    NavigationState state = Carry(a, time, stands);
    if (b.time <= a.time) return state;
    const NavigationState at_b = Carry(a, b.time, stands);
    const double share = ToSeconds(time - a.time) / ToSeconds(b.time - a.time);
    const Vector6d missing = se3::Log(at_b.T_world_body.Inverse() * b.T_world_body);
    state.T_world_body = state.T_world_body * se3::Exp(share * missing);
    state.velocity_world += share * (b.velocity_world - at_b.velocity_world);
    state.gyro_bias += share * (b.gyro_bias - a.gyro_bias);
    state.accelerometer_bias += share * (b.accelerometer_bias - a.accelerometer_bias);
    return state;
  }

 private:
  NavigationState Carry(NavigationState a, SensorTime time, bool stands) const {
    if (!stands) return PredictFrom(a, time, imu_, noise_);
    a.time = time;
    return a;
  }

  const ImuBuffer& imu_;
  const ImuNoise& noise_;
};

// The causal status, but the start is as good as the rest when the final solution knows it as well.
TrackingStatus FinalStatus(TrackingStatus causal, const Keyframe& next,
                           const EstimatorOptions& options, bool ever_tracked) {
  const bool starting =
      causal == TrackingStatus::kInitialising || causal == TrackingStatus::kWaiting;
  if (!starting || !ever_tracked) return causal;
  const auto sigma = next.covariance.diagonal().cwiseSqrt().eval();
  const bool well = sigma.segment<2>(3).maxCoeff() < options.initialised_tilt_sigma_rad &&
                    sigma.segment<3>(6).maxCoeff() < options.initialised_speed_sigma_m_s;
  return well ? TrackingStatus::kTracking : causal;
}

Trajectory FillFrames(const std::vector<Keyframe>& keyframes, const ImuBuffer& imu,
                      const EstimatorOptions& options, const ImuNoise& noise,
                      const Trajectory& causal, const std::vector<bool>& still) {
  const KeyframeInterpolator interpolator(imu, noise);
  // Only the causal part knows whether the scale was ever confirmed.
  const bool ever_tracked = std::any_of(causal.begin(), causal.end(), [](const TrajectoryRow& row) {
    return row.status == TrackingStatus::kTracking;
  });
  Trajectory rows;
  size_t next = 0;  // the first keyframe at or after the row
  for (const TrajectoryRow& frame : causal) {
    const SensorTime time = frame.state.time;
    TrajectoryRow row = frame;
    if (time >= keyframes.front().state.time) {
      while (next + 1 < keyframes.size() && keyframes[next].state.time < time) ++next;
      const NavigationState& b = keyframes[next].state;
      const NavigationState& a = b.time <= time || next == 0 ? b : keyframes[next - 1].state;
      const bool stands = next > 0 && still[next] && still[next - 1];
      row.state = interpolator.At(time, a, b, stands);
      const Eigen::Vector3d turn = frame.angular_velocity_body + frame.state.gyro_bias;
      row.angular_velocity_body = turn - row.state.gyro_bias;
      row.status = FinalStatus(frame.status, keyframes[next], options, ever_tracked);
    } else if (row.status == TrackingStatus::kInitialising && !still.front()) {
      // It stood, and then moved unseen until the first keyframe: nothing ties the two.
      row.status = TrackingStatus::kWaiting;
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<Landmark> ExportLandmarks(const Window& window, const Rig& rig,
                                      const std::vector<double>& sigmas) {
  std::vector<Landmark> landmarks;
  size_t k = 0;
  for (const auto& [track, landmark] : window.landmarks) {
    const double sigma = sigmas[k++];
    const auto position = PositionWorld(window, landmark, rig);
    if (!position || !std::isfinite(sigma)) continue;
    const double inverse_distance = landmark.value[2];
    landmarks.push_back({track, *position, sigma, sigma / (inverse_distance * inverse_distance),
                         static_cast<int>(landmark.observations.size()), 0});
  }
  return landmarks;
}

std::vector<Keyframe> ExportKeyframes(const Window& window,
                                      const std::vector<Matrix15d>& covariances) {
  std::vector<Keyframe> keyframes;
  for (size_t s = 0; s < window.states.size(); ++s) {
    keyframes.push_back(
        {FromBlocks(window.states[s].time, window.states[s].value), covariances[s], 0, 0});
  }
  for (const auto& [track, landmark] : window.landmarks) {
    int64_t counted = -1;
    for (const LandmarkObservation& seen : landmark.observations) {
      if (seen.state == counted) continue;
      counted = seen.state;
      ++keyframes[static_cast<size_t>(window.IndexOf(seen.state))].landmarks;
    }
  }
  return keyframes;
}

}  // namespace

Result<FinalSolution> SolveFinal(const Rig& rig, const EstimatorOptions& options,
                                 const StartBelief& start, std::vector<KeyframeRecord> keyframes,
                                 const ImuBuffer& imu, const Trajectory& causal) {
  const ImuNoise noise = options.Inflated(rig.imu.noise);
  Window window;
  window.start = start;
  for (KeyframeRecord& record : keyframes) {
    WindowState state;
    state.id = record.id;
    state.time = record.state.time;
    state.value = ToBlocks(record.state);
    state.keyframe = true;
    state.features = std::move(record.features);
    state.still_angular_velocity = record.still_angular_velocity;
    window.states.push_back(std::move(state));
  }
  CreateAllLandmarks(window, rig);
  std::vector<bool> still;
  for (const WindowState& state : window.states) {
    still.push_back(state.still_angular_velocity.has_value());
  }

  WindowSolverOptions solver{options.batch_iterations, options.huber_threshold,
                             options.outlier_threshold, true};
  // Twice: only a first solve tells outliers from a poor start.
  for (const bool first : {true, false}) {
    ConnectAll(window, imu, noise);
    if (!SolveWindow(window, rig, solver)) {
      return Fail(ErrorKind::kNoAnswer, "the final solution over all keyframes did not converge",
                  "", "see health.jsonl for where tracking failed");
    }
    if (first) RemoveOutliers(window, rig, solver);
  }
  auto covariance = ComputeCovariance(window, rig, options.huber_threshold);
  if (!covariance) return tl::unexpected(covariance.error());

  FinalSolution solution;
  solution.keyframes = ExportKeyframes(window, covariance->states);
  solution.pairs = std::move(covariance->pairs);
  solution.landmarks = ExportLandmarks(window, rig, covariance->inverse_distance_sigmas);
  solution.trajectory = FillFrames(solution.keyframes, imu, options, noise, causal, still);
  solution.inertial_scale = MeasureInertialScale(solution.keyframes, imu, rig.imu.noise);
  return solution;
}

}  // namespace nightjar
