// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/pipeline/simulate_command_line.h"
#include "apps/pipeline/simulate_events.h"
#include "apps/pipeline/simulate_tracks.h"
#include "apps/pipeline/thread_workers.h"
#include "core/staged_folder.h"
#include "data/png_image.h"
#include "data/sensor_log_writer.h"
#include "data/simulator/depth_sensor.h"

namespace nightjar {
namespace {

// A frame as it will stand in the log.
struct MadeFrame {
  std::string image;         // PNG
  std::string true_depth;    // PNG; empty: not asked for
  std::string sensed_depth;  // idem
};

// Depth sensors that look through the cameras of the rig.
class DepthSensors {
 public:
  DepthSensors(const DepthSensorOptions& options, const Simulation& simulation)
      : surfaces_(simulation.scene()) {
    const Rig& rig = simulation.rig();
    for (size_t c = 0; c < rig.cameras.size(); ++c) {
      const RigCamera& camera = rig.cameras[c];
      sensors_.emplace_back(options, simulation.scene(), surfaces_, *camera.model, camera.width,
                            camera.height, simulation.options().seed, static_cast<int>(c));
    }
  }
  DepthSensors(const DepthSensors&) = delete;  // the sensors refer to the tree
  DepthSensors& operator=(const DepthSensors&) = delete;

  Image<uint16_t> Sense(const Simulation& simulation, const FrameTask& task) const {
    const auto index = static_cast<size_t>(task.camera);
    return sensors_[index].Sense(simulation.T_world_body(),
                                 simulation.rig().cameras[index].T_body_camera, task.span,
                                 task.number);
  }

 private:
  SurfaceTree surfaces_;
  std::vector<DepthSensor> sensors_;  // by camera
};

// `sensors`: null where none is asked for.
Result<MadeFrame> MakeFrame(const Simulation& simulation, const FrameTask& task, bool depth,
                            const DepthSensors* sensors) {
  MadeFrame made;
  Result<std::string> image = EncodeMonoPng(simulation.TakeFrame(task));
  if (!image) return tl::unexpected(image.error());
  made.image = std::move(*image);
  if (!depth) return made;
  Result<std::string> distances = EncodeMonoPng(simulation.TrueDepth(task));
  if (!distances) return tl::unexpected(distances.error());
  made.true_depth = std::move(*distances);
  if (sensors == nullptr) return made;
  Result<std::string> sensed = EncodeMonoPng(sensors->Sense(simulation, task));
  if (!sensed) return tl::unexpected(sensed.error());
  made.sensed_depth = std::move(*sensed);
  return made;
}

Status AddFrame(SensorLogWriter& writer, const FrameTask& task, const MadeFrame& made) {
  const FrameEntry entry = {task.stamp, FromSeconds(task.setting.exposure_s).count(),
                            task.setting.gain};
  if (Status added = writer.AddFrame(task.camera, entry, made.image); !added) return added;
  if (made.true_depth.empty()) return {};
  if (made.sensed_depth.empty()) return writer.AddDepth(task.camera, entry, made.true_depth);
  if (Status added = writer.AddDepth(task.camera, entry, made.sensed_depth); !added) return added;
  return writer.AddTrueDepth(task.camera, entry, made.true_depth);
}

// Some frames at a time: made by all threads, added in their order while the next ones are made.
Status AddFrames(const SimulateOptions& options, const Simulation& simulation,
                 SensorLogWriter& writer) {
  constexpr size_t kAhead = 16;  // so many that threads seldom wait for the slowest
  const std::vector<FrameTask>& tasks = simulation.frames();
  std::unique_ptr<DepthSensors> sensors;
  if (options.depth && options.depth_sensor) {
    sensors = std::make_unique<DepthSensors>(*options.depth_sensor, simulation);
    for (size_t c = 0; c < simulation.rig().cameras.size(); ++c)
      writer.DescribeDepth(static_cast<int>(c), DescribeDepthNoise(*options.depth_sensor));
  }
  using Made = std::vector<Result<MadeFrame>>;
  const auto add = [&](size_t begin, const Made& made) -> Status {
    for (size_t i = 0; i < made.size(); ++i) {
      if (!made[i]) return tl::unexpected(made[i].error());
      if (Status added = AddFrame(writer, tasks[begin + i], *made[i]); !added) return added;
    }
    return {};
  };
  Made before;  // the frames that end at `begin`
  const size_t batch = static_cast<size_t>(options.threads) + kAhead;
  for (size_t begin = 0; begin < tasks.size(); begin += batch) {
    const Status goes_on = options.progress.Look(static_cast<int64_t>(begin),
                                                 static_cast<int64_t>(tasks.size()), "frames");
    if (!goes_on) return goes_on;
    Made made(std::min(batch, tasks.size() - begin));
    Status added;
    InParallel(options.threads, made.size() + 1, [&](size_t i) {
      if (i == 0) {
        added = add(begin - before.size(), before);
      } else {
        made[i - 1] = MakeFrame(simulation, tasks[begin + i - 1], options.depth, sensors.get());
      }
    });
    if (!added) return added;
    before = std::move(made);
  }
  return add(tasks.size() - before.size(), before);
}

// Hours of samples are no reason not to look at who interrupts.
constexpr int64_t kSamplesPerLook = 10'000;

Result<int64_t> AddImu(const SimulateOptions& options, const Simulation& simulation,
                       SensorLogWriter& writer) {
  const auto expected = std::llround(simulation.options().seconds * simulation.imu().rate_hz);
  int64_t samples = 0;
  const auto add = [&](const ImuSample& sample, const NavigationState& truth) -> Status {
    if (++samples % kSamplesPerLook == 0) {
      if (Status goes_on = options.progress.Look(samples, expected, "inertial samples"); !goes_on)
        return goes_on;
    }
    if (Status added = writer.AddImu(sample); !added) return added;
    return writer.AddTruth(truth);
  };
  if (Status added = simulation.VisitImu(add); !added) return tl::unexpected(added.error());
  return samples;
}

std::string Source(const SimulationOptions& options) {
  const std::string rig = options.rig_file.empty() ? "rig " + options.rig : "a rig of a file";
  const std::string way = options.trajectory.empty() ? NameOf(options.motion)
                          : options.imu.empty()      ? "a trajectory"
                                                     : "a trajectory, recorded IMU";
  if (options.tracks) {
    return fmt::format("nightjar simulate, synthetic: {}, tracks of {:g} px, {}, seed {}", way,
                       options.tracks->pixel_noise_px, rig, options.seed);
  }
  return fmt::format("nightjar simulate, synthetic: {} at {:g} lux, {}, seed {}", way, options.lux,
                     rig, options.seed);
}

Status CheckTogether(const SimulateOptions& options) {
  const auto contradict = [](const std::string& both) {
    return Fail(ErrorKind::kUsage, both + " contradict each other", {}, "leave out one of them");
  };
  const bool tracks = options.simulation.tracks.has_value();
  if (tracks && !options.simulation.images) return contradict("--tracks-only and --imu-only");
  if (tracks && options.depth) return contradict("--tracks-only and --depth");
  if (tracks && !options.simulation.textures.empty())
    return contradict("--tracks-only and --textures");
  if (tracks && options.simulation.events) return contradict("--tracks-only and --events");
  if (!options.simulation.images && options.depth) return contradict("--imu-only and --depth");
  if (!options.simulation.images && options.simulation.events)
    return contradict("--imu-only and --events");
  return options.depth_sensor ? options.depth_sensor->Validate() : Status();
}

}  // namespace

Result<SimulateSummary> Simulate(const SimulateOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  if (Status valid = CheckTogether(options); !valid) return tl::unexpected(valid.error());
  if (Status usable = SensorLogWriter::Check(options.log); !usable)
    return tl::unexpected(usable.error());
  const SimulationOptions& read = options.simulation;
  if (Status apart = StagedFolder::CheckInputs(
          options.log, {read.trajectory, read.imu, read.rig_file, read.textures});
      !apart) {
    return tl::unexpected(apart.error());
  }
  const auto simulation = Simulation::Create(options.simulation, ThreadWorkers(options.threads));
  if (!simulation) return tl::unexpected(simulation.error());
  Rig rig = (*simulation)->rig();
  if (!options.simulation.images && !options.simulation.tracks) rig.cameras.clear();
  if (!options.simulation.images) rig.event_cameras.clear();
  // Whose time a trajectory's file counts it does not say.
  const char* const clock = options.simulation.trajectory.empty() ? "device" : "unknown";
  auto writer = SensorLogWriter::Create(options.log, rig, clock, Source(options.simulation),
                                        CommandLine(options));
  if (!writer) return tl::unexpected(writer.error());
  const Result<int64_t> imu_samples = AddImu(options, **simulation, *writer);
  if (!imu_samples) return tl::unexpected(imu_samples.error());
  if (options.simulation.imu_errors.Any()) {
    const Status added = writer->AddFile("truth/imu.yaml", ImuTruthYaml((*simulation)->imu()));
    if (!added) return tl::unexpected(added.error());
  }
  SimulateSummary summary;
  if (options.simulation.tracks) {
    const Result<int64_t> added = AddTracks(options, **simulation, *writer);
    if (!added) return tl::unexpected(added.error());
    summary.observations = *added;
  } else if (Status added = AddFrames(options, **simulation, *writer); !added) {
    return tl::unexpected(added.error());
  }
  const Result<int64_t> events = AddEvents(options, **simulation, *writer);
  if (!events) return tl::unexpected(events.error());
  if (Status finished = writer->Finish(); !finished) return tl::unexpected(finished.error());

  summary.frames = static_cast<int64_t>((*simulation)->frames().size());
  summary.imu_samples = *imu_samples;
  summary.events = *events;
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
