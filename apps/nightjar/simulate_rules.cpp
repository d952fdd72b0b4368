// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/simulate_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace nightjar {
namespace {

// What has a say with --frames; --events says what it does anyway.
const std::set<std::string> kOfFrames = {"--output",
                                         "--frames",
                                         "--trajectory",
                                         "--begin",
                                         "--end",
                                         "--lux",
                                         "--gamma",
                                         "--floor",
                                         "--events",
                                         "--seed",
                                         "--event-threshold-on",
                                         "--event-threshold-off",
                                         "--threads",
                                         "--json",
                                         "--event-bandwidth-hz",
                                         "--help"};

// Options that change nothing beside one that takes away what they are about.
struct Useless {
  const char* with;
  std::vector<const char*> options;
};
const Useless kUseless[] = {
    {"--imu-only",
     {"--tracks-only", "--events", "--depth", "--rig", "--rolling-shutter-us", "--time-offset-ms",
      "--moving", "--lux", "--exposure-us", "--gain", "--flicker", "--flicker-hz", "--textures",
      "--event-threshold-on", "--event-threshold-off", "--event-bandwidth-hz", "--pixel-noise",
      "--outliers"}},
    {"--tracks-only",
     {"--events", "--depth", "--lux", "--exposure-us", "--gain", "--flicker", "--flicker-hz",
      "--textures", "--event-threshold-on", "--event-threshold-off", "--event-bandwidth-hz"}},
    {"--trajectory", {"--motion"}},
    {"--rig-file", {"--rig", "--rolling-shutter-us", "--time-offset-ms"}},
    {"--imu", {"--imu-scale-ppm", "--imu-misalignment-mrad", "--imu-noise"}}};

// Options that say something of another one only.
struct Needs {
  const char* needed;
  const char* hint;
  std::vector<const char*> options;
};
const Needs kNeeds[] = {
    {"--trajectory", "give --trajectory, too", {"--imu"}},
    {"--tracks-only", "give --tracks-only, too", {"--pixel-noise", "--outliers"}},
    {"--events",
     "give --events or --frames, too",
     {"--event-threshold-on", "--event-threshold-off", "--event-bandwidth-hz"}},
    {"--flicker", "give --flicker, too: how deep it is", {"--flicker-hz"}},
    {"--frames", "give --frames, too", {"--gamma", "--floor", "--begin", "--end"}}};

bool IsGiven(const CLI::App& command, const char* option) { return command.count(option) > 0; }

Status ChangesNothing(const std::string& option, const std::string& with) {
  return Fail(ErrorKind::kUsage, fmt::format("{} changes nothing with {}", option, with), {},
              "leave one of them out");
}

Status CheckWithFrames(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || kOfFrames.count(name) > 0) continue;
    return Fail(ErrorKind::kUsage, name + " says nothing of --frames", {}, "leave out one of them");
  }
  return {};
}

}  // namespace

Status CheckSimulateOptions(const CLI::App& command) {
  if (IsGiven(command, "--frames")) return CheckWithFrames(command);
  for (const Useless& useless : kUseless) {
    if (!IsGiven(command, useless.with)) continue;
    for (const char* option : useless.options) {
      if (IsGiven(command, option)) return ChangesNothing(option, useless.with);
    }
  }
  for (const Needs& needs : kNeeds) {
    if (IsGiven(command, needs.needed)) continue;
    for (const char* option : needs.options) {
      if (!IsGiven(command, option)) continue;
      return Fail(ErrorKind::kUsage,
                  fmt::format("{} changes nothing without {}", option, needs.needed), {},
                  needs.hint);
    }
  }
  if (IsGiven(command, "--flicker-hz") && command["--flicker"]->as<double>() == 0)
    return ChangesNothing("--flicker-hz", "--flicker 0");
  if (IsGiven(command, "--imu") && IsGiven(command, "--imu-only") && IsGiven(command, "--seed"))
    return ChangesNothing("--seed", "--imu and --imu-only");
  return {};
}

}  // namespace nightjar
