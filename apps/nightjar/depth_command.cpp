// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/nightjar/work_on_terminal.h"
#include "apps/pipeline/depth_pair.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

struct DepthLine {
  DepthPairOptions options;
  std::vector<double> noise;
  bool json = false;
};

std::vector<std::string> Written(const DepthPairOptions& options) {
  std::vector<std::string> files;
  for (const auto* file : {&options.output, &options.sigma, &options.view}) {
    if (!file->empty()) files.push_back(file->string());
  }
  return files;
}

int Run(DepthLine line) {
  DepthPairOptions& options = line.options;
  if (!line.noise.empty()) options.noise = {line.noise[0], line.noise[1]};
  const auto summary = WorkOnTerminal(
      "matching", [&](const WorkProgress& progress) { return MatchPair(options, progress); });
  if (!summary) return Report(summary.error());
  if (line.json) {
    Json json = {{"output", options.output.string()},
                 {"files", Written(options)},
                 {"width", summary->width},
                 {"height", summary->height},
                 {"disparities", options.stereo.disparities},
                 {"black_level_dn", summary->black},
                 {"white_level_dn", summary->white},
                 {"density", summary->density},
                 {"median_disparity_px", summary->median_disparity_px},
                 {"median_sigma_px", summary->median_sigma_px},
                 {"row_offset_px", nullptr},
                 {"warnings", summary->warnings}};
    if (summary->row_offset_px) json["row_offset_px"] = *summary->row_offset_px;
    return Print(json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
  }
  std::string text =
      fmt::format("{} x {} px, {:.1f} % matched; medians: disparity {:.2f} px, sigma {:.2f} px\n",
                  summary->width, summary->height, 100 * summary->density,
                  summary->median_disparity_px, summary->median_sigma_px);
  for (const std::string& warning : summary->warnings) text += "warning     " + warning + '\n';
  for (const std::string& file : Written(options)) text += "written     " + file + '\n';
  return Print(text);
}

void AddSensorOptions(CLI::App& command, DepthLine& line) {
  command
      .add_option("--noise-profile", line.noise,
                  "noise of the pictures as they are, not denoised: var(x) = S x + O, x = 0 at "
                  "black and 1 at white; where missing they are taken for clean")
      ->expected(2)
      ->delimiter(',')
      ->type_name("S,O");
  command
      .add_option("--black", line.options.black,
                  "black level; where missing as the files say, else 0")
      ->type_name("DN");
  command
      .add_option("--white", line.options.white,
                  "white level; where missing as the files say, else the largest of 8, 10, 12, 14 "
                  "or 16 bits; with --noise-profile it must be known")
      ->type_name("DN");
}

}  // namespace

void AddDepthCommand(CLI::App& app, RunCommand& run) {
  auto line = std::make_shared<DepthLine>();
  DepthPairOptions& options = line->options;
  CLI::App* command = app.add_subcommand("depth", "a rectified stereo pair to disparities");
  command
      ->add_option("--left", options.left,
                   "picture of the left camera, 16 x 16 px or more: grey PNG, TIFF or FITS of 8 or "
                   "16 bits, or a NumPy array (.npy) of uint8 or uint16")
      ->required()
      ->type_name("FILE");
  command->add_option("--right", options.right, "of the right camera, the same size")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("-o,--output", options.output,
                   "PFM to write: disparity of the left picture, px, rows from the bottom; +inf "
                   "where unknown")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--max-disparity", options.stereo.disparities,
                   "px, 8 to 256: disparities below this are looked for; what comes within 1 px of "
                   "the last of them is unknown, as what is nearer ends there")
      ->check(CLI::Range(8, 256).description(""))
      ->type_name("N")
      ->capture_default_str();
  AddSensorOptions(*command, *line);
  command->add_flag("--fill", options.fill,
                    "give what is unknown the smaller disparity of its row's neighbours; its sigma "
                    "stays +inf");
  command->add_option("--sigma", options.sigma, "expected error of every disparity, px, PFM")
      ->type_name("FILE");
  command->add_option("--view", options.view, "PNG to look at: near is red, far is blue")
      ->type_name("FILE");
  command
      ->add_option(
          "--memory", options.memory,
          "most memory for the sums of costs, 1 MiB to 1 TiB (160MB, 64MiB): pictures, costs and "
          "maps come on top; the result is the same. Where missing 96 MiB, or the least that is "
          "enough")
      ->transform(CLI::AsSizeValue(true).description(""))
      ->type_name("BYTES");
  command->add_option("--threads", options.threads, "1 to 256; the result is the same")
      ->check(CLI::Range(1, 256).description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", line->json, "print what was done as one JSON object");
  command->callback([&run, line] { run = [line] { return Run(*line); }; });
}

}  // namespace nightjar
