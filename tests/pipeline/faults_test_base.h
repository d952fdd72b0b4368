// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <iomanip>
#include <optional>
#include <sstream>

#include "data/trajectory_file.h"
#include "spatial/trajectory_error.h"
#include "tests/data/asl_log_writer.h"
#include "tests/pipeline/rendered_log_test_base.h"

namespace nightjar {

/// What the causal trajectory says about one frame, and how wrong it is.
struct JudgedRow {
  double t = 0;  // s after the first frame of the undamaged log
  std::string status;
  double error_m = 0;  // after alignment on the tracked and degraded rows before the fault
};

/// Logs with something wrong in them: the result must be right, or say that it is not.
class FaultsTest : public RenderedLogTest {
 protected:
  static constexpr double kBegin = 2.0;  // s: where the fault begins, if it does not last
  static constexpr double kEnd = 3.0;

  static double Seconds(SensorTime time) { return ToSeconds(time - FrameTime(0)); }
  static bool InFault(SensorTime time) {
    return Seconds(time) > kBegin - 1e-6 && Seconds(time) < kEnd - 1e-6;
  }

  /// The file of the k-th frame of a camera.
  static std::filesystem::path ImageFile(const std::filesystem::path& log,
                                         const std::string& camera, int k) {
    return log / "mav0" / camera / "data" / (std::to_string(ToNanoseconds(FrameTime(k))) + ".png");
  }

  /// A log without the rows of these streams for which `lost` holds.
  std::filesystem::path LogWithout(const std::vector<std::string>& streams,
                                   const std::function<bool(double t)>& lost) const {
    const std::filesystem::path log = CopyLog();
    for (const std::string& stream : streams) {
      FilterRows(log / "mav0" / stream / "data.csv",
                 [&lost](SensorTime time) { return !lost(Seconds(time)); });
    }
    return log;
  }

  /// A log whose inertial samples are what `change` makes of them.
  std::filesystem::path LogWithSamples(
      const std::function<void(double t, ImuSample& sample)>& change) const {
    const std::filesystem::path log = CopyLog();
    std::ostringstream csv;
    csv << "#timestamp [ns],wx,wy,wz,ax,ay,az\n" << std::setprecision(17);
    for (ImuSample sample : rendered().imu) {
      change(Seconds(sample.time), sample);
      csv << ToNanoseconds(sample.time);
      for (const double value : sample.angular_velocity_body) csv << ',' << value;
      for (const double value : sample.specific_force_body) csv << ',' << value;
      csv << '\n';
    }
    WriteText(log / "mav0" / "imu0" / "data.csv", csv.str());
    return log;
  }

  /// A log whose images are what `change` makes of them.
  std::filesystem::path LogWithImages(
      const std::function<std::optional<Image<uint8_t>>(size_t)>& change) const {
    const std::filesystem::path log = CopyLog();
    for (size_t i = 0; i < rendered().frames.size(); ++i) {
      const auto image = change(i);
      if (!image) continue;
      const Frame& frame = rendered().frames[i];
      const Status written =
          WriteMonoPng(log / "mav0" / ("cam" + std::to_string(frame.camera)) / "data" /
                           (std::to_string(ToNanoseconds(frame.time)) + ".png"),
                       *image);
      EXPECT_TRUE(written) << written.error().Message();
    }
    return log;
  }

  /// Processes the damaged log; what it says is for the tests to judge, that it comes to an end
  /// with a session is asked of every one.
  ProcessSummary Run(const std::filesystem::path& log,
                     const std::string& profile = "offline") const {
    ProcessOptions options = Options(log, Session());
    options.profile = profile;
    const Result<ProcessSummary> summary = Process(options);
    EXPECT_TRUE(summary) << summary.error().Message();
    return summary.value_or(ProcessSummary{});
  }
  std::filesystem::path Session() const { return folder_.path() / "session"; }

  std::vector<JudgedRow> Judge() const {
    const auto rows = ReadTrajectoryRows(Session() / "slam" / "open_loop_trajectory.csv").value();
    const std::vector<HealthLine> health = ReadHealth(Session());
    std::vector<StampedPose> before;
    for (size_t k = 0; k < rows.size(); ++k) {
      const bool bounded = health[k].status == "tracking" || health[k].status == "degraded";
      if (bounded && Seconds(rows[k].pose.time) < kBegin - 1e-6) {
        before.push_back(rows[k].pose);
      }
    }
    Se3 T_reference_estimate;
    if (const auto error = CompareTrajectories(before, rendered().truth)) {
      T_reference_estimate = error->T_reference_estimate;
    }
    std::vector<JudgedRow> judged;
    for (size_t k = 0; k < rows.size(); ++k) {
      const Se3 truth = InterpolatePose(rendered().truth, rows[k].pose.time, 0.1).value();
      const Se3 estimate = T_reference_estimate * rows[k].pose.T_world_body;
      judged.push_back({Seconds(rows[k].pose.time), health[k].status,
                        (estimate.translation - truth.translation).norm()});
    }
    return judged;
  }

  /// Rows of frames before the fault know nothing of it.
  void ExpectUnharmedBefore(double t) const {
    const auto rows = CausalRows(Session());
    const auto expected = CausalRows(session());
    const auto count = static_cast<size_t>(std::lround(t * 20));
    ASSERT_GE(rows.size(), count);
    for (size_t k = 0; k < count; ++k) ASSERT_EQ(rows[k], expected[k]) << "row " << k;
  }

  /// The whole of a session whose fault costs nearly nothing.
  void ExpectAccurate(double ate_m) const {
    const Result<Evaluation> result = Evaluate({Session(), truth(), {}});
    ASSERT_TRUE(result) << result.error().Message();
    EXPECT_LT(result->causal.error.ate_rmse_m, ate_m);
    ASSERT_TRUE(result->final);
    EXPECT_LT(result->final->error.ate_rmse_m, ate_m);
    EXPECT_GT(result->final->error.ate_rmse_m, 1e-3) << "too good to have been compared at all";
  }
};

inline void ExpectErrorBelow(double bound_m, const std::vector<JudgedRow>& rows) {
  for (const JudgedRow& row : rows) EXPECT_LT(row.error_m, bound_m) << "at " << row.t << " s";
}

inline int Count(const std::vector<JudgedRow>& rows, const std::string& status) {
  return static_cast<int>(std::count_if(
      rows.begin(), rows.end(), [&status](const auto& row) { return row.status == status; }));
}

}  // namespace nightjar
