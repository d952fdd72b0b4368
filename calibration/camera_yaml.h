// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/rig.h"
#include "calibration/yaml_document.h"

namespace nightjar {

// The keys of a camera that sensor.yaml, rig.yaml and Kalibr's files share.

inline constexpr int kMinImageSide = 16;     // px; in less there is no feature to follow
inline constexpr int kMaxImageSide = 16384;  // px; a larger resolution is taken for damage

struct Resolution {
  int width = 0;   // px, kMinImageSide .. kMaxImageSide
  int height = 0;  // px, idem
};

/// `resolution: [width, height]`.
Resolution ReadResolution(const YamlDocument& yaml, const YAML::Node& camera);

/// `intrinsics` and `distortion_key` (which may be missing for a model without) of a model whose
/// name was read from `name_node`.
std::shared_ptr<const CameraModel> ReadModel(
    const YamlDocument& yaml, const YAML::Node& camera, const YAML::Node& name_node,
    const std::string& name, const std::string& distortion_key = "distortion_coefficients");

/// `rate_hz`: >= 0; missing is 0, unknown.
double ReadRate(const YamlDocument& yaml, const YAML::Node& sensor);

/// A finite number that is 0 where it is missing.
double ReadOrZero(const YamlDocument& yaml, const YAML::Node& sensor, const std::string& key);

/// `time_offset_s`, `readout_s` and CameraSensor: `pixel_format`, `cfa`, `black_level`,
/// `white_level`, `noise_profile`, `timestamp_reference`, `defective_pixels` and `lens_shading`,
/// each of which may be missing. The camera's size is known already.
void ReadSampleKeys(const YamlDocument& yaml, const YAML::Node& node, RigCamera& camera);
/// The keys that it reads.
inline constexpr std::string_view kSampleKeys[] = {
    "time_offset_s",    "readout_s",   "pixel_format",  "cfa",
    "black_level",      "white_level", "noise_profile", "timestamp_reference",
    "defective_pixels", "lens_shading"};

/// What ReadSampleKeys reads, as lines "key: value"; what has its default is left out.
std::vector<std::string> SampleLines(const RigCamera& camera);

/// "[1, 0.25]", each number in the fewest digits that are read back bit for bit.
std::string ListText(const std::vector<double>& values);
std::string NumberText(double value);

}  // namespace nightjar
