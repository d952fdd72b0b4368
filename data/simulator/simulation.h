// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "data/simulator/event_camera.h"
#include "data/simulator/furnished_room.h"
#include "data/simulator/head_motion.h"
#include "data/simulator/image_sensor.h"
#include "data/simulator/imu_errors.h"
#include "data/simulator/imu_model.h"
#include "data/simulator/landmark_tracks.h"
#include "data/simulator/recorded_motion.h"
#include "data/simulator/renderer.h"
#include "data/simulator/workers.h"

namespace nightjar {

/// What to simulate.
struct SimulationOptions {
  double seconds = 10;  // of video, 0.1 .. 86400; the IMU begins 1 s before and ends 0.1 s behind
  HeadMotion motion = HeadMotion::kWalk;
  /// A trajectory to follow instead, of the body, which is the IMU (RecordedMotionRequest);
  /// `seconds` may be infinite then: all of it. Empty: none.
  std::filesystem::path trajectory = {};
  std::filesystem::path imu = {};  // the samples that belong to it; empty: simulated
  /// Mean illuminance of the scene, 0.01 .. 100000, or 0 where the exposure is fixed: dark frames.
  double lux = 3;
  std::string rig = "stereo-mono";  // SimulatedRig
  /// A rig of one's own instead (RigOfFile); it says readout times and time offsets. Empty: none.
  std::filesystem::path rig_file = {};
  ImageSensorOptions sensor = {};
  double rolling_shutter_s = 0;    // readout time of all cameras, 0 .. 0.05; 0: global shutter
  double time_offset_s = 0;        // t_imu = t_camera + time_offset_s, for all cameras; |.| <= 0.5
  int moving_objects = 0;          // 0 .. 20
  std::filesystem::path textures;  // a folder of the user's PNG images; empty: our own
  bool images = true;              // false: only IMU and truth
  ImuErrorOptions imu_errors = {};
  /// Tracks of landmarks in place of images: the same rig on the same way through the same room,
  /// at a hundredth of the cost. Light, sensor and textures do not matter then.
  std::optional<LandmarkTracksOptions> tracks = {};
  bool events = false;  // an event camera beside the others
  EventCameraOptions event_camera = {};
  double flicker_hz = 100;   // of the lamps: twice the mains', 1 .. 1000
  double flicker_depth = 0;  // 0 .. 1; 0: steady light
  uint64_t seed = 1;

  Status Validate() const;  // kUsage with the command's option that is wrong
};

/// When and how one camera takes one frame.
struct FrameTask {
  int camera = 0;      // index into the rig
  int64_t number = 0;  // of the camera's frames, from 0
  SensorTime stamp;    // on the camera's clock, middle of the exposure of the middle row
  ExposureSpan span;   // on the motion's clock
  ExposureSetting setting;
};

/// A scene, a motion through it and the sensors that record it. Everything is a function of the
/// options: also on another machine and in any order. Immutable once made; safe to use from several
/// threads.
class Simulation {
 public:
  static Result<std::unique_ptr<Simulation>> Create(const SimulationOptions& options,
                                                    const Workers& workers = OneByOne);

  const SimulationOptions& options() const { return options_; }
  const Rig& rig() const { return rig_; }
  const MotionSpline& T_world_body() const { return motion_; }
  /// The inertial samples with their truth, in their order.
  Status VisitImu(const ImuVisitor& visit) const;
  const ImuModelOptions& imu() const { return imu_; }
  /// What was recorded of the motion; nothing where it is made.
  const std::optional<RecordedMotion>& recorded() const { return recorded_; }
  const SimulatedScene& scene() const { return scene_; }  // empty without images and tracks
  /// In the order of their times, cameras in the rig's order. Without images none has a setting.
  const std::vector<FrameTask>& frames() const { return frames_; }

  /// Expected photo-electrons per second of every pixel, over its exposure. This and what follows
  /// only where there are images.
  Image<float> Light(const FrameTask& task) const;
  /// What the sensor makes of light: DN.
  Image<uint16_t> Expose(const Image<float>& light, const FrameTask& task) const;
  Image<uint16_t> TakeFrame(const FrameTask& task) const { return Expose(Light(task), task); }
  /// mm, 0 = nothing or beyond 65 m: exact, through the centres of the pixels.
  Image<uint16_t> TrueDepth(const FrameTask& task) const;

  /// When the event camera's light is sampled: from 0.3 s before the begin of the video, so that
  /// its pixels are in the middle of things at 0 s, which is among them, to its end; close enough
  /// that the image moves by about a pixel at most. Empty without events.
  std::vector<double> EventInstants() const;
  /// Lux, times albedo, on every pixel of the event camera at an instant of the motion.
  Image<float> EventLight(double t_s) const;
  EventCamera MakeEventCamera() const;
  /// Sensor time, on the event camera's clock, of the motion's 0.
  SensorTime EventEpoch() const;

  /// Electrons that a white surface (albedo 0.9) in mean light gives in one pixel and the longest
  /// exposure.
  double ElectronsAtWhite() const;

 private:
  Simulation(const SimulationOptions& options, Rig rig, MotionSpline motion,
             std::optional<RecordedMotion> recorded);
  Status LoadTextures(std::vector<Texture>& textures) const;
  Status FitRoom(RoomOptions& room) const;
  Status MakeScene(const Workers& workers);
  void MakeCameras(const Workers& workers);
  void PlanFrames(const Workers& workers);
  ExposureSetting Meter(const FrameTask& task) const;

  SimulationOptions options_;
  Rig rig_;
  MotionSpline motion_;
  std::optional<RecordedMotion> recorded_;
  SensorTime epoch_;  // sensor time of the motion's 0
  SimulatedScene scene_;
  std::vector<Renderer> renderers_;        // by camera
  std::vector<ImageSensor> sensors_;       // by camera
  std::vector<Renderer> event_renderers_;  // by event camera
  ImuModelOptions imu_;
  std::vector<FrameTask> frames_;
};

}  // namespace nightjar
