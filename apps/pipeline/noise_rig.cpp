// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/noise_rig.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "calibration/camera_yaml.h"

namespace nightjar {
namespace {

PixelFormat FormatFor(int white_level) {
  for (const PixelFormat format :
       {PixelFormat::kMono8, PixelFormat::kRaw10, PixelFormat::kRaw12, PixelFormat::kRaw14})
    if (white_level <= LargestDn(format)) return format;
  return PixelFormat::kRaw16;
}

constexpr const char* kKeysTitle =
    "# Keys of a camera, for its entry in rig.yaml or for its sensor.yaml";

tl::unexpected<Error> Contradiction(const RigCamera& camera, const std::string& what) {
  return Fail(ErrorKind::kUnusableInput, what, camera.name,
              "correct the rig, or give --black-level and --white-level");
}

}  // namespace

Result<NamedCamera> FindCamera(Rig rig, const std::string& name) {
  std::string known;
  for (size_t i = 0; i < rig.cameras.size(); ++i) {
    if (rig.cameras[i].name == name || (name.empty() && rig.cameras.size() == 1))
      return NamedCamera{std::move(rig), i};
    known += (known.empty() ? "" : ", ") + rig.cameras[i].name;
  }
  if (known.empty()) return Fail(ErrorKind::kUnusableInput, "the rig has no camera");
  if (name.empty())
    return Fail(ErrorKind::kUsage, "the rig has several cameras", {}, "name one of " + known);
  return Fail(ErrorKind::kUsage, "the rig has no camera " + name, {}, "it has " + known);
}

Status SetNoise(const NoiseCalibration& calibration, ColourFilter filter, RigCamera& camera) {
  CameraSensor& sensor = camera.sensor;
  std::vector<NoiseProfile> others = sensor.noise;
  const auto same_gain = [&](const NoiseProfile& profile) {
    return profile.gain == calibration.profile.gain;
  };
  others.erase(std::remove_if(others.begin(), others.end(), same_gain), others.end());
  if (filter != ColourFilter::kNone && sensor.colour_filter != ColourFilter::kNone &&
      filter != sensor.colour_filter)
    return Contradiction(camera, "the rig's colour filter is another one");
  const int white = sensor.white_level.value_or(LargestDn(sensor.pixel_format));
  // Profiles of other gains are about the levels that stand in the rig.
  if (!others.empty() &&
      (sensor.black_level != calibration.black_level_dn || white != calibration.white_level_dn)) {
    return Contradiction(camera,
                         "black and white level are " + std::to_string(calibration.black_level_dn) +
                             " and " + std::to_string(calibration.white_level_dn) +
                             " DN here, and the noise at other gains is about " +
                             std::to_string(sensor.black_level) + " and " + std::to_string(white));
  }
  if (calibration.white_level_dn > LargestDn(sensor.pixel_format)) {
    if (sensor.pixel_format != PixelFormat::kMono8)
      return Contradiction(camera, "the rig's pixel format ends below the white level of " +
                                       std::to_string(calibration.white_level_dn) + " DN");
    sensor.pixel_format = FormatFor(calibration.white_level_dn);
  }
  sensor.black_level = calibration.black_level_dn;
  sensor.white_level = calibration.white_level_dn;
  if (filter != ColourFilter::kNone) sensor.colour_filter = filter;
  others.push_back(calibration.profile);
  std::sort(others.begin(), others.end(),
            [](const NoiseProfile& a, const NoiseProfile& b) { return a.gain < b.gain; });
  sensor.noise = std::move(others);
  return {};
}

void AddDefects(const NoiseCalibration& calibration, CameraSensor& sensor) {
  for (const DefectivePixel& pixel : calibration.defective_pixels)
    if (pixel.kind != DefectivePixel::Kind::kResponse)
      sensor.defective_pixels.push_back({pixel.x, pixel.y});
  SortRowByRow(sensor.defective_pixels);
}

bool IsNoiseKeys(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string title;
  return std::getline(stream, title) && title == kKeysTitle;
}

std::string NoiseKeysText(const NoiseCalibration& calibration, ColourFilter filter) {
  RigCamera camera;
  camera.sensor.pixel_format = FormatFor(calibration.white_level_dn);
  camera.sensor.colour_filter = filter;
  camera.sensor.black_level = calibration.black_level_dn;
  camera.sensor.white_level = calibration.white_level_dn;
  camera.sensor.noise = {calibration.profile};
  AddDefects(calibration, camera.sensor);
  std::string text = std::string(kKeysTitle) + '\n';
  for (const std::string& line : SampleLines(camera)) text += line + '\n';
  return text;
}

}  // namespace nightjar
