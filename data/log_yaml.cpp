// SPDX-License-Identifier: Apache-2.0
#include "data/log_yaml.h"

#include <algorithm>
#include <string>

#include "calibration/yaml_document.h"

namespace nightjar {
namespace {

constexpr size_t kLongestSource = 200;    // bytes
constexpr size_t kLongestCommand = 8000;  // idem

std::string KnownClocks() {
  std::string words;
  for (const std::string_view clock : kLogClocks)
    words += (words.empty() ? "" : ", ") + std::string(clock);
  return words;
}

void CheckVersion(const YamlDocument& yaml) {
  const std::string version = std::to_string(kSensorLogVersion);
  const YAML::Node node = yaml.Get(yaml.root(), "version");
  const std::string text = yaml.Text(node, "version");
  if (text != version) {
    yaml.Throw(node, "version " + text + " of the format is unknown",
               "this program reads version " + version);
  }
}

// One line of at most so many bytes; empty where it is not there.
std::string Line(const YamlDocument& yaml, const char* key, size_t longest, const char* advice) {
  const YAML::Node node = yaml.Find(yaml.root(), key);
  if (!node.IsDefined()) return {};
  std::string text = yaml.Text(node, key);
  if (text.size() > longest || text.find_first_of("\r\n") != std::string::npos) {
    yaml.Throw(node,
               std::string(key) + " is not one line of up to " + std::to_string(longest) + " bytes",
               advice);
  }
  return text;
}

LogDescription Parse(const YamlDocument& yaml) {
  const YAML::Node& root = yaml.root();
  CheckVersion(yaml);  // first: of another version the keys may well be others
  yaml.ExpectOnlyKeys(root, {"version", "clock", "device_frame", "source", "command"});
  LogDescription description;
  if (const YAML::Node clock = yaml.Find(root, "clock"); clock.IsDefined()) {
    description.clock = yaml.Text(clock, "clock");
    if (std::find(kLogClocks.begin(), kLogClocks.end(), description.clock) == kLogClocks.end())
      yaml.Throw(clock, "clock is '" + description.clock + "'", "known are " + KnownClocks());
  }
  if (const YAML::Node frame = yaml.Find(root, "device_frame"); frame.IsDefined()) {
    const std::string name = yaml.Text(frame, "device_frame");
    if (name != description.device_frame)
      yaml.Throw(frame, "device_frame is '" + name + "'", "version 1 has imu0 only");
  }
  description.source = Line(yaml, "source", kLongestSource, "say in short what made the log");
  description.command = Line(yaml, "command", kLongestCommand, "give what makes the log again");
  return description;
}

}  // namespace

Result<LogDescription> ReadLogYaml(const std::filesystem::path& file) {
  return ReadYamlFile(file, "see docs/formats/sensor-log.md for what belongs here", &Parse);
}

}  // namespace nightjar
