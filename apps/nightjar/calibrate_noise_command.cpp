// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/calibrate_noise.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;
using DefectKind = DefectivePixel::Kind;

const char* Name(LevelUse use) {
  switch (use) {
    case LevelUse::kUsed: return "used";
    case LevelUse::kSaturated: return "saturated";
    case LevelUse::kBlackClipped: return "black_clipped";
    case LevelUse::kBelowQuantisation: return "below_quantisation";
    case LevelUse::kNotStatic: return "not_static";
  }
  return "";
}

const char* Name(DefectKind kind) {
  switch (kind) {
    case DefectKind::kHot: return "hot";
    case DefectKind::kResponse: return "response";
    case DefectKind::kUnstable: return "unstable";
  }
  return "";
}

// Of the tile's places, row by row.
std::string ChannelName(ColourFilter filter, size_t channel) {
  static const std::map<ColourFilter, std::vector<std::string>> kNames = {
      {ColourFilter::kNone, {"all"}},
      {ColourFilter::kRggb, {"r", "gr", "gb", "b"}},
      {ColourFilter::kBggr, {"b", "gb", "gr", "r"}},
      {ColourFilter::kGrbg, {"gr", "r", "b", "gb"}},
      {ColourFilter::kGbrg, {"gb", "b", "r", "gr"}}};
  return kNames.at(filter)[channel];
}

void Put(Json& json, const std::string& key, const std::optional<Measured>& measured) {
  json[key] = measured ? Json(measured->value) : Json(nullptr);
  json[key + "_sigma"] = measured ? Json(measured->sigma) : Json(nullptr);
}

// `value(member)`: a number of one channel, or of all.
template <typename Value>
Json Parameters(const Value& value) {
  Json json;
  Put(json, "gain_dn_per_e", value(&ChannelNoise::gain_dn_per_e));
  Put(json, "dark_variance_dn2", value(&ChannelNoise::dark_variance_dn2));
  Put(json, "black_level_dn", value(&ChannelNoise::black_level_dn));
  Put(json, "dark_noise_e", value(&ChannelNoise::dark_noise_e));
  Put(json, "dark_current_e_per_s", value(&ChannelNoise::dark_current_e_per_s));
  Put(json, "saturation_dn", value(&ChannelNoise::saturation_dn));
  Put(json, "full_well_e", value(&ChannelNoise::full_well_e));
  Put(json, "noise_scale", value(&ChannelNoise::scale));
  Put(json, "noise_offset", value(&ChannelNoise::offset));
  return json;
}

Json LevelsJson(const NoiseAnswer& answer) {
  Json levels = Json::array();
  for (size_t i = 0; i < answer.levels.size(); ++i) {
    const PhotonTransferLevel& level = answer.levels[i];
    Json channels = Json::array();
    for (size_t c = 0; c < level.statistics.channels.size(); ++c) {
      const ChannelStatistics& channel = level.statistics.channels[c];
      channels.push_back({{"mean_dn", channel.mean_dn},
                          {"variance_dn2", channel.variance_dn2},
                          {"fixed_variance_dn2", channel.fixed_dn2},
                          {"pixels", channel.pixels},
                          {"use", Name(answer.calibration.channels[c].uses[i])}});
    }
    levels.push_back({{"name", level.name},
                      {"dark", level.is_dark},
                      {"exposure_s", level.exposure_s ? Json(*level.exposure_s) : Json(nullptr)},
                      {"frames", level.statistics.frames},
                      {"channels", std::move(channels)}});
  }
  return levels;
}

Json ToJson(const NoiseAnswer& answer) {
  const NoiseCalibration& calibration = answer.calibration;
  Json json =
      Parameters([&](auto member) { return std::optional(OverChannels(calibration, member)); });
  json["gain"] = answer.gain;
  json["black_level"] = calibration.black_level_dn;
  json["white_level"] = calibration.white_level_dn;
  Json channels = Json::array(), defects = Json::array();
  for (size_t c = 0; c < calibration.channels.size(); ++c) {
    const ChannelNoise& noise = calibration.channels[c];
    Json channel = {{"name", ChannelName(answer.colour_filter, c)}};
    channel.update(Parameters([&](auto member) { return std::optional(noise.*member); }));
    channel["chi2"] = noise.line.line.fit.chi2;
    channel["degrees_of_freedom"] = noise.line.line.fit.degrees_of_freedom;
    channel["largest_misfit"] = noise.largest_misfit;
    channels.push_back(std::move(channel));
  }
  for (const DefectivePixel& pixel : calibration.defective_pixels)
    defects.push_back({{"x", pixel.x}, {"y", pixel.y}, {"kind", Name(pixel.kind)}});
  json["channels"] = std::move(channels);
  json["levels"] = LevelsJson(answer);
  json["defective_pixels"] = std::move(defects);
  json["notes"] = answer.notes;
  return json;
}

std::string Row(const char* name, const std::optional<Measured>& measured, const char* unit) {
  if (!measured) return fmt::format("{:<14} not measured\n", name);
  if (measured->sigma == 0)
    return fmt::format("{:<14} {:.6g} {}, as given\n", name, measured->value, unit);
  return fmt::format("{:<14} {:.6g} +- {:.2g} {}\n", name, measured->value, measured->sigma, unit);
}

std::string ChannelText(const ChannelNoise& noise) {
  std::string text = Row("gain", noise.gain_dn_per_e, "DN/e-");
  text += Row("dark variance", noise.dark_variance_dn2, "DN^2, quantisation included");
  text += Row("dark noise", noise.dark_noise_e, "e-");
  text += Row("black level", noise.black_level_dn, "DN");
  text += Row("dark current", noise.dark_current_e_per_s, "e-/s");
  text += Row("saturation", noise.saturation_dn, "DN");
  text += Row("full well", noise.full_well_e, "e-");
  text += Row("noise scale", noise.scale, "of var(x) = scale x + offset");
  text += Row("noise offset", noise.offset, "");
  if (noise.line.line.fit.SigmaScale() > 1) {
    text += fmt::format(
        "{:<14} the noise is no straight line, by {:+.1f} % at worst; its sigma are {:.1f} times\n"
        "{:<14} those of the line (chi2 {:.1f} for {})\n",
        "note", 100 * noise.largest_misfit, noise.line.line.fit.SigmaScale(), "",
        noise.line.line.fit.chi2, noise.line.line.fit.degrees_of_freedom);
  }
  return text;
}

std::string LevelsText(const NoiseAnswer& answer) {
  std::string text = fmt::format("{:>12} {:>12} {:>7}\n", "mean [DN]", "var [DN^2]", "frames");
  for (size_t i = 0; i < answer.levels.size(); ++i) {
    const PhotonTransferLevel& level = answer.levels[i];
    for (size_t c = 0; c < level.statistics.channels.size(); ++c) {
      const ChannelStatistics& channel = level.statistics.channels[c];
      text += fmt::format(
          "{:>12.3f} {:>12.4f} {:>7}  {:<10} {}{} {}\n", channel.mean_dn, channel.variance_dn2,
          level.statistics.frames, Name(answer.calibration.channels[c].uses[i]),
          level.is_dark ? "dark " : "", ChannelName(answer.colour_filter, c), level.name);
    }
  }
  return text;
}

std::string Text(const NoiseAnswer& answer) {
  const NoiseCalibration& calibration = answer.calibration;
  std::string text = LevelsText(answer);
  for (size_t c = 0; c < calibration.channels.size(); ++c) {
    text += fmt::format("\nchannel        {}\n", ChannelName(answer.colour_filter, c));
    text += ChannelText(calibration.channels[c]);
  }
  std::map<DefectKind, int> counts;
  for (const DefectivePixel& pixel : calibration.defective_pixels) ++counts[pixel.kind];
  text += fmt::format("\n{:<14} {} to {} DN at gain {:g}\n", "profile", calibration.black_level_dn,
                      calibration.white_level_dn, answer.gain);
  text += fmt::format("{:<14} {} defective: {} hot, {} of deviating response, {} unstable\n",
                      "pixels", calibration.defective_pixels.size(), counts[DefectKind::kHot],
                      counts[DefectKind::kResponse], counts[DefectKind::kUnstable]);
  for (const std::string& note : answer.notes) text += fmt::format("{:<14} {}\n", "note", note);
  return text;
}

int Run(CalibrateNoiseOptions options, bool json) {
  ProgressLine line;
  options.progress = [&line](int64_t done, int64_t total) {
    line.Show(fmt::format("calibrating: {} of {} levels", done, total));
  };
  const Result<NoiseAnswer> answer = CalibrateNoiseFromFiles(options);
  line.Clear();
  if (!answer) return Report(answer.error());
  if (json)
    return Print(ToJson(*answer).dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
  std::string text = Text(*answer);
  if (!options.output.empty())
    text += fmt::format("{:<14} {}\n", "written", options.output.string());
  return Print(text);
}

void AddOptions(CLI::App& command, const std::shared_ptr<CalibrateNoiseOptions>& options) {
  static const std::map<std::string, ColourFilter> kFilters = {{"none", ColourFilter::kNone},
                                                               {"rggb", ColourFilter::kRggb},
                                                               {"bggr", ColourFilter::kBggr},
                                                               {"grbg", ColourFilter::kGrbg},
                                                               {"gbrg", ColourFilter::kGbrg}};
  command
      .add_option("IN", options->inputs,
                  "EMVA 1288 data file or its folder, a folder with one folder per level of light, "
                  "FITS files, or a camera of a log (LOG/cam0)")
      ->required();
  command.add_option("--dark", options->dark, "the same, of frames in the dark")->type_name("IN");
  command
      .add_option("--cfa", options->colour_filter,
                  "colour filter; where missing as the rig says, else none")
      ->transform(CLI::CheckedTransformer(kFilters))
      ->type_name("none|rggb|bggr|grbg|gbrg");
  command
      .add_option("--bits", options->bits,
                  "of the converter; where missing as the data file says, "
                  "else as the largest sample lets suppose")
      ->check(CLI::Range(8, 16));
  command
      .add_option("--black-level", options->black_level_dn,
                  "DN; where missing it is measured in the dark frames")
      ->type_name("DN");
  command
      .add_option("--white-level", options->white_level_dn,
                  "DN; where missing that at which samples were seen to saturate, else the largest "
                  "of the converter")
      ->type_name("DN");
  command.add_option("--gain", options->gain,
                     "linear gain of these frames; of logs with several gains the one to "
                     "calibrate; where missing as a log says, else 1");
  command
      .add_option(
          "-o,--output", options->output,
          "file to write: the rig with this camera's noise (a rig.yaml that is there "
          "already is updated); without a rig the keys of a camera, in place of earlier ones")
      ->type_name("FILE");
  command.add_option("--rig", options->rig, "the rig to put it into")->type_name("RIG_YAML");
  command.add_option("--camera", options->camera, "of the rig; may be missing when it has one")
      ->type_name("NAME");
}

}  // namespace

void AddCalibrateNoise(CLI::App& calibrate, RunCommand& run) {
  auto options = std::make_shared<CalibrateNoiseOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = calibrate.add_subcommand(
      "noise", "The noise of a sensor by photon transfer: frames at several levels of light");
  AddOptions(*command, options);
  command->add_flag("--json", *json, "print the answer as one JSON object");
  command->callback(
      [&run, options, json] { run = [options, json] { return Run(*options, *json); }; });
}

}  // namespace nightjar
