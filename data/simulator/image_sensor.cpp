// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/image_sensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/random.h"
#include "data/simulator/normal8.h"
#include "data/simulator/option_range.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

constexpr double kPhotonsPerLumenSecond = 4.092e15;  // at 555 nm
constexpr double kHottestPixel_e_per_s = 1e4;
constexpr size_t kLanes = 8;

int WhiteLevel(const ImageSensorOptions& sensor) { return (1 << sensor.bits) - 1; }

}  // namespace

Status ImageSensorOptions::Validate() const {
  if (bits != 10 && bits != 12 && bits != 14 && bits != 16)
    return Fail(ErrorKind::kUsage, "bits must be 10, 12, 14 or 16");
  if (gains.empty() || !std::is_sorted(gains.begin(), gains.end()))
    return Fail(ErrorKind::kUsage, "gains must be one or more, rising");
  for (const double gain : gains) {
    if (Status valid = CheckRanges({{"gains", gain, 0.01, 1e4}}); !valid) return valid;
  }
  return CheckRanges({{"pixel_pitch_m", pixel_pitch_m, 1e-7, 1e-4},
                      {"f_number", f_number, 0.5, 64},
                      {"quantum_efficiency", quantum_efficiency, 0.001, 1},
                      {"full_well_e", full_well_e, 10, 2e5 * std::min(1.0, gains.front()),
                       " (what photon numbers go to, at every gain)"},
                      {"read_noise_e", read_noise_e, 0, 1e4},
                      {"dark_current_e_per_s", dark_current_e_per_s, 0, 1e7},
                      {"pixel_response_sigma", pixel_response_sigma, 0, 1},
                      {"pixel_offset_sigma_e", pixel_offset_sigma_e, 0, 1e4},
                      {"row_offset_sigma_e", row_offset_sigma_e, 0, 1e4},
                      {"converter_offset_dn", converter_offset_dn, 0, 100},
                      {"hot_pixel_share", hot_pixel_share, 0, 1},
                      {"black_level_dn", 1.0 * black_level_dn, 0, WhiteLevel(*this) - 1.0},
                      {"longest_exposure_s", longest_exposure_s, 1e-6, 0.05},
                      {"shortest_exposure_s", shortest_exposure_s, 1e-6, longest_exposure_s},
                      {"metering_target", metering_target, 0.001, 1}});
}

double ElectronsPerSecond(const ImageSensorOptions& sensor, double lux) {
  const double sensor_lux = lux / (4 * sensor.f_number * sensor.f_number);
  const double area = sensor.pixel_pitch_m * sensor.pixel_pitch_m;
  return sensor_lux * area * kPhotonsPerLumenSecond * sensor.quantum_efficiency;
}

ExposureSetting AutoExposure(const ImageSensorOptions& sensor, double mean_electrons_per_s) {
  const double wanted_e = sensor.metering_target * sensor.full_well_e;
  ExposureSetting setting;
  setting.exposure_s = std::clamp(wanted_e / std::max(mean_electrons_per_s, 1e-9),
                                  sensor.shortest_exposure_s, sensor.longest_exposure_s);
  // Whole microseconds, as sensors have them: what is written is what was exposed.
  setting.exposure_s = 1e-6 * std::floor(1e6 * setting.exposure_s + 0.5);
  setting.gain = sensor.gains.front();
  for (const double gain : sensor.gains) {
    if (gain * mean_electrons_per_s * setting.exposure_s <= wanted_e) setting.gain = gain;
  }
  return setting;
}

double ConversionGain(const ImageSensorOptions& sensor, double gain) {
  return gain * (WhiteLevel(sensor) - sensor.black_level_dn) / sensor.full_well_e;
}

NoiseProfile ExactNoise(const ImageSensorOptions& sensor, double gain) {
  const double range = WhiteLevel(sensor) - sensor.black_level_dn;
  const double dn_per_e = ConversionGain(sensor, gain);
  const double dark_e2 = sensor.read_noise_e * sensor.read_noise_e;
  NoiseProfile profile;
  profile.gain = gain;
  profile.channels = {
      {dn_per_e / range, (dn_per_e * dn_per_e * dark_e2 + 1.0 / 12) / (range * range)}};
  return profile;
}

CameraSensor DescribeSensor(const ImageSensorOptions& sensor, ColourFilter filter) {
  CameraSensor description;
  switch (sensor.bits) {
    case 10: description.pixel_format = PixelFormat::kRaw10; break;
    case 12: description.pixel_format = PixelFormat::kRaw12; break;
    case 14: description.pixel_format = PixelFormat::kRaw14; break;
    default: description.pixel_format = PixelFormat::kRaw16; break;
  }
  description.colour_filter = filter;
  description.black_level = sensor.black_level_dn;
  description.white_level = WhiteLevel(sensor);
  for (const double gain : sensor.gains) description.noise.push_back(ExactNoise(sensor, gain));
  return description;
}

ImageSensor::ImageSensor(const ImageSensorOptions& options, int width, int height, uint64_t seed,
                         int camera)
    : options_(options), width_(width), height_(height), seed_(seed), camera_(camera) {
  RandomStream pixel(seed, StreamOf(RandomUse::kPixelPattern, camera));
  RandomStream row_pattern(seed, StreamOf(RandomUse::kRowPattern, camera));
  RandomStream hot(seed, StreamOf(RandomUse::kHotPixel, camera));
  for (int y = 0; y < height_; ++y) {
    const double row_offset = options_.row_offset_sigma_e * row_pattern.Normal();
    for (int x = 0; x < width_; ++x) {
      const double response = 1 + options_.pixel_response_sigma * pixel.Normal();
      const double offset = options_.pixel_offset_sigma_e * pixel.Normal();
      const bool is_hot = hot.Uniform() < options_.hot_pixel_share;
      const double heat = is_hot ? kHottestPixel_e_per_s * hot.Uniform() : 0;
      response_.push_back(static_cast<float>(std::max(0.0, response)));
      offset_e_.push_back(static_cast<float>(offset + row_offset));
      const double step = options_.converter_offset_dn * (2 * pixel.Uniform() - 1);
      offset_dn_.push_back(static_cast<float>(step));
      dark_e_per_s_.push_back(static_cast<float>(options_.dark_current_e_per_s + heat));
    }
  }
  for (std::vector<float>* pattern : {&offset_e_, &offset_dn_})
    pattern->resize(pattern->size() + kLanes, 0.0F);
}

Image<uint16_t> ImageSensor::Expose(const Image<float>& electrons_per_s,
                                    const ExposureSetting& setting, int64_t frame) const {
  Image<uint16_t> image(width_, height_);
  const auto width = static_cast<size_t>(width_);
  std::vector<double> means(width);
  std::vector<uint32_t> shot_bits(2 * width), bright_bits(2 * width), read_bits(width + kLanes);
  std::vector<float> electrons(width + kLanes, 0.0F);
  for (int y = 0; y < height_; ++y) {
    const auto index = static_cast<uint64_t>(frame * height_ + y);
    const auto fill = [&](RandomUse use, std::vector<uint32_t>& bits) {
      RandomStream(seed_, StreamOf(use, camera_), index).Fill(bits);
    };
    const size_t first = static_cast<size_t>(y) * width;
    const float* light = &electrons_per_s(0, y);
    double largest = 0;
    for (size_t x = 0; x < width; ++x) {
      const double rate =
          static_cast<double>(response_[first + x]) * static_cast<double>(light[x]) +
          static_cast<double>(dark_e_per_s_[first + x]);
      means[x] = rate * setting.exposure_s;
      largest = std::max(largest, means[x]);
    }
    fill(RandomUse::kPixelNoise, shot_bits);
    fill(RandomUse::kReadNoise, read_bits);
    if (largest >= PoissonSampler::kFewMean) fill(RandomUse::kBrightNoise, bright_bits);
    for (size_t x = 0; x < width; ++x) {
      const PoissonSampler::Bits bits = {
          shot_bits[2 * x], shot_bits[2 * x + 1], {bright_bits[2 * x], bright_bits[2 * x + 1]}};
      electrons[x] = static_cast<float>(poisson_.Sample(means[x], bits));
    }
    Read(electrons, read_bits, first, setting.gain, &image(0, y));
  }
  return image;
}

void ImageSensor::Read(const std::vector<float>& electrons, const std::vector<uint32_t>& bits,
                       size_t first, double gain, uint16_t* dn) const {
  const Float8 dn_per_e = All(static_cast<float>(ConversionGain(options_, gain)));
  const Float8 read_noise_e = All(static_cast<float>(options_.read_noise_e));
  // Half a step more: what is cut off below is what rounds down.
  const Float8 black = All(static_cast<float>(options_.black_level_dn) + 0.5F);
  const Float8 white = All(static_cast<float>(WhiteLevel(options_)) + 0.5F);
  const auto width = static_cast<size_t>(width_);
  for (size_t x = 0; x < width; x += kLanes) {
    Int8 random;
    std::memcpy(&random, &bits[x], sizeof random);
    const Float8 signal_e =
        Load8(&electrons[x]) + Load8(&offset_e_[first + x]) + read_noise_e * Normal8(random);
    const Float8 level = black + Load8(&offset_dn_[first + x]) + dn_per_e * signal_e;
    const Int8 count = Truncated(Clamped(level, All(0.0F), white));
    for (size_t lane = 0; lane < std::min(kLanes, width - x); ++lane)
      dn[x + lane] = static_cast<uint16_t>(count[lane]);
  }
}

}  // namespace nightjar
