// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/lens_shading.h"
#include "calibration/pixel_position.h"
#include "core/se3.h"

namespace nightjar {

/// How the samples of one image file are to be read.
enum class PixelFormat {
  kMono8,   // 8 bits a sample
  kMono16,  // 16 bits a sample, the full range
  kRaw10,   // sensor counts 0 .. 1023 in 16-bit samples, least significant bits used
  kRaw12,   // 0 .. 4095, likewise
  kRaw14,   // 0 .. 16383, likewise
  kRaw16,   // 0 .. 65535
};

/// The largest sample of a format, DN.
inline int LargestDn(PixelFormat format) {
  switch (format) {
    case PixelFormat::kMono8: return 255;
    case PixelFormat::kRaw10: return 1023;
    case PixelFormat::kRaw12: return 4095;
    case PixelFormat::kRaw14: return 16383;
    case PixelFormat::kMono16:
    case PixelFormat::kRaw16: return 65535;
  }
  return 65535;
}

/// The colours of a 2x2 tile of the sensor, from the top left, row by row.
enum class ColourFilter { kNone, kRggb, kBggr, kGrbg, kGbrg };

/// Which moment of an exposure the stamps of a log name: of the first row's exposure the start, of
/// the middle row's exposure the middle, of the last row's exposure the end.
enum class StampReference { kStart, kMiddle, kEnd };

/// The noise of one RAW sample at one gain: var(x) = scale * x + offset, with x = (DN - black) /
/// (white - black) unclipped (DNG's NoiseProfile). Temporal noise before white balance and shading,
/// quantisation included.
struct NoiseProfile {
  struct Channel {
    double scale = 0;
    double offset = 0;
  };
  double gain = 1;                // linear; the frame's gain that this holds for
  std::vector<Channel> channels;  // one, or four in the order of the colour filter's tile
};

/// What the samples of a camera mean.
struct CameraSensor {
  PixelFormat pixel_format = PixelFormat::kMono8;
  ColourFilter colour_filter = ColourFilter::kNone;
  int black_level = 0;              // DN
  std::optional<int> white_level;   // DN; absent: the largest that the pixel format holds
  std::vector<NoiseProfile> noise;  // by rising gain; empty: unknown
  std::vector<PixelPosition> defective_pixels = {};  // row by row, none twice; known not to measure
  LensShading lens_shading = {0, 0, 0};
  StampReference stamp_reference = StampReference::kMiddle;
};

/// 1 sigma of a calibrated quantity, as far as it is known. Members are empty where it is not.
struct MountSigma {
  std::optional<Vector6d> T_body_sensor;  // right perturbation [rho, theta]: m, rad
  std::optional<double> time_offset_s;
};

/// One camera of a rig.
struct RigCamera {
  std::string name;    // the stream it belongs to: "cam0"
  int width = 0;       // px
  int height = 0;      // px
  double rate_hz = 0;  // nominal; 0 = unknown
  std::shared_ptr<const CameraModel> model;
  Se3 T_body_camera;
  double time_offset_s = 0;  // t_imu = t_camera + time_offset_s (Kalibr's sign)
  double readout_s = 0;      // from the first row's exposure to the last one's; 0 = global shutter
  CameraSensor sensor;

  std::vector<double> parameter_sigmas;  // of model->Parameters(), in its order; empty: unknown
  std::optional<double> readout_sigma_s;
  MountSigma mount_sigma;
};

/// The noise of an IMU, continuous time, as datasheets and Allan plots give it. All four are 0
/// where it is unknown (some calibration files do not say it), otherwise all are positive.
struct ImuNoise {
  double gyro_noise_density = 0;           // rad/s/sqrt(Hz)
  double gyro_random_walk = 0;             // rad/s^2/sqrt(Hz)
  double accelerometer_noise_density = 0;  // m/s^2/sqrt(Hz)
  double accelerometer_random_walk = 0;    // m/s^3/sqrt(Hz)

  bool IsKnown() const { return gyro_noise_density > 0; }
};

/// An IMU of a rig. The frame of Rig::imu is the body frame.
struct RigImu {
  std::string name;
  double rate_hz = 0;  // nominal; 0 = unknown
  ImuNoise noise;
  Se3 T_body_imu = {};       // the identity for Rig::imu
  double time_offset_s = 0;  // t of Rig::imu = t of this one + time_offset_s; 0 for Rig::imu
  MountSigma mount_sigma = {};
  ImuNoise noise_sigma = {};  // 1 sigma of each of `noise`; 0: not known
};

/// One event camera of a rig.
struct RigEventCamera {
  std::string name;  // "events0"
  int width = 0;     // px
  int height = 0;    // px
  std::shared_ptr<const CameraModel> model;
  Se3 T_body_camera;
  double time_offset_s = 0;  // t_imu = t_events + time_offset_s

  std::vector<double> parameter_sigmas;
  MountSigma mount_sigma;
};

/// The sensors of a device and how they are mounted on it.
struct Rig {
  std::vector<RigCamera> cameras;
  RigImu imu;  // the one that is used; body = its frame
  std::vector<RigImu> further_imus;
  std::vector<RigEventCamera> event_cameras;
};

}  // namespace nightjar
