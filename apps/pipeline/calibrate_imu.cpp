// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/calibrate_imu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "calibration/estimate/allan_plot.h"
#include "calibration/read_rig.h"
#include "calibration/rig_yaml.h"
#include "core/whole_file.h"
#include "data/imu_recording.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

Status Restrict(const CalibrateImuOptions& options, std::vector<ImuSample>& samples) {
  const double begin = options.begin_s.value_or(0), end = options.end_s.value_or(HUGE_VAL);
  if (!(begin >= 0 && end > begin))
    return Fail(ErrorKind::kUsage, "--begin and --end must be 0 <= begin < end");
  if (samples.empty()) return {};
  const SensorTime first = samples.front().time;
  const auto is_out = [&](const ImuSample& sample) {
    const double t = ToSeconds(sample.time - first);
    return t < begin || t >= end;
  };
  samples.erase(std::remove_if(samples.begin(), samples.end(), is_out), samples.end());
  return {};
}

// The rig whose noise is replaced.
Result<Rig> BaseRig(const CalibrateImuOptions& options, double rate_hz) {
  std::error_code ignored;
  if (fs::exists(options.rig, ignored)) return ReadRig(options.rig);
  for (const fs::path& folder : {options.input / "mav0", options.input}) {
    if (fs::exists(folder / "rig.yaml", ignored)) return ReadRig(folder / "rig.yaml");
  }
  Rig rig;
  rig.imu.name = "imu0";
  rig.imu.rate_hz = rate_hz;
  return rig;
}

Status Update(const ImuNoiseCalibration& calibration, RigImu& imu,
              std::vector<std::string>& notes) {
  ImuNoise noise = calibration.Noise();
  const std::pair<double ImuNoise::*, const char*> walks[] = {
      {&ImuNoise::gyro_random_walk, "gyro"},
      {&ImuNoise::accelerometer_random_walk, "accelerometer"}};
  for (const auto& [walk, sensor] : walks) {
    if (noise.*walk > 0) continue;
    if (!imu.noise.IsKnown()) {
      return Fail(ErrorKind::kNoAnswer,
                  fmt::format("{:.0f} s are too short for the random walk of the {}, which a rig "
                              "must say",
                              calibration.duration_s, sensor),
                  {}, "record for longer, or name a rig with -o that has one, which is then kept");
    }
    noise.*walk = imu.noise.*walk;
    notes.push_back(
        fmt::format("the rig keeps its random walk of the {}: {:g}", sensor, noise.*walk));
  }
  imu.noise = noise;
  imu.noise_sigma = calibration.Sigmas();
  if (imu.rate_hz == 0) imu.rate_hz = calibration.rate_hz;
  return {};
}

}  // namespace

Result<ImuCalibrationResult> CalibrateImu(const CalibrateImuOptions& options) {
  Result<ImuRecording> recording = ReadImuRecording(options.input);
  if (!recording) return tl::unexpected(recording.error());
  if (Status cut = Restrict(options, recording->samples); !cut) return tl::unexpected(cut.error());
  Result<ImuNoiseCalibration> calibration = CalibrateImuNoise(recording->samples);
  if (!calibration) {
    Error error = calibration.error();
    error.where = options.input.string() + (error.where.empty() ? "" : ", " + error.where);
    return tl::unexpected(error);
  }
  ImuCalibrationResult result = {*std::move(calibration), {}};
  for (const LogAnomaly& anomaly : recording->anomalies)
    result.notes.push_back(
        fmt::format("{}: {} ({} times)", anomaly.first_where, anomaly.what, anomaly.count));
  if (!options.rig.empty()) {
    Result<Rig> rig = BaseRig(options, result.calibration.rate_hz);
    if (!rig) return tl::unexpected(rig.error());
    if (Status updated = Update(result.calibration, rig->imu, result.notes); !updated)
      return tl::unexpected(updated.error());
    if (Status written = WriteRigYaml(*rig, options.rig); !written)
      return tl::unexpected(written.error());
  }
  if (!options.svg.empty()) {
    if (Status written = WriteWholeFile(options.svg, AllanPlotSvg(result.calibration)); !written)
      return tl::unexpected(written.error());
  }
  return result;
}

}  // namespace nightjar
