// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "data/simulator/poisson.h"

namespace nightjar {

/// What a camera's sensor and lens make of light. The defaults are Nightjar's standard sensor: a
/// figure that names a lux and nothing else is about it.
struct ImageSensorOptions {
  double pixel_pitch_m = 3e-6;         // 1e-7 .. 1e-4
  double f_number = 2.0;               // 0.5 .. 64
  double quantum_efficiency = 0.6;     // 0.001 .. 1
  double full_well_e = 10'000;         // white at gain 1, 10 .. 2e5 min(1, gain)
  double read_noise_e = 2.5;           // 1 sigma, at the pixel: independent of the gain, 0 .. 1e4
  double dark_current_e_per_s = 2;     // with its shot noise, 0 .. 1e7
  double pixel_response_sigma = 0.01;  // fixed pattern: of a pixel's response, relative, 0 .. 1
  double pixel_offset_sigma_e = 0.3;   // fixed pattern: of a pixel's black, 0 .. 1e4
  double row_offset_sigma_e = 0.3;     // fixed pattern: of a row's black, 0 .. 1e4
  /// Fixed pattern: of a pixel's converter, evenly spread over +- this. Half a step makes the noise
  /// profile hold on average over the pixels, whatever the signal's place between two steps.
  double converter_offset_dn = 0.5;              // 0 .. 100
  double hot_pixel_share = 2e-5;                 // with a dark current of up to 1e4 e/s, 0 .. 1
  int bits = 10;                                 // 10, 12, 14 or 16
  int black_level_dn = 64;                       // 0 .. below the largest value
  double shortest_exposure_s = 50e-6;            // 1e-6 .. longest_exposure_s
  double longest_exposure_s = 16e-3;             // .. 0.05, the time of a frame
  std::vector<double> gains = {1, 2, 4, 8, 16};  // linear, rising, 0.01 .. 1e4
  double metering_target = 0.2;  // of white: where auto-exposure puts the mean, 0.001 .. 1

  bool HasFixedExposure() const { return shortest_exposure_s == longest_exposure_s; }
  bool HasFixedGain() const { return gains.size() == 1; }
  Status Validate() const;  // kUsage with the field that is out of its range
};

/// How one frame is taken.
struct ExposureSetting {
  double exposure_s = 0;
  double gain = 1;  // linear
};

/// Electrons per pixel and second of a surface of albedo 1 that `lux` fall upon (Lambertian,
/// through a lens focused far away): E pi A / (4 N^2) / pi * photons per lumen second * QE, with
/// 4.09e15 photons per lumen second at 555 nm (683 lm/W).
double ElectronsPerSecond(const ImageSensorOptions& sensor, double lux);

/// What the exposure meter chooses: the longest exposure first, then gain, both only as far as the
/// mean needs. `mean_electrons_per_s`: of the scene.
ExposureSetting AutoExposure(const ImageSensorOptions& sensor, double mean_electrons_per_s);

/// DN per electron.
double ConversionGain(const ImageSensorOptions& sensor, double gain);

/// The temporal noise of a sample, x = (DN - black) / (white - black): shot noise, read noise and
/// quantisation. Electrons of the dark current are in x like all others, and so is their shot noise
/// in the scale, not in the offset. 1/12 DN^2 of the last is exact where the noise
/// before it is above half a DN; where it is a quarter, as in the dark at gain 1, some of the
/// quantisation error is a fixed pattern and the temporal variance 4 % less.
NoiseProfile ExactNoise(const ImageSensorOptions& sensor, double gain);

/// What `camera.sensor` says about images of this sensor.
CameraSensor DescribeSensor(const ImageSensorOptions& sensor, ColourFilter filter);

/// Turns light into counts: expected electrons, photon noise, dark current, read noise, fixed
/// patterns, gain, clipping and quantisation. Immutable; safe to use from several threads.
class ImageSensor {
 public:
  /// `options` are valid. `camera`: its number, which with the seed fixes its patterns.
  ImageSensor(const ImageSensorOptions& options, int width, int height, uint64_t seed, int camera);

  /// `electrons_per_s`: expected photo-electrons of every pixel. `frame`: its number, which with
  /// the seed fixes the noise.
  Image<uint16_t> Expose(const Image<float>& electrons_per_s, const ExposureSetting& setting,
                         int64_t frame) const;

  const ImageSensorOptions& options() const { return options_; }

 private:
  /// A row's counts of its electrons. `bits`: of the read noise; `first`: the row's first pixel.
  void Read(const std::vector<float>& electrons, const std::vector<uint32_t>& bits, size_t first,
            double gain, uint16_t* dn) const;

  ImageSensorOptions options_;
  int width_, height_;
  uint64_t seed_;
  int camera_;
  PoissonSampler poisson_;
  // Row by row; of offsets with some more behind the last pixel: eight at a time are read.
  std::vector<float> response_;      // relative
  std::vector<float> offset_e_;      // pixel and row pattern
  std::vector<float> offset_dn_;     // of the converters
  std::vector<float> dark_e_per_s_;  // hot pixels included
};

}  // namespace nightjar
