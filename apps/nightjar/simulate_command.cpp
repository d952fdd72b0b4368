// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/interruption.h"
#include "apps/nightjar/report.h"
#include "apps/nightjar/simulate_frames_command.h"
#include "apps/pipeline/simulate.h"
#include "data/simulator/simulated_rig.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

const std::string kTrueDepth = "truth";
const std::string kSensedDepth = "sensor";
// What changes nothing where there are only tracks, and where there are only inertial samples.
constexpr const char* kNeedLight[] = {"--lux", "--flicker", "--flicker-hz", "--textures"};
constexpr const char* kNeedCameras[] = {"--rolling-shutter-us", "--time-offset-ms", "--moving"};
constexpr const char* kEventOptions[] = {"--event-threshold-on", "--event-threshold-off",
                                         "--event-bandwidth-hz"};

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
  std::optional<double> pixel_noise_px;
  std::optional<double> outlier_share;
  std::optional<double> event_bandwidth_hz;
  bool has_event_options = false;
  SimulateFramesOptions frames;  // what is shared with `options` is not set in it
  bool json = false;
};

Status TakeTracks(const Request& request, SimulationOptions& simulation) {
  const auto needs_tracks = [](const char* option) {
    return Fail(ErrorKind::kUsage, std::string(option) + " says something of tracks only", {},
                "give --tracks-only, too");
  };
  if (!request.tracks_only && request.pixel_noise_px) return needs_tracks("--pixel-noise");
  if (!request.tracks_only && request.outlier_share) return needs_tracks("--outliers");
  if (!request.tracks_only) return {};
  LandmarkTracksOptions tracks;
  tracks.pixel_noise_px = request.pixel_noise_px.value_or(tracks.pixel_noise_px);
  tracks.outlier_share = request.outlier_share.value_or(tracks.outlier_share);
  simulation.tracks = tracks;
  return {};
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
  if (request.has_event_options && !options.simulation.events) {
    return Report({ErrorKind::kUsage,
                   "--event-... says something of events only",
                   {},
                   "give --events or --frames, too"});
  }
  if (request.event_bandwidth_hz)
    options.simulation.event_camera.SetBandwidth(*request.event_bandwidth_hz,
                                                 options.simulation.lux);
  options.simulation.motion = HeadMotionNamed(request.motion).value_or(HeadMotion::kWalk);
  options.simulation.rolling_shutter_s = 1e-6 * request.rolling_shutter_us;
  options.simulation.time_offset_s = 1e-3 * request.time_offset_ms;
  options.simulation.images = !request.imu_only;
  options.depth = !request.depth.empty();
  options.depth_sensor = request.depth == kSensedDepth;
  if (Status taken = TakeTracks(request, options.simulation); !taken) return Report(taken.error());
  ProgressLine line;
  Interruption interruption;
  interruption.Hold();  // the log grows from the first frame on
  options.progress = [&line](int64_t done, int64_t total) {
    line.Show(fmt::format("simulating: {} of {} frames", done, total));
  };
  options.cancelled = [&interruption] { return interruption.requested(); };
  const Result<SimulateSummary> summary = Simulate(options);
  line.Clear();
  interruption.Release();
  if (!summary) return Report(summary.error());
  return Print(request.json
                   ? ToJson(options, *summary).dump(2, ' ', false, Json::error_handler_t::replace) +
                         '\n'
                   : Text(options, *summary));
}

void AddImuOptions(CLI::App& command, ImuErrorOptions& errors) {
  command
      .add_option("--imu-scale-ppm", errors.scale_ppm,
                  "1 sigma of the scale error of each inertial axis")
      ->type_name("PPM")
      ->capture_default_str();
  command
      .add_option("--imu-misalignment-mrad", errors.misalignment_mrad,
                  "1 sigma by which an inertial axis leans towards another")
      ->type_name("MRAD")
      ->capture_default_str();
  command.add_option("--imu-noise", errors.noise_factor, "times the IMU's noise")
      ->type_name("FACTOR")
      ->capture_default_str();
}

void AddTrajectoryOptions(CLI::App& command, SimulationOptions& simulation, CLI::Option* motion) {
  CLI::Option* trajectory =
      command
          .add_option("--trajectory", simulation.trajectory,
                      "follow this instead: TUM text, EuRoC CSV or Aria's, of the IMU in the world")
          ->type_name("FILE")
          ->excludes(motion);
  command
      .add_option("--imu", simulation.imu,
                  "the inertial samples that belong to it, as EuRoC's imu0/data.csv: replayed")
      ->type_name("FILE")
      ->needs(trajectory);
}

void AddEventOptions(CLI::App& command, Request& request) {
  EventCameraOptions& camera = request.options.simulation.event_camera;
  command
      .add_option("--event-threshold-on", camera.threshold_on,
                  "e-folds of brightness to a brighter-event")
      ->type_name("LN")
      ->capture_default_str();
  command.add_option("--event-threshold-off", camera.threshold_off, "idem, to a darker-event")
      ->type_name("LN")
      ->capture_default_str();
  command
      .add_option("--event-bandwidth-hz", request.event_bandwidth_hz,
                  "corner frequency of the photoreceptor on white at --lux [30 per lux, to 3000]")
      ->type_name("HZ");
}

bool HasEventOptions(const CLI::App& command) {
  return std::any_of(std::begin(kEventOptions), std::end(kEventOptions),
                     [&](const char* option) { return command.count(option) > 0; });
}

// An option that would be passed over in silence is a request that was not understood.
Status CheckNeeded(const CLI::App& command, const Request& request) {
  const auto check = [&](const auto& options, const char* only) -> Status {
    for (const char* option : options) {
      if (command.count(option) == 0) continue;
      return Fail(ErrorKind::kUsage, fmt::format("{} changes nothing with {}", option, only), {},
                  "leave one of them out");
    }
    return {};
  };
  if (request.imu_only) {
    if (Status needed = check(kNeedCameras, "--imu-only"); !needed) return needed;
    return check(kNeedLight, "--imu-only");
  }
  return request.tracks_only ? check(kNeedLight, "--tracks-only") : Status();
}

void AddLightOptions(CLI::App& command, SimulationOptions& simulation) {
  command
      .add_option("--lux", simulation.lux,
                  "mean illuminance of the scene; of frames that of white, where not given 300")
      ->capture_default_str();
  command
      .add_option("--flicker", simulation.flicker_depth,
                  "modulation of the lamps' light, 0 to 1; 0: steady")
      ->type_name("DEPTH")
      ->capture_default_str();
  command
      .add_option("--flicker-hz", simulation.flicker_hz, "of the lamps' light: twice the mains'")
      ->type_name("HZ")
      ->capture_default_str();
}

void AddRoomOptions(CLI::App& command, SimulationOptions& simulation) {
  command.add_option("--moving", simulation.moving_objects, "objects that move on their own")
      ->type_name("N")
      ->capture_default_str();
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
  command
      .add_option("--pixel-noise", request.pixel_noise_px,
                  "1 sigma per axis of where a landmark is seen, 0 to 20 [0.5]")
      ->type_name("PX");
  command
      .add_option("--outliers", request.outlier_share,
                  "share of observations that are anywhere in the image, 0 to 0.9 [0]")
      ->type_name("P");
}

}  // namespace

void AddSimulateCommand(CLI::App& app, RunCommand& run) {
  auto request = std::make_shared<Request>();
  SimulationOptions& simulation = request->options.simulation;
  CLI::App* command =
      app.add_subcommand("simulate", "A sensor log with exact truth, made to order");
  command
      ->add_option("-o,--output", request->options.log,
                   "log folder to write; one that this command made is replaced")
      ->type_name("LOG")
      ->required();
  CLI::Option* seconds =
      command
          ->add_option("--seconds", simulation.seconds,
                       "length of the video; of a trajectory, where not given: all")
          ->capture_default_str();
  CLI::Option* motion = command->add_option("--motion", request->motion, "how the rig moves");
  motion->check(CLI::IsMember({"walk", "look", "desk", "stand", "fast"}))->capture_default_str();
  command->add_option("--rig", simulation.rig, "the rig that records")
      ->check(CLI::IsMember(SimulatedRigNames()))
      ->capture_default_str();
  AddLightOptions(*command, simulation);
  command
      ->add_option("--rolling-shutter-us", request->rolling_shutter_us,
                   "from the first row's exposure to the last one's; 0: global shutter")
      ->type_name("US")
      ->capture_default_str();
  command
      ->add_option("--time-offset-ms", request->time_offset_ms,
                   "the cameras' clock is behind the IMU's by this")
      ->type_name("MS")
      ->capture_default_str();
  AddRoomOptions(*command, simulation);
  AddStreamOptions(*command, *request);
  AddEventOptions(*command, *request);
  AddFramesOptions(*command, request->frames);
  AddImuOptions(*command, simulation.imu_errors);
  command->add_option("--seed", simulation.seed, "same seed, same bytes")
      ->check([](const std::string& text) {
        return std::string(text.starts_with('-') ? "must be 0 or more" : "");
      })
      ->capture_default_str();
  command
      ->add_option("--threads", request->options.threads,
                   "worker threads; the log does not depend on it")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_flag("--json", request->json, "print the summary as one JSON object");
  AddTrajectoryOptions(*command, simulation, motion);
  command->callback([&run, request, seconds, command] {
    SimulationOptions& options = request->options.simulation;
    if (!options.trajectory.empty() && seconds->count() == 0) options.seconds = HUGE_VAL;
    request->has_event_options = HasEventOptions(*command);
    const bool of_frames = command->count("--frames") > 0;
    if (of_frames && command->count("--lux") > 0) request->frames.light.white_lux = options.lux;
    const Status fits =
        of_frames ? CheckGivenWithFrames(*command) : CheckNeeded(*command, *request);
    run = [request, of_frames, fits] {
      if (!fits) return Report(fits.error());
      return of_frames ? RunFrames(*request) : Run(*request);
    };
  });
}

}  // namespace nightjar
