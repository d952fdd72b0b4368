// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "data/png_image.h"
#include "data/sensor_log_writer.h"

namespace nightjar {
namespace {

// A frame as it will stand in the log.
struct MadeFrame {
  std::string image;  // PNG
  std::string depth;  // PNG; empty: not asked for
};

Result<MadeFrame> MakeFrame(const Simulation& simulation, const FrameTask& task, bool depth) {
  MadeFrame made;
  Result<std::string> image = EncodeMonoPng(simulation.TakeFrame(task));
  if (!image) return tl::unexpected(image.error());
  made.image = std::move(*image);
  if (!depth) return made;
  Result<std::string> distances = EncodeMonoPng(simulation.TrueDepth(task));
  if (!distances) return tl::unexpected(distances.error());
  made.depth = std::move(*distances);
  return made;
}

Status AddFrame(SensorLogWriter& writer, const FrameTask& task, const MadeFrame& made) {
  const FrameEntry entry = {task.stamp, FromSeconds(task.setting.exposure_s).count(),
                            task.setting.gain};
  if (Status added = writer.AddFrame(task.camera, entry, made.image); !added) return added;
  if (made.depth.empty()) return {};
  return writer.AddDepth(task.camera, entry, made.depth);
}

// Some frames at a time: made by all threads, added in their order.
Status AddFrames(const SimulateOptions& options, const Simulation& simulation,
                 SensorLogWriter& writer) {
  const std::vector<FrameTask>& tasks = simulation.frames();
  const auto threads = static_cast<size_t>(options.threads);
  for (size_t begin = 0; begin < tasks.size(); begin += threads) {
    if (options.cancelled && options.cancelled()) return Fail(ErrorKind::kNoAnswer, "interrupted");
    if (options.progress)
      options.progress(static_cast<int64_t>(begin), static_cast<int64_t>(tasks.size()));
    const size_t end = std::min(begin + threads, tasks.size());
    std::vector<std::future<Result<MadeFrame>>> others;
    for (size_t i = begin + 1; i < end; ++i) {
      others.push_back(std::async(
          std::launch::async, [&, i] { return MakeFrame(simulation, tasks[i], options.depth); }));
    }
    std::vector<Result<MadeFrame>> made;
    made.push_back(MakeFrame(simulation, tasks[begin], options.depth));
    for (auto& other : others) made.push_back(other.get());
    for (size_t i = 0; i < made.size(); ++i) {
      if (!made[i]) return tl::unexpected(made[i].error());
      if (Status added = AddFrame(writer, tasks[begin + i], *made[i]); !added) return added;
    }
  }
  return {};
}

// Hours of samples are no reason not to look at who interrupts.
constexpr int64_t kSamplesPerLook = 10'000;

Result<int64_t> AddImu(const SimulateOptions& options, const Simulation& simulation,
                       SensorLogWriter& writer) {
  int64_t samples = 0;
  const auto add = [&](const ImuSample& sample, const NavigationState& truth) -> Status {
    if (++samples % kSamplesPerLook == 0 && options.cancelled && options.cancelled())
      return Fail(ErrorKind::kNoAnswer, "interrupted");
    if (Status added = writer.AddImu(sample); !added) return added;
    return writer.AddTruth(truth);
  };
  if (Status added = simulation.VisitImu(add); !added) return tl::unexpected(added.error());
  return samples;
}

std::string Source(const SimulationOptions& options) {
  const std::string imu = options.imu.empty() ? "" : ", recorded IMU";
  return fmt::format("nightjar simulate, synthetic: {} at {:g} lux, rig {}, seed {}",
                     options.trajectory.empty() ? NameOf(options.motion) : "a trajectory" + imu,
                     options.lux, options.rig, options.seed);
}

}  // namespace

Result<SimulateSummary> Simulate(const SimulateOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  if (Status usable = SensorLogWriter::Check(options.log); !usable)
    return tl::unexpected(usable.error());
  const auto simulation = Simulation::Create(options.simulation);
  if (!simulation) return tl::unexpected(simulation.error());
  Rig rig = (*simulation)->rig();
  if (!options.simulation.images) rig.cameras.clear();
  auto writer = SensorLogWriter::Create(options.log, rig, "device", Source(options.simulation));
  if (!writer) return tl::unexpected(writer.error());
  const Result<int64_t> imu_samples = AddImu(options, **simulation, *writer);
  if (!imu_samples) return tl::unexpected(imu_samples.error());
  if (options.simulation.imu_errors.Any()) {
    const Status added = writer->AddFile("truth/imu.yaml", ImuTruthYaml((*simulation)->imu()));
    if (!added) return tl::unexpected(added.error());
  }
  if (Status added = AddFrames(options, **simulation, *writer); !added)
    return tl::unexpected(added.error());
  if (Status finished = writer->Finish(); !finished) return tl::unexpected(finished.error());

  SimulateSummary summary;
  summary.frames = static_cast<int64_t>((*simulation)->frames().size());
  summary.imu_samples = *imu_samples;
  summary.log_s = (*simulation)->options().seconds;
  if (const auto& recorded = (*simulation)->recorded()) {
    const FittedMotion& fit = recorded->fit;
    summary.residual = {fit.rms_mm, fit.largest_mm, fit.rms_deg, fit.largest_deg};
  }
  summary.electrons_at_white = (*simulation)->ElectronsAtWhite();
  summary.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace nightjar
