// SPDX-License-Identifier: Apache-2.0
#include "data/events/prophesee_header.h"

#include <array>
#include <charconv>

namespace nightjar {
namespace {

int ToInt(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && value > 0 && value <= 0x8000 ? value : 0;
}

std::string_view Field(const PropheseeHeader& header, std::string_view key) {
  const auto found = header.fields.find(key);
  return found == header.fields.end() ? std::string_view() : std::string_view(found->second);
}

// Headers before 2022 say no size: the sensors that had them, by the name of their plugin.
struct Sensor {
  std::string_view plugin;
  int width, height;
};
constexpr std::array<Sensor, 4> kSensors = {{{"hal_plugin_gen3", 640, 480},
                                             {"hal_plugin_gen4", 1280, 720},
                                             {"hal_plugin_imx636", 1280, 720},
                                             {"hal_plugin_genx320", 320, 320}}};

void FindSize(const PropheseeHeader& header, EventFileInfo& info) {
  info.width = ToInt(FormatOption(header, "width"));
  info.height = ToInt(FormatOption(header, "height"));
  if (info.width > 0 && info.height > 0) return;
  const std::string_view geometry = Field(header, "geometry");
  const size_t cross = geometry.find('x');
  if (cross != std::string_view::npos) {
    info.width = ToInt(geometry.substr(0, cross));
    info.height = ToInt(geometry.substr(cross + 1));
  } else {
    info.width = ToInt(Field(header, "Width"));
    info.height = ToInt(Field(header, "Height"));
  }
  if (info.width > 0 && info.height > 0) return;
  info.width = info.height = 0;
  for (const Sensor& sensor : kSensors) {
    if (Field(header, "plugin_name").substr(0, sensor.plugin.size()) == sensor.plugin) {
      info.width = sensor.width;
      info.height = sensor.height;
    }
  }
}

}  // namespace

PropheseeHeader ParsePropheseeHeader(std::string_view begin) {
  PropheseeHeader header;
  while (begin.substr(header.bytes, 2) == "% ") {
    const size_t end = begin.find('\n', header.bytes);
    if (end == std::string_view::npos) break;
    std::string_view line = begin.substr(header.bytes + 2, end - header.bytes - 2);
    header.bytes = end + 1;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    const size_t blank = std::min(line.find(' '), line.size());
    header.fields.emplace(line.substr(0, blank), line.substr(std::min(blank + 1, line.size())));
    if (line == "end") break;
  }
  return header;
}

EventFileInfo DescribePropheseeFile(const PropheseeHeader& header) {
  EventFileInfo info;
  const std::string_view evt = Field(header, "evt");
  const std::string_view format = Field(header, "format");
  const std::string_view name = format.substr(0, format.find(';'));
  if (evt == "2.0" || evt == "2" || name == "EVT2") {
    info.format = "evt2";
  } else if (evt == "2.1" || name == "EVT21") {
    info.format = "evt2.1";
  } else if (evt == "3.0" || evt == "3" || name == "EVT3") {
    info.format = "evt3";
  } else if (header.fields.count("Data") > 0 || header.fields.count("Version") > 0) {
    info.format = "dat";
  }
  FindSize(header, info);
  return info;
}

std::string_view FormatOption(const PropheseeHeader& header, std::string_view key) {
  std::string_view rest = Field(header, "format");
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view option = rest.substr(0, end);
    if (option.size() > key.size() && option.substr(0, key.size()) == key &&
        option[key.size()] == '=') {
      return option.substr(key.size() + 1);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace nightjar
