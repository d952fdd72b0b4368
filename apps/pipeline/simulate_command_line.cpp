// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_command_line.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

namespace nightjar {
namespace {

// A word as a shell reads it back.
std::string Quoted(const std::string& word) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:=@%+-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

class Words {
 public:
  void Flag(const char* option) { text_ += fmt::format(" {}", option); }
  void Add(const char* option, const std::string& word) {
    text_ += fmt::format(" {} {}", option, Quoted(word));
  }
  // The shortest text that is read back as the same number.
  void Add(const char* option, double value) { text_ += fmt::format(" {} {}", option, value); }
  void Add(const char* option, uint64_t value) { text_ += fmt::format(" {} {}", option, value); }
  void AddFile(const char* option, const std::filesystem::path& file) {
    if (!file.empty()) Add(option, file.string());
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_ = "nightjar simulate";
};

// The x whose convert(x) is `value`, to the last bit: `guess` or a neighbour, unless the value did
// not come from one.
template <typename Convert>
double Inverse(double guess, double value, const Convert& convert) {
  for (const double x :
       {guess, std::nextafter(guess, -HUGE_VAL), std::nextafter(guess, HUGE_VAL)}) {
    if (convert(x) == value) return x;
  }
  return guess;
}

// A value that the command takes in `unit`s.
double InUnits(double value, double unit) {
  return Inverse(value / unit, value, [unit](double x) { return unit * x; });
}

void AddEventCamera(const EventCameraOptions& camera, double lux, Words& words) {
  words.Add("--event-threshold-on", camera.threshold_on);
  words.Add("--event-threshold-off", camera.threshold_off);
  const EventCameraOptions as_it_comes;
  if (camera.bandwidth_hz_per_lux == as_it_comes.bandwidth_hz_per_lux &&
      camera.largest_bandwidth_hz == as_it_comes.largest_bandwidth_hz) {
    return;
  }
  words.Add("--event-bandwidth-hz",
            Inverse(camera.bandwidth_hz_per_lux * lux, camera.bandwidth_hz_per_lux,
                    [lux](double hz) { return hz / lux; }));
}

// What the cameras see, without tracks.
void AddImages(const SimulateOptions& options, Words& words) {
  const SimulationOptions& simulation = options.simulation;
  words.Add("--lux", simulation.lux);
  if (simulation.sensor.HasFixedExposure())
    words.Add("--exposure-us", InUnits(simulation.sensor.longest_exposure_s, 1e-6));
  if (simulation.sensor.HasFixedGain()) words.Add("--gain", simulation.sensor.gains.front());
  if (simulation.flicker_depth > 0) {
    words.Add("--flicker", simulation.flicker_depth);
    words.Add("--flicker-hz", simulation.flicker_hz);
  }
  words.AddFile("--textures", simulation.textures);
  if (options.depth) words.Add("--depth", options.depth_sensor ? "sensor" : "truth");
  if (!simulation.events) return;
  words.Flag("--events");
  AddEventCamera(simulation.event_camera, simulation.lux, words);
}

void AddCameras(const SimulationOptions& simulation, Words& words) {
  if (simulation.rig_file.empty()) {
    words.Add("--rig", simulation.rig);
    words.Add("--rolling-shutter-us", InUnits(simulation.rolling_shutter_s, 1e-6));
    words.Add("--time-offset-ms", InUnits(simulation.time_offset_s, 1e-3));
  }
  words.Add("--moving", static_cast<uint64_t>(simulation.moving_objects));
}

}  // namespace

std::string CommandLine(const SimulateOptions& options) {
  const SimulationOptions& simulation = options.simulation;
  Words words;
  if (std::isfinite(simulation.seconds)) words.Add("--seconds", simulation.seconds);
  if (simulation.trajectory.empty()) words.Add("--motion", NameOf(simulation.motion));
  words.AddFile("--trajectory", simulation.trajectory);
  words.AddFile("--imu", simulation.imu);
  words.AddFile("--rig-file", simulation.rig_file);
  if (simulation.imu.empty()) {
    words.Add("--imu-scale-ppm", simulation.imu_errors.scale_ppm);
    words.Add("--imu-misalignment-mrad", simulation.imu_errors.misalignment_mrad);
    words.Add("--imu-noise", simulation.imu_errors.noise_factor);
  }
  if (simulation.tracks) {
    words.Flag("--tracks-only");
    words.Add("--pixel-noise", simulation.tracks->pixel_noise_px);
    words.Add("--outliers", simulation.tracks->outlier_share);
    AddCameras(simulation, words);
  } else if (simulation.images) {
    AddCameras(simulation, words);
    AddImages(options, words);
  } else {
    words.Flag("--imu-only");
  }
  if (simulation.imu.empty() || simulation.images) words.Add("--seed", simulation.seed);
  return words.text();
}

std::string CommandLine(const SimulateFramesOptions& options) {
  Words words;
  words.AddFile("--frames", options.frames);
  words.AddFile("--trajectory", options.trajectory);
  words.Add("--begin", options.begin_s);
  if (std::isfinite(options.end_s)) words.Add("--end", options.end_s);
  words.Add("--lux", options.light.white_lux);
  words.Add("--gamma", options.light.gamma);
  words.Add("--floor", options.light.floor);
  AddEventCamera(options.event_camera, options.light.white_lux, words);
  words.Add("--seed", options.seed);
  return words.text();
}

}  // namespace nightjar
