// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/simulation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"
#include "data/png_image.h"
#include "data/simulator/event_instants.h"
#include "data/simulator/furnished_room.h"
#include "data/simulator/random_use.h"
#include "data/simulator/rig_of_file.h"
#include "data/simulator/simulate_ranges.h"
#include "data/simulator/simulated_rig.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr double kImuLead_s = 1;    // before the first frame
constexpr double kImuTail_s = 0.1;  // behind the last one
// The motion reaches beyond all samples, rows and meter readings.
constexpr double kMotionMargin_s = 1;
// Sensor time of the motion's 0: as of a device that was started a while ago.
constexpr SensorTime kEpoch = FromNanoseconds(20'000'000'000);
constexpr double kLargestRoom_m = 100;
constexpr double kHeightOverFloor_m = 1;
constexpr double kLongestEvents_s = 4200;
// Of events before the first frame, which are not told: five time constants of a photoreceptor at
// half a lux with the default bandwidth, in which the motion goes on as it does for the inertial
// samples. Without any light the time constant is 0.27 s, and the first events are late.
constexpr double kEventLead_s = 0.3;
constexpr double kLargestDepth_mm = 65'535;

Status TooLongForEvents() {
  return Fail(ErrorKind::kUsage,
              "--seconds must be at most 4200 with --events: their times have 32 bits");
}

void Scale(float factor, Image<float>& image) {
  std::for_each_n(image.data(), image.number_of_elements(),
                  [factor](float& value) { value *= factor; });
}

Eigen::Vector3d Bias(double sigma, RandomStream& random) { return sigma * random.Normal3(); }

// What the options say of a rig, without the light.
Result<Rig> RigOf(const SimulationOptions& options) {
  const bool is_own = !options.rig_file.empty();
  Result<Rig> rig =
      is_own ? RigOfFile(options.rig_file, options.events) : SimulatedRig(options.rig);
  if (!rig) return rig;
  for (double ImuNoise::*density :
       {&ImuNoise::gyro_noise_density, &ImuNoise::gyro_random_walk,
        &ImuNoise::accelerometer_noise_density, &ImuNoise::accelerometer_random_walk}) {
    rig->imu.noise.*density *= options.imu_errors.noise_factor;
  }
  for (RigCamera& camera : rig->cameras) {
    if (!is_own) {
      camera.readout_s = options.rolling_shutter_s;
      camera.time_offset_s = options.time_offset_s;
    }
    camera.sensor = options.tracks ? CameraSensor()
                                   : DescribeSensor(options.sensor, camera.sensor.colour_filter);
  }
  if (options.events && !is_own) {
    rig->event_cameras = {SimulatedEventCamera()};
    rig->event_cameras.front().time_offset_s = options.time_offset_s;
  }
  return rig;
}

// A frame is exposed while the one before it is read out, and not longer.
Status FitExposure(double rate_hz, ImageSensorOptions& sensor) {
  const double interval_s = 1 / rate_hz;
  if (sensor.longest_exposure_s <= interval_s) return {};
  if (sensor.HasFixedExposure() || sensor.shortest_exposure_s > interval_s) {
    return Fail(ErrorKind::kUsage, "--exposure-us is longer than the time of a frame, " +
                                       std::to_string(std::llround(1e6 * interval_s)) + " us");
  }
  sensor.longest_exposure_s = interval_s;
  return {};
}

MotionSpline Turned(const MotionSpline& T_world_head, const Eigen::Quaterniond& R_head_body) {
  std::vector<Se3> control = T_world_head.control_poses();
  for (Se3& pose : control) pose.rotation = (pose.rotation * R_head_body).normalized();
  return {T_world_head.begin_s(), T_world_head.interval_s(), std::move(control)};
}

MotionSpline MadeMotion(const SimulationOptions& options, const Rig& rig) {
  MotionSpline motion = MakeHeadMotion(options.motion, -kImuLead_s - kMotionMargin_s,
                                       options.seconds + kMotionMargin_s, options.seed);
  return options.rig_file.empty() ? motion : Turned(motion, HeldUpright(rig));
}

// Without light a meter has nothing to go by.
Status CheckLux(double lux, const ImageSensorOptions& sensor) {
  if (lux == 0 && sensor.HasFixedExposure()) return {};
  return simulate_range::kLux.Check(lux, lux == 0 ? ", or 0, dark, with --exposure-us" : "");
}

}  // namespace

Status SimulationOptions::Validate() const {
  namespace range = simulate_range;
  const bool is_whole = !trajectory.empty() && seconds == HUGE_VAL;
  for (const Status& status :
       {is_whole ? Status() : range::kSeconds.Check(seconds), CheckLux(lux, sensor),
        range::kRollingShutter.Check(1e6 * rolling_shutter_s),
        range::kTimeOffset.Check(1e3 * time_offset_s), range::kFlicker.Check(flicker_depth),
        range::kFlickerHz.Check(flicker_hz), range::kMoving.Check(moving_objects)}) {
    if (!status) return status;
  }
  if (events && !is_whole && seconds > kLongestEvents_s) return TooLongForEvents();
  if (!imu.empty() && trajectory.empty()) {
    return Fail(ErrorKind::kUsage, "--imu belongs to a trajectory", {},
                "name it with --trajectory");
  }
  if (!imu.empty() && imu_errors.Any())
    return Fail(ErrorKind::kUsage, "--imu is replayed as it is: it takes no errors");
  if (!rig_file.empty() && (rolling_shutter_s != 0 || time_offset_s != 0))
    return Fail(ErrorKind::kUsage, "--rig-file says readout times and time offsets itself");
  if (Status valid = imu_errors.Validate(); !valid) return valid;
  if (Status valid = sensor.Validate(); !valid) return valid;
  if (Status valid = event_camera.Validate(); !valid) return valid;
  return tracks ? tracks->Validate() : Status();
}

Result<std::unique_ptr<Simulation>> Simulation::Create(const SimulationOptions& options,
                                                       const Workers& workers) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  Result<Rig> rig = RigOf(options);
  if (!rig) return tl::unexpected(rig.error());
  std::optional<RecordedMotion> recorded;
  SimulationOptions made = options;
  if (Status fits = FitExposure(rig->cameras.front().rate_hz, made.sensor); !fits)
    return tl::unexpected(fits.error());
  if (!options.trajectory.empty()) {
    auto read = ReadRecordedMotion(
        {options.trajectory, options.imu, options.seconds, kImuLead_s, kImuTail_s});
    if (!read) return tl::unexpected(read.error());
    recorded = *std::move(read);
    made.seconds = recorded->seconds;
    if (made.events && made.seconds > kLongestEvents_s)
      return tl::unexpected(TooLongForEvents().error());
    if (recorded->rate_hz > 0) rig->imu.rate_hz = recorded->rate_hz;
  }
  MotionSpline motion = recorded ? recorded->fit.T_world_body : MadeMotion(options, *rig);
  std::unique_ptr<Simulation> simulation(
      new Simulation(made, std::move(*rig), std::move(motion), std::move(recorded)));
  if (!options.images && !options.tracks) return simulation;
  if (Status scene = simulation->MakeScene(workers); !scene) return tl::unexpected(scene.error());
  if (!options.tracks) simulation->MakeCameras(workers);
  simulation->PlanFrames(workers);
  return simulation;
}

Simulation::Simulation(const SimulationOptions& options, Rig rig, MotionSpline motion,
                       std::optional<RecordedMotion> recorded)
    : options_(options),
      rig_(std::move(rig)),
      motion_(std::move(motion)),
      recorded_(std::move(recorded)),
      epoch_(recorded_ ? recorded_->zero : kEpoch) {
  // What a fresh sensor of this class has.
  constexpr double kGyroBias = 0.005;
  constexpr double kAccelerometerBias = 0.05;
  RandomStream random(options_.seed, StreamOf(RandomUse::kImuBias), 1);
  imu_.noise = rig_.imu.noise;
  imu_.rate_hz = rig_.imu.rate_hz;
  imu_.first_gyro_bias = Bias(kGyroBias, random);
  imu_.first_accelerometer_bias = Bias(kAccelerometerBias, random);
  imu_.seed = options_.seed;
  DrawImuMatrices(options_.imu_errors, options_.seed, imu_);
}

Status Simulation::VisitImu(const ImuVisitor& visit) const {
  if (!options_.imu.empty()) return VisitRecordedImu(*recorded_, visit);
  return SimulateImu(motion_, -kImuLead_s, options_.seconds + kImuTail_s, epoch_, imu_, visit);
}

Status Simulation::LoadTextures(std::vector<Texture>& textures) const {
  if (options_.textures.empty()) return {};
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(options_.textures, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".png") files.push_back(entry->path());
  }
  if (error) {
    return Fail(ErrorKind::kUnusableInput, "cannot be read: " + error.message(),
                options_.textures.string());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const auto image = ReadMonoPng(file);
    if (!image)
      return Fail(ErrorKind::kUnusableInput, image.error().detail, file.string(), "give grey PNGs");
    textures.push_back(FromImage(*image));
  }
  if (textures.empty()) {
    return Fail(ErrorKind::kUnusableInput, "has no .png image", options_.textures.string(),
                "name a folder of grey PNGs");
  }
  return {};
}

// The floor of a trajectory lies as far below it as a desk or a hand may be high.
Status Simulation::FitRoom(RoomOptions& room) const {
  if (!recorded_) return {};
  Eigen::Vector3d low = room.path.front(), high = low;
  for (const Eigen::Vector3d& place : room.path) {
    low = low.cwiseMin(place);
    high = high.cwiseMax(place);
  }
  const Eigen::Vector3d size = high - low;
  if (!(size.maxCoeff() <= kLargestRoom_m)) {
    return Fail(ErrorKind::kUsage,
                "a path of " + std::to_string(std::llround(size.maxCoeff())) +
                    " m does not fit into the room that is simulated (100 m)",
                options_.trajectory.string(), "simulate a part with --seconds, or give --imu-only");
  }
  room.floor_z = low.z() - kHeightOverFloor_m;
  return {};
}

Status Simulation::MakeScene(const Workers& workers) {
  RoomOptions room;
  room.path.clear();
  const double end_s = std::min(motion_.end_s(), options_.seconds + kMotionMargin_s);
  for (double t = motion_.begin_s(); t <= end_s; t += RoomOptions::kPathInterval_s)
    room.path.push_back(motion_.Pose(t).translation);
  if (Status fits = FitRoom(room); !fits) return fits;
  room.moving_objects = options_.moving_objects;
  room.begin_s = motion_.begin_s();
  room.end_s = motion_.end_s();
  room.seed = options_.seed;
  room.painted = !options_.tracks;
  if (Status loaded = LoadTextures(room.textures); !loaded) return loaded;
  scene_ = FurnishedRoom(std::move(room), workers);
  scene_.flicker.frequency_hz = options_.flicker_hz;
  scene_.flicker.depth = options_.flicker_depth;
  return {};
}

void Simulation::MakeCameras(const Workers& workers) {
  for (const RigEventCamera& camera : rig_.event_cameras)
    event_renderers_.emplace_back(scene_, *camera.model, camera.width, camera.height, workers);
  for (size_t c = 0; c < rig_.cameras.size(); ++c) {
    const RigCamera& camera = rig_.cameras[c];
    renderers_.emplace_back(scene_, *camera.model, camera.width, camera.height, workers);
    sensors_.emplace_back(options_.sensor, camera.width, camera.height, options_.seed,
                          static_cast<int>(c));
  }
}

void Simulation::PlanFrames(const Workers& workers) {
  const double rate_hz = rig_.cameras.front().rate_hz;
  const auto count = static_cast<int64_t>(std::ceil(options_.seconds * rate_hz - 1e-9));
  for (int64_t number = 0; number < count; ++number) {
    const double t = static_cast<double>(number) / rate_hz;
    for (size_t c = 0; c < rig_.cameras.size(); ++c) {
      const RigCamera& camera = rig_.cameras[c];
      FrameTask task;
      task.camera = static_cast<int>(c);
      task.number = number;
      task.span = {t, 0, camera.readout_s};
      task.stamp = epoch_ + FromSeconds(t) - FromSeconds(camera.time_offset_s);
      frames_.push_back(task);
    }
  }
  if (renderers_.empty()) return;
  workers(frames_.size(), [&](size_t i) {
    frames_[i].setting = Meter(frames_[i]);
    frames_[i].span.exposure_s = frames_[i].setting.exposure_s;
  });
}

// The meter has seen the frame before this one.
ExposureSetting Simulation::Meter(const FrameTask& task) const {
  const auto index = static_cast<size_t>(task.camera);
  const RigCamera& camera = rig_.cameras[index];
  const double mean = renderers_[index].MeanRadiance(motion_, camera.T_body_camera,
                                                     task.span.mid_s - 1 / camera.rate_hz);
  return AutoExposure(options_.sensor, mean * ElectronsPerSecond(options_.sensor, options_.lux));
}

Image<float> Simulation::Light(const FrameTask& task) const {
  const auto index = static_cast<size_t>(task.camera);
  const RigCamera& camera = rig_.cameras[index];
  if (options_.lux == 0) {
    Image<float> dark(camera.width, camera.height);
    dark.fill(0);
    return dark;
  }
  Image<float> light = renderers_[index].Radiance(motion_, camera.T_body_camera, task.span,
                                                  camera.sensor.colour_filter);
  const auto electrons = static_cast<float>(ElectronsPerSecond(options_.sensor, options_.lux));
  Scale(electrons, light);
  return light;
}

Image<uint16_t> Simulation::Expose(const Image<float>& light, const FrameTask& task) const {
  int64_t number = task.number;
  if (options_.sensor.HasFixedExposure()) {
    // A calibration takes logs of one seed, one sensor, at several exposures and in the dark
    // together: the noise of each is its own.
    const int64_t exposure_us = std::llround(1e6 * task.setting.exposure_s);
    number += (2 * exposure_us + (options_.lux == 0 ? 1 : 0)) << 27;  // more than frames of a day
  }
  return sensors_[static_cast<size_t>(task.camera)].Expose(light, task.setting, number);
}

Image<uint16_t> Simulation::TrueDepth(const FrameTask& task) const {
  const auto index = static_cast<size_t>(task.camera);
  const RigCamera& camera = rig_.cameras[index];
  const Image<float> metres = renderers_[index].Depth(motion_, camera.T_body_camera, task.span);
  Image<uint16_t> depth(camera.width, camera.height);
  for (size_t i = 0; i < depth.number_of_elements(); ++i) {
    const double mm = 1000 * static_cast<double>(metres.data()[i]) + 0.5;
    depth.data()[i] = static_cast<uint16_t>(mm < kLargestDepth_mm + 1 ? static_cast<int>(mm) : 0);
  }
  return depth;
}

std::vector<double> Simulation::EventInstants() const {
  if (event_renderers_.empty()) return {};
  EventInstantsOptions options;
  options.pixel_angle = event_renderers_.front().typical_pixel_angle();
  if (!scene_.objects.empty()) options.longest_s = 0.002;
  if (options_.flicker_depth > 0)
    options.longest_s = std::min(options.longest_s, 0.1 / options_.flicker_hz);
  std::vector<double> instants = nightjar::EventInstants(motion_, -kEventLead_s, 0, options);
  const auto video = nightjar::EventInstants(motion_, 0, options_.seconds, options);
  instants.insert(instants.end(), video.begin() + 1, video.end());
  return instants;
}

Image<float> Simulation::EventLight(double t_s) const {
  Image<float> light = event_renderers_.front().Radiance(
      motion_, rig_.event_cameras.front().T_body_camera, {t_s, 0, 0});
  const auto lux = static_cast<float>(options_.lux);
  Scale(lux, light);
  return light;
}

EventCamera Simulation::MakeEventCamera() const {
  const RigEventCamera& camera = rig_.event_cameras.front();
  return {options_.event_camera, camera.width, camera.height, options_.seed};
}

SensorTime Simulation::EventEpoch() const {
  return epoch_ - FromSeconds(rig_.event_cameras.front().time_offset_s);
}

double Simulation::ElectronsAtWhite() const {
  return 0.9 * ElectronsPerSecond(options_.sensor, options_.lux) *
         options_.sensor.longest_exposure_s;
}

}  // namespace nightjar
