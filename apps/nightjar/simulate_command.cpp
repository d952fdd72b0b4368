// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/nightjar/simulate_frames_command.h"
#include "apps/nightjar/simulate_number.h"
#include "apps/nightjar/simulate_rules.h"
#include "apps/nightjar/work_on_terminal.h"
#include "apps/pipeline/simulate.h"
#include "data/simulator/simulate_ranges.h"
#include "data/simulator/simulated_rig.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;
namespace range = simulate_range;

const std::string kTrueDepth = "truth";
const std::string kSensedDepth = "sensor";

std::string Text(const SimulateOptions& options, const SimulateSummary& summary) {
  std::string text;
  if (summary.frames > 0 && options.simulation.tracks) {
    text += fmt::format("frames      {}\ntracks      {} observations, {:g} px\n", summary.frames,
                        summary.observations, options.simulation.tracks->pixel_noise_px);
  } else if (summary.frames > 0) {
    text += fmt::format("frames      {}\nlight       {:g} lux, {:.1f} electrons at white\n",
                        summary.frames, options.simulation.lux, summary.electrons_at_white);
  }
  if (const auto& residual = summary.residual) {
    text += fmt::format(
        "trajectory  passed by {:.3f} mm and {:.4f} degrees (RMS), {:.3f} mm and {:.4f} degrees at "
        "most\n",
        residual->rms_mm, residual->rms_deg, residual->largest_mm, residual->largest_deg);
  }
  if (options.simulation.events) text += fmt::format("events      {}\n", summary.events);
  return text +
         fmt::format(
             "imu         {} samples\ntime        {:.2f} s, {:.2f} x real time\nlog         {}\n",
             summary.imu_samples, summary.wall_s, summary.log_s / summary.wall_s,
             options.log.string());
}

Json ToJson(const SimulateOptions& options, const SimulateSummary& summary) {
  Json json = {{"log", options.log.string()},
               {"frames", summary.frames},
               {"imu_samples", summary.imu_samples},
               {"events", summary.events},
               {"log_s", summary.log_s},
               {"lux", options.simulation.lux},
               {"electrons_at_white", summary.electrons_at_white},
               {"wall_s", summary.wall_s},
               {"real_time_factor", summary.log_s / summary.wall_s}};
  if (const auto& residual = summary.residual) {
    json["trajectory_residual_rms_mm"] = residual->rms_mm;
    json["trajectory_residual_max_mm"] = residual->largest_mm;
    json["trajectory_residual_rms_deg"] = residual->rms_deg;
    json["trajectory_residual_max_deg"] = residual->largest_deg;
  }
  if (!options.simulation.tracks) return json;
  json.erase("lux");
  json.erase("electrons_at_white");
  json["observations"] = summary.observations;
  json["pixel_noise_px"] = options.simulation.tracks->pixel_noise_px;
  return json;
}

// What the command line gives in other units or as text.
struct Request {
  SimulateOptions options;
  std::string motion = NameOf(HeadMotion::kWalk);
  double rolling_shutter_us = 0;
  double time_offset_ms = 0;
  std::string depth;  // empty: none
  bool imu_only = false;
  bool tracks_only = false;
  std::optional<int> exposure_us;
  std::optional<double> gain;
  std::optional<double> pixel_noise_px;
  std::optional<double> outlier_share;
  std::optional<double> event_bandwidth_hz;
  SimulateFramesOptions frames;  // what is shared with `options` is not set in it
  bool json = false;
};

std::optional<LandmarkTracksOptions> Tracks(const Request& request) {
  if (!request.tracks_only) return {};
  LandmarkTracksOptions tracks;
  tracks.pixel_noise_px = request.pixel_noise_px.value_or(tracks.pixel_noise_px);
  tracks.outlier_share = request.outlier_share.value_or(tracks.outlier_share);
  return tracks;
}

// The options of --frames that the simulation of a scene has, too.
int RunFrames(const Request& request) {
  SimulateFramesOptions frames = request.frames;
  const SimulateOptions& shared = request.options;
  frames.log = shared.log;
  frames.trajectory = shared.simulation.trajectory;
  frames.event_camera = shared.simulation.event_camera;
  frames.seed = shared.simulation.seed;
  frames.threads = shared.threads;
  if (request.event_bandwidth_hz)
    frames.event_camera.SetBandwidth(*request.event_bandwidth_hz, frames.light.white_lux);
  return RunSimulateFrames(std::move(frames), request.json);
}

int Run(Request request) {
  SimulateOptions& options = request.options;
  if (request.event_bandwidth_hz)
    options.simulation.event_camera.SetBandwidth(*request.event_bandwidth_hz,
                                                 options.simulation.lux);
  options.simulation.motion = HeadMotionNamed(request.motion).value_or(HeadMotion::kWalk);
  options.simulation.rolling_shutter_s = 1e-6 * request.rolling_shutter_us;
  options.simulation.time_offset_s = 1e-3 * request.time_offset_ms;
  options.simulation.images = !request.imu_only;
  ImageSensorOptions& sensor = options.simulation.sensor;
  if (request.exposure_us)
    sensor.shortest_exposure_s = sensor.longest_exposure_s = 1e-6 * *request.exposure_us;
  if (request.gain) sensor.gains = {*request.gain};
  options.depth = !request.depth.empty();
  if (request.depth == kSensedDepth) options.depth_sensor.emplace();
  options.simulation.tracks = Tracks(request);
  const Result<SimulateSummary> summary =
      WorkOnTerminal("simulating", [&options](const WorkProgress& progress) {
        options.progress = progress;
        return Simulate(options);
      });
  if (!summary) return Report(summary.error());
  return Print(request.json
                   ? ToJson(options, *summary).dump(2, ' ', false, Json::error_handler_t::replace) +
                         '\n'
                   : Text(options, *summary));
}

// Empty: it is one. What does not fit into 64 bits would become the largest that does.
std::string WhyNoSeed(const std::string& text) {
  uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && read == end) return {};
  return "must be a whole number, 0 to 18446744073709551615";
}

void AddImuOptions(CLI::App& command, ImuErrorOptions& errors) {
  AddNumber(command, range::kImuScale, errors.scale_ppm, "PPM",
            "1 sigma of the scale error of each inertial axis");
  AddNumber(command, range::kImuMisalignment, errors.misalignment_mrad, "MRAD",
            "1 sigma by which an inertial axis leans towards another");
  AddNumber(command, range::kImuNoise, errors.noise_factor, "FACTOR", "times the IMU's noise");
}

void AddTrajectoryOptions(CLI::App& command, SimulationOptions& simulation) {
  command
      .add_option("--trajectory", simulation.trajectory,
                  "follow this instead: TUM text, EuRoC CSV or Aria's, of the IMU in the world")
      ->type_name("FILE");
  command
      .add_option("--imu", simulation.imu,
                  "the inertial samples that belong to it, as EuRoC's imu0/data.csv: replayed")
      ->type_name("FILE");
}

void AddEventOptions(CLI::App& command, Request& request) {
  EventCameraOptions& camera = request.options.simulation.event_camera;
  AddNumber(command, range::kThresholdOn, camera.threshold_on, "LN",
            "e-folds of brightness to a brighter-event");
  AddNumber(command, range::kThresholdOff, camera.threshold_off, "LN", "idem, to a darker-event");
  AddNumber(command, range::kBandwidth, request.event_bandwidth_hz, "HZ",
            "corner frequency of the photoreceptor on white at --lux [30 per lux, to 3000]");
}

void AddLightOptions(CLI::App& command, Request& request) {
  SimulationOptions& simulation = request.options.simulation;
  AddNumber(command, range::kLux, simulation.lux, "LUX",
            "mean illuminance of the scene; of frames that of white, where not given 300");
  AddNumber(command, range::kExposure, request.exposure_us, "US",
            "of every frame; where missing metered");
  AddNumber(command, range::kGain, request.gain, "G",
            "of every frame, linear; where missing metered");
  AddNumber(command, range::kFlicker, simulation.flicker_depth, "DEPTH",
            "modulation of the lamps' light; 0: steady");
  AddNumber(command, range::kFlickerHz, simulation.flicker_hz, "HZ",
            "of the lamps' light: twice the mains'");
}

void AddRoomOptions(CLI::App& command, SimulationOptions& simulation) {
  AddNumber(command, range::kMoving, simulation.moving_objects, "N",
            "objects that move on their own");
  command
      .add_option("--textures", simulation.textures, "folder of grey PNGs to paint the room with")
      ->type_name("DIR");
}

// What the log has besides images, or in place of them.
void AddStreamOptions(CLI::App& command, Request& request) {
  command
      .add_option("--depth", request.depth,
                  "also the depth of every frame: exact, or as a sensor gives it")
      ->expected(0, 1)
      ->default_str(kTrueDepth)
      ->check(CLI::IsMember({kTrueDepth, kSensedDepth}));
  command.add_flag("--events", request.options.simulation.events,
                   "also an event camera of 346 x 260 px");
  command.add_flag("--imu-only", request.imu_only, "no images");
  command.add_flag("--tracks-only", request.tracks_only,
                   "no images, but where landmarks of the room are seen in them");
  AddNumber(command, range::kPixelNoise, request.pixel_noise_px, "PX",
            "1 sigma per axis of where a landmark is seen [0.5]");
  AddNumber(command, range::kOutliers, request.outlier_share, "P",
            "share of observations that are anywhere in the image [0]");
}

// What has to be looked at before it becomes a part of the options.
Status Check(const CLI::App& command, const Request& request) {
  if (Status fits = CheckSimulateOptions(command); !fits) return fits;
  if (request.exposure_us) {
    if (Status in = range::kExposure.Check(*request.exposure_us); !in) return in;
  }
  if (request.gain) {
    if (Status in = range::kGain.Check(*request.gain); !in) return in;
  }
  return request.event_bandwidth_hz ? range::kBandwidth.Check(*request.event_bandwidth_hz)
                                    : Status();
}

}  // namespace

void AddSimulateCommand(CLI::App& app, RunCommand& run) {
  auto request = std::make_shared<Request>();
  SimulationOptions& simulation = request->options.simulation;
  CLI::App* command =
      app.add_subcommand("simulate", "A sensor log with exact truth, made to order");
  command
      ->add_option("-o,--output", request->options.log,
                   "log folder to write; one that this command made, and nobody added to, is "
                   "replaced")
      ->type_name("LOG")
      ->required();
  CLI::Option* seconds = AddNumber(*command, range::kSeconds, simulation.seconds, "S",
                                   "length of the video; of a trajectory, where not given: all");
  command->add_option("--motion", request->motion, "how the rig moves")
      ->check(CLI::IsMember({"walk", "look", "desk", "stand", "fast"}))
      ->capture_default_str();
  command->add_option("--rig", simulation.rig, "the rig that records")
      ->check(CLI::IsMember(SimulatedRigNames()))
      ->capture_default_str();
  command
      ->add_option("--rig-file", simulation.rig_file,
                   "a rig of yours that records instead: a rig.yaml, or what 'nightjar rig' reads")
      ->type_name("RIG");
  AddLightOptions(*command, *request);
  AddNumber(*command, range::kRollingShutter, request->rolling_shutter_us, "US",
            "from the first row's exposure to the last one's; 0: global shutter");
  AddNumber(*command, range::kTimeOffset, request->time_offset_ms, "MS",
            "the cameras' clock is behind the IMU's by this");
  AddRoomOptions(*command, simulation);
  AddStreamOptions(*command, *request);
  AddEventOptions(*command, *request);
  AddFramesOptions(*command, request->frames);
  AddImuOptions(*command, simulation.imu_errors);
  command->add_option("--seed", simulation.seed, "same seed, same bytes")
      ->check(&WhyNoSeed)
      ->capture_default_str();
  command
      ->add_option("--threads", request->options.threads,
                   "worker threads; the log does not depend on it")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_flag("--json", request->json, "print the summary as one JSON object");
  AddTrajectoryOptions(*command, simulation);
  command->callback([&run, request, seconds, command] {
    SimulationOptions& options = request->options.simulation;
    if (!options.trajectory.empty() && seconds->count() == 0) options.seconds = HUGE_VAL;
    const bool of_frames = command->count("--frames") > 0;
    if (of_frames && command->count("--lux") > 0) request->frames.light.white_lux = options.lux;
    run = [request, of_frames, fits = Check(*command, *request)] {
      if (!fits) return Report(fits.error());
      return of_frames ? RunFrames(*request) : Run(*request);
    };
  });
}

}  // namespace nightjar
