// SPDX-License-Identifier: Apache-2.0
#include "bench/accuracy/development_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "apps/pipeline/config.h"
#include "apps/pipeline/measurement_stream.h"
#include "apps/pipeline/nightjar/pipeline.h"
#include "apps/pipeline/simulate.h"
#include "data/trajectory_file.h"
#include "spatial/track_precision.h"

namespace nightjar {
namespace {

using Json = nlohmann::json;

struct Setting {
  const char* name;
  const char* config;
};
constexpr Setting kSettings[] = {{"off", "development: {front: false}\n"},
                                 {"front", "development: {front: true}\n"},
                                 {"spatial", "development: {spatial: true}\n"},
                                 {"temporal", "development: {temporal: true}\n"},
                                 {"all", "development: {spatial: true, temporal: true}\n"}};

struct Case {
  double lux;
  HeadMotion motion;
  int seed;
};

Json ToJson(const DevelopmentScore& score) {
  return {{"setting", score.setting},
          {"lux", score.lux},
          {"motion", score.motion},
          {"seed", score.seed},
          {"lost", score.lost},
          {"coverage", score.coverage},
          {"causal_mm", score.causal_mm},
          {"final_mm", score.final_mm},
          {"nees_position", score.nees_position},
          {"tracks_per_frame", score.tracks_per_frame},
          {"frames_per_track", score.frames_per_track},
          {"within_pixel", score.within_pixel}};
}

DevelopmentScore FromJson(const Json& json) {
  return {json.at("setting"),
          json.at("lux"),
          json.at("motion"),
          json.at("seed"),
          json.at("lost"),
          json.at("coverage"),
          json.at("causal_mm"),
          json.at("final_mm"),
          json.at("nees_position").is_null() ? NAN : json.at("nees_position").get<double>(),
          json.at("tracks_per_frame"),
          json.at("frames_per_track"),
          json.at("within_pixel")};
}

std::vector<DevelopmentScore> Known(const std::filesystem::path& file) {
  std::vector<DevelopmentScore> known;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_object()) known.push_back(FromJson(json));  // a run may have been cut in a line
  }
  return known;
}

Status Simulated(const DevelopmentStudy& study, const Case& one, const std::filesystem::path& log) {
  SimulateOptions options;
  options.simulation.motion = one.motion;
  options.simulation.seconds = study.seconds;
  options.simulation.lux = one.lux;
  options.simulation.seed = static_cast<uint64_t>(one.seed);
  options.log = log;
  const auto made = Simulate(options);
  if (!made) return tl::unexpected(made.error());
  return {};
}

Status Follow(const std::filesystem::path& log_folder, const std::filesystem::path& config_file,
              DevelopmentScore& score) {
  const auto config = ReadConfig(config_file);
  if (!config) return tl::unexpected(config.error());
  const auto log = OpenSensorLog(log_folder);
  if (!log) return tl::unexpected(log.error());
  const auto truth = ReadTrajectoryFile(*(*log)->truth());
  if (!truth) return tl::unexpected(truth.error());
  FrontEnd front_end((*log)->rig(), config->development, config->tracker);
  std::vector<FrameObservations> frames;
  const auto take = [&frames](const Measurement& measurement) {
    if (const auto* frame = std::get_if<FrameObservations>(&measurement)) frames.push_back(*frame);
  };
  if (Status status = StreamMeasurements(**log, front_end, 2, take); !status) return status;
  const TrackPrecision precision = MeasureTracks((*log)->rig(), frames, *truth);
  score.tracks_per_frame = precision.tracks_per_frame;
  score.frames_per_track = precision.frames_per_track;
  score.within_pixel = precision.within_pixel;
  return {};
}

void Locate(const std::filesystem::path& log, const std::filesystem::path& config,
            const std::filesystem::path& session, DevelopmentScore& score) {
  constexpr double kLeastCoverage = 0.5;
  ProcessOptions options;
  options.log = log;
  options.session = session;
  options.config = config;
  score.lost = true;
  const auto processed = ProcessLog(options);
  if (!processed) return;
  score.coverage = processed->coverage;
  const auto evaluated = EvaluateSession(session, *processed->truth);
  if (!evaluated || !evaluated->final) return;
  score.causal_mm = 1e3 * evaluated->causal.ate_rmse_m;
  score.final_mm = 1e3 * evaluated->final->ate_rmse_m;
  if (evaluated->consistency) score.nees_position = evaluated->consistency->position;
  score.lost = score.coverage < kLeastCoverage;
}

/// Of logs of this length, by this build of the program.
std::string ResultsName(double seconds) {
  std::error_code error;
  const auto built = std::filesystem::last_write_time("/proc/self/exe", error);
  return fmt::format("results_{:g}s_{:x}.jsonl", seconds, built.time_since_epoch().count());
}

double Quantile(std::vector<double> values, double part) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  const double at = part * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

std::string Quartiles(const std::vector<double>& values) {
  return fmt::format("{:.1f} ({:.1f} to {:.1f})", Quantile(values, 0.5), Quantile(values, 0.25),
                     Quantile(values, 0.75));
}

using Group = std::vector<DevelopmentScore>;

std::vector<double> Values(const Group& group, double DevelopmentScore::*member) {
  std::vector<double> values;
  for (const DevelopmentScore& score : group)
    if (!score.lost && std::isfinite(score.*member)) values.push_back(score.*member);
  return values;
}

std::string Row(double lux, const std::string& setting, const Group& group) {
  const auto lost = std::count_if(group.begin(), group.end(),
                                  [](const DevelopmentScore& score) { return score.lost; });
  const auto median = [&](double DevelopmentScore::*member) {
    return Quantile(Values(group, member), 0.5);
  };
  return fmt::format(
      "| {:g} | {} | {:.0f} | {:.0f} | {:.0f} % | {} | {} | {:.1f} | {:.0f} % | {} of {} |\n", lux,
      setting, median(&DevelopmentScore::tracks_per_frame),
      median(&DevelopmentScore::frames_per_track), 100 * median(&DevelopmentScore::within_pixel),
      Quartiles(Values(group, &DevelopmentScore::causal_mm)),
      Quartiles(Values(group, &DevelopmentScore::final_mm)),
      median(&DevelopmentScore::nees_position), 100 * median(&DevelopmentScore::coverage), lost,
      group.size());
}

/// Ratios of the final error to that of the same motion and seed in another light.
std::vector<double> Paired(const Group& group, const Group& reference) {
  std::map<std::pair<std::string, int>, double> by_log;
  for (const DevelopmentScore& score : reference)
    if (!score.lost) by_log[{score.motion, score.seed}] = score.final_mm;
  std::vector<double> ratios;
  for (const DevelopmentScore& score : group) {
    const auto found = by_log.find({score.motion, score.seed});
    if (!score.lost && found != by_log.end()) ratios.push_back(score.final_mm / found->second);
  }
  return ratios;
}

}  // namespace

Result<std::vector<DevelopmentScore>> Run(const DevelopmentStudy& study) {
  std::error_code error;
  std::filesystem::create_directories(study.work, error);
  const std::filesystem::path results = study.work / ResultsName(study.seconds);
  std::vector<DevelopmentScore> scores = Known(results);
  std::set<std::tuple<std::string, double, std::string, int>> done;
  for (const DevelopmentScore& score : scores)
    done.emplace(score.setting, score.lux, score.motion, score.seed);
  std::ofstream out(results, std::ios::app);
  const std::filesystem::path log = study.work / "log", session = study.work / "session";
  const std::filesystem::path config = study.work / "config.yaml";
  for (int seed = 1; seed <= study.seeds; ++seed) {
    for (const double lux : study.lux) {
      for (const HeadMotion motion : study.motions) {
        const Case one = {lux, motion, seed};
        bool made = false;
        for (const Setting& setting : kSettings) {
          if (done.contains({setting.name, lux, NameOf(motion), seed})) continue;
          if (!made) {
            if (Status status = Simulated(study, one, log); !status)
              return tl::unexpected(status.error());
            made = true;
          }
          std::ofstream(config) << setting.config;
          DevelopmentScore score;
          score.setting = setting.name;
          score.lux = lux;
          score.motion = NameOf(motion);
          score.seed = seed;
          if (Status status = Follow(log, config, score); !status)
            return tl::unexpected(status.error());
          Locate(log, config, session, score);
          out << ToJson(score).dump() << std::endl;
          if (study.progress) study.progress(ToJson(score).dump());
          scores.push_back(std::move(score));
        }
        std::filesystem::remove_all(log, error);
        std::filesystem::remove_all(session, error);
      }
    }
  }
  return scores;
}

std::string Markdown(const std::vector<DevelopmentScore>& scores) {
  std::map<std::pair<double, std::string>, Group> groups;
  double brightest = 0;
  for (const DevelopmentScore& score : scores) {
    groups[{-score.lux, score.setting}].push_back(score);
    brightest = std::max(brightest, score.lux);
  }
  std::string table =
      "| lux | stages | tracks per frame | frames per track | within 1 px | causal ATE, mm | final "
      "ATE, mm | NEES | usable | lost |\n|---|---|---|---|---|---|---|---|---|---|\n";
  std::string ratios = "\n| lux | stages | final ATE to that at " + fmt::format("{:g}", brightest) +
                       " lux, same motion and seed |\n|---|---|---|\n";
  std::set<double> lights;
  for (const DevelopmentScore& score : scores) lights.insert(-score.lux);
  for (const double light : lights) {
    for (const Setting& setting : kSettings) {
      const auto group = groups.find({light, setting.name});
      if (group == groups.end()) continue;
      table += Row(-light, setting.name, group->second);
      const auto reference = groups.find({-brightest, setting.name});
      if (-light == brightest || reference == groups.end()) continue;
      ratios += fmt::format("| {:g} | {} | {} |\n", -light, setting.name,
                            Quartiles(Paired(group->second, reference->second)));
    }
  }
  return table + ratios;
}

}  // namespace nightjar
