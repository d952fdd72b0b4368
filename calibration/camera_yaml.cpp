// SPDX-License-Identifier: Apache-2.0
#include "calibration/camera_yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calibration/make_camera_model.h"

namespace nightjar {
namespace {

// The word of a value in files. The first of several words for one value is the one written.
template <typename T>
struct Word {
  std::string_view word;
  T value;
};

constexpr Word<PixelFormat> kPixelFormats[] = {
    {"mono8", PixelFormat::kMono8}, {"mono16", PixelFormat::kMono16},
    {"raw10", PixelFormat::kRaw10}, {"raw12", PixelFormat::kRaw12},
    {"raw14", PixelFormat::kRaw14}, {"raw16", PixelFormat::kRaw16}};
constexpr Word<ColourFilter> kColourFilters[] = {{"none", ColourFilter::kNone},
                                                 {"rggb", ColourFilter::kRggb},
                                                 {"bggr", ColourFilter::kBggr},
                                                 {"grbg", ColourFilter::kGrbg},
                                                 {"gbrg", ColourFilter::kGbrg}};
constexpr Word<StampReference> kStampReferences[] = {{"start", StampReference::kStart},
                                                     {"mid", StampReference::kMiddle},
                                                     {"middle", StampReference::kMiddle},
                                                     {"end", StampReference::kEnd}};

template <typename T, size_t kCount>
std::string_view WordOf(const Word<T> (&words)[kCount], T value) {
  for (const Word<T>& entry : words)
    if (entry.value == value) return entry.word;
  return {};
}

// Leaves `value` as it is where the key is missing.
template <typename T, size_t kCount>
void ReadWord(const YamlDocument& yaml, const YAML::Node& map, const std::string& key,
              const Word<T> (&words)[kCount], T& value) {
  const YAML::Node node = yaml.Find(map, key);
  if (!node.IsDefined()) return;
  const std::string text = yaml.Text(node, key);
  std::string known;
  for (const Word<T>& entry : words) {
    if (entry.word == text) {
      value = entry.value;
      return;
    }
    known += known.empty() ? "" : ", ";
    known += entry.word;
  }
  yaml.Throw(node, key + " is '" + text + "'", "known are " + known);
}

// One number for all channels, or a list of one or four.
std::vector<double> ReadChannels(const YamlDocument& yaml, const YAML::Node& profile,
                                 const std::string& key, ColourFilter filter) {
  const YAML::Node node = yaml.Get(profile, key);
  std::vector<double> values =
      node.IsScalar() ? std::vector<double>{yaml.Number(node, key)} : yaml.Numbers(node, key);
  // As isp/frame_checks.h has it: who uses it knows no line.
  constexpr double kMost = 1000;
  const bool is_offset = key == "offset";
  for (double value : values) {
    if (!(value >= 0)) yaml.Throw(node, key + " of noise_profile is negative");
    if (value > kMost) yaml.Throw(node, key + " of noise_profile is above 1000");
    if (is_offset && value == 0)
      yaml.Throw(node, "offset of noise_profile is 0", "every sensor has read noise");
  }
  if (values.size() != 1 && (values.size() != 4 || filter == ColourFilter::kNone)) {
    yaml.Throw(node, key + " of noise_profile has " + std::to_string(values.size()) + " values",
               "give one, or four in the order of the colour filter's tile");
  }
  return values;
}

std::vector<NoiseProfile> ReadNoise(const YamlDocument& yaml, const YAML::Node& node,
                                    ColourFilter filter) {
  if (!node.IsSequence())
    yaml.Throw(node, "noise_profile is not a list", "give one {gain, scale, offset} per gain");
  std::vector<NoiseProfile> profiles;
  for (const YAML::Node& item : node) {
    yaml.ExpectMap(item, "an entry of noise_profile");
    yaml.ExpectOnlyKeys(item, {"gain", "scale", "offset"});
    NoiseProfile profile;
    profile.gain = yaml.Positive(yaml.Get(item, "gain"), "gain of noise_profile");
    const std::vector<double> scale = ReadChannels(yaml, item, "scale", filter);
    const std::vector<double> offset = ReadChannels(yaml, item, "offset", filter);
    if (scale.size() != offset.size())
      yaml.Throw(item, "scale and offset of noise_profile have different numbers of values");
    for (size_t i = 0; i < scale.size(); ++i) profile.channels.push_back({scale[i], offset[i]});
    if (!profiles.empty() && !(profile.gain > profiles.back().gain))
      yaml.Throw(item, "the gains of noise_profile do not rise", "sort its entries by gain");
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

std::vector<PixelPosition> ReadPixels(const YamlDocument& yaml, const YAML::Node& node,
                                      const RigCamera& camera) {
  if (!node.IsSequence())
    yaml.Throw(node, "defective_pixels is not a list", "give [[x, y], [x, y], ...]");
  std::vector<PixelPosition> pixels;
  for (const YAML::Node& item : node) {
    if (!item.IsSequence() || item.size() != 2)
      yaml.Throw(item, "an entry of defective_pixels is not [x, y]");
    pixels.push_back({yaml.WholeNumber(item[0], "x of defective_pixels", 0, camera.width - 1),
                      yaml.WholeNumber(item[1], "y of defective_pixels", 0, camera.height - 1)});
  }
  SortRowByRow(pixels);
  return pixels;
}

LensShading ReadShading(const YamlDocument& yaml, const YAML::Node& node) {
  LensShading shading;
  const std::vector<double> values = yaml.Numbers(node, "lens_shading", shading.size());
  std::copy(values.begin(), values.end(), shading.begin());
  if (!IsLensShading(shading))
    yaml.Throw(node, "lens_shading is not three numbers from -10 to 10 that leave light everywhere",
               "give [a, b, c] of 1 + r2 (a + r2 (b + r2 c)), r2 = 1 in the corners");
  return shading;
}

std::string PixelsText(const std::vector<PixelPosition>& pixels) {
  std::vector<std::string> texts;
  texts.reserve(pixels.size());
  for (const auto& [x, y] : pixels) texts.push_back(fmt::format("[{}, {}]", x, y));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string ChannelsText(const NoiseProfile& profile, double NoiseProfile::Channel::*member) {
  std::vector<double> values;
  for (const NoiseProfile::Channel& channel : profile.channels) values.push_back(channel.*member);
  return ListText(values);
}

}  // namespace

Resolution ReadResolution(const YamlDocument& yaml, const YAML::Node& camera) {
  const YAML::Node node = yaml.Get(camera, "resolution");
  const std::vector<double> values = yaml.Numbers(node, "resolution");
  if (values.size() != 2)
    yaml.Throw(node, "resolution does not have 2 values", "give [width, height]");
  for (double value : values) {
    if (value != std::floor(value) || !(value >= kMinImageSide && value <= kMaxImageSide)) {
      yaml.Throw(node, "resolution is not two whole numbers from " + std::to_string(kMinImageSide) +
                           " to " + std::to_string(kMaxImageSide));
    }
  }
  return {static_cast<int>(values[0]), static_cast<int>(values[1])};
}

std::shared_ptr<const CameraModel> ReadModel(const YamlDocument& yaml, const YAML::Node& camera,
                                             const YAML::Node& name_node, const std::string& name,
                                             const std::string& distortion_key) {
  const YAML::Node intrinsics_node = yaml.Get(camera, "intrinsics");
  const std::vector<double> intrinsics = yaml.Numbers(intrinsics_node, "intrinsics");
  // Each half is checked by itself first: an error must name the line of the key that is wrong.
  if (auto model = MakeCameraModel("none", intrinsics, {}); !model)
    yaml.Throw(intrinsics_node, model.error().what, model.error().remedy);
  if (!IsCameraModelName(name)) {
    const Error error = MakeCameraModel(name, intrinsics, {}).error();
    yaml.Throw(name_node, error.what, error.remedy);
  }
  std::vector<double> distortion;
  const YAML::Node distortion_node = yaml.Find(camera, distortion_key);
  if (distortion_node.IsDefined()) {
    distortion = yaml.Numbers(distortion_node, distortion_key);
  } else if (!MakeCameraModel(name, intrinsics, {})) {
    yaml.Get(camera, distortion_key);  // says that it is missing
  }
  auto model = MakeCameraModel(name, intrinsics, distortion);
  if (!model) yaml.Throw(distortion_node, model.error().what, model.error().remedy);
  return *std::move(model);
}

double ReadRate(const YamlDocument& yaml, const YAML::Node& sensor) {
  const YAML::Node node = yaml.Find(sensor, "rate_hz");
  return node.IsDefined() ? yaml.NotNegative(node, "rate_hz") : 0;
}

double ReadOrZero(const YamlDocument& yaml, const YAML::Node& sensor, const std::string& key) {
  const YAML::Node node = yaml.Find(sensor, key);
  return node.IsDefined() ? yaml.Number(node, key) : 0;
}

void ReadSampleKeys(const YamlDocument& yaml, const YAML::Node& node, RigCamera& camera) {
  camera.time_offset_s = ReadOrZero(yaml, node, "time_offset_s");
  if (const YAML::Node readout = yaml.Find(node, "readout_s"); readout.IsDefined())
    camera.readout_s = yaml.NotNegative(readout, "readout_s");
  CameraSensor& sensor = camera.sensor;
  ReadWord(yaml, node, "pixel_format", kPixelFormats, sensor.pixel_format);
  ReadWord(yaml, node, "cfa", kColourFilters, sensor.colour_filter);
  ReadWord(yaml, node, "timestamp_reference", kStampReferences, sensor.stamp_reference);
  const int largest = LargestDn(sensor.pixel_format);
  if (const YAML::Node black = yaml.Find(node, "black_level"); black.IsDefined())
    sensor.black_level = yaml.WholeNumber(black, "black_level", 0, largest - 1);
  if (const YAML::Node white = yaml.Find(node, "white_level"); white.IsDefined())
    sensor.white_level = yaml.WholeNumber(white, "white_level", sensor.black_level + 1, largest);
  if (const YAML::Node noise = yaml.Find(node, "noise_profile"); noise.IsDefined())
    sensor.noise = ReadNoise(yaml, noise, sensor.colour_filter);
  if (const YAML::Node pixels = yaml.Find(node, "defective_pixels"); pixels.IsDefined())
    sensor.defective_pixels = ReadPixels(yaml, pixels, camera);
  if (const YAML::Node shading = yaml.Find(node, "lens_shading"); shading.IsDefined())
    sensor.lens_shading = ReadShading(yaml, shading);
}

std::vector<std::string> SampleLines(const RigCamera& camera) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view key, std::string_view value) {
    lines.push_back(fmt::format("{}: {}", key, value));
  };
  const CameraSensor& sensor = camera.sensor;
  const CameraSensor plain;
  if (camera.time_offset_s != 0) add("time_offset_s", NumberText(camera.time_offset_s));
  if (camera.readout_s != 0) add("readout_s", NumberText(camera.readout_s));
  if (sensor.pixel_format != plain.pixel_format)
    add("pixel_format", WordOf(kPixelFormats, sensor.pixel_format));
  if (sensor.colour_filter != plain.colour_filter)
    add("cfa", WordOf(kColourFilters, sensor.colour_filter));
  if (sensor.black_level != 0) add("black_level", std::to_string(sensor.black_level));
  if (sensor.white_level) add("white_level", std::to_string(*sensor.white_level));
  if (sensor.stamp_reference != plain.stamp_reference)
    add("timestamp_reference", WordOf(kStampReferences, sensor.stamp_reference));
  if (sensor.lens_shading != plain.lens_shading)
    add("lens_shading", ListText({sensor.lens_shading.begin(), sensor.lens_shading.end()}));
  if (!sensor.defective_pixels.empty())
    add("defective_pixels", PixelsText(sensor.defective_pixels));
  if (sensor.noise.empty()) return lines;
  lines.push_back("noise_profile:");
  for (const NoiseProfile& profile : sensor.noise) {
    lines.push_back(fmt::format("  - {{gain: {}, scale: {}, offset: {}}}", NumberText(profile.gain),
                                ChannelsText(profile, &NoiseProfile::Channel::scale),
                                ChannelsText(profile, &NoiseProfile::Channel::offset)));
  }
  return lines;
}

std::string NumberText(double value) { return fmt::format("{}", value); }

std::string ListText(const std::vector<double>& values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

}  // namespace nightjar
