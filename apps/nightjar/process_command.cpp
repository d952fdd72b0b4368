// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/interruption.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/process.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const ProcessOptions& options, const ProcessSummary& summary) {
  const double real_time_factor = summary.wall_s > 0 ? summary.log_s / summary.wall_s : 0;
  std::string text = fmt::format(
      "frames      {}, {} usable ({:.1f} %)\npath        {:.2f} m in {:.2f} s\nkeyframes   "
      "{}\nlandmarks   {}\n"
      "time        {:.2f} s, {:.2f} x real time\n",
      summary.frames, summary.frames_used, 100 * summary.coverage, summary.length_m, summary.log_s,
      summary.keyframes, summary.landmarks, summary.wall_s, real_time_factor);
  if (const auto& depth = summary.depth) {
    text += fmt::format(
        "depth       from {}, of {} of {} keyframes, {:.1f} % known, median sigma {:.2f} %\n",
        depth->source, depth->keyframes, summary.keyframes, 100 * depth->density,
        100 * depth->relative_sigma);
  }
  for (const std::string& warning : summary.warnings) text += "warning     " + warning + '\n';
  if (summary.truth) text += "truth       " + summary.truth->string() + '\n';
  return text + "session     " + options.session.string() + '\n';
}

Json ToJson(const std::optional<DepthSummary>& depth) {
  if (!depth) return nullptr;
  return {{"source", depth->source},
          {"keyframes", depth->keyframes},
          {"density", depth->density},
          {"median_relative_sigma", depth->relative_sigma}};
}

Json ToJson(const ProcessOptions& options, const ProcessSummary& summary) {
  return {{"session", options.session.string()},
          {"frames", summary.frames},
          {"frames_used", summary.frames_used},
          {"coverage", summary.coverage},
          {"length_m", summary.length_m},
          {"keyframes", summary.keyframes},
          {"landmarks", summary.landmarks},
          {"log_s", summary.log_s},
          {"wall_s", summary.wall_s},
          {"real_time_factor",
           summary.wall_s > 0 ? Json(summary.log_s / summary.wall_s) : Json(nullptr)},
          {"depth", ToJson(summary.depth)},
          {"warnings", summary.warnings},
          {"truth", summary.truth ? Json(summary.truth->string()) : Json(nullptr)}};
}

int Run(ProcessOptions options, bool json) {
  ProgressLine line;
  Interruption interruption;
  options.progress = [&line, &interruption](const ProcessProgress& progress) {
    if (progress.stage == "writing") interruption.Hold();
    line.Show(fmt::format("{}: {} of {} frames", progress.stage, progress.frames_done,
                          progress.frames_total));
  };
  options.cancelled = [&interruption] { return interruption.requested(); };
  const Result<ProcessSummary> summary = Process(options);
  line.Clear();
  interruption.Release();
  if (!summary) return Report(summary.error());
  const std::string text =
      json ? ToJson(options, *summary).dump(2, ' ', false, Json::error_handler_t::replace) + '\n'
           : Text(options, *summary);
  return Print(text);
}

}  // namespace

void AddProcessCommand(CLI::App& app, RunCommand& run) {
  auto options = std::make_shared<ProcessOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "process", "A sensor log in, a session with trajectory, landmarks and health out");
  command->add_option("LOG", options->log, "sensor log folder, e.g. in EuRoC/ASL form")->required();
  command
      ->add_option("-o,--output", options->session,
                   "session folder to write; an earlier one, which nobody added to, is replaced")
      ->type_name("SESSION")
      ->required();
  command
      ->add_option("--profile", options->profile,
                   "edge: causal only; offline: adds the final solution")
      ->check(CLI::IsMember({"edge", "offline"}))
      ->capture_default_str();
  command->add_option("--cameras", options->cameras, "cameras to use, in this order; default: all")
      ->delimiter(',')
      ->type_name("CAM,CAM");
  command
      ->add_option("--rig", options->rig,
                   "calibration to use instead of the log's own: a rig.yaml or another tool's file")
      ->type_name("FILE");
  command
      ->add_option("--begin", options->begin_s, "begin here, in seconds from the log's first frame")
      ->type_name("S");
  command->add_option("--end", options->end_s, "end before here, idem")->type_name("S");
  command
      ->add_option("--threads", options->threads,
                   "worker threads; the result does not depend on it")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--config", options->config, "options that differ from their defaults, YAML")
      ->type_name("FILE");
  command->add_flag(
      "--events,!--no-events", options->events,
      "events as a second source of tracks, where the log has any; on unless told not to");
  command->add_flag(
      "--images,!--no-images", options->images,
      "developed pictures of the keyframes in the session; on unless told not to; edge has "
      "no keyframes");
  command
      ->add_option("--privacy", options->privacy,
                   "what of the surroundings the session holds: full, no-images, planes-only or "
                   "relative-only")
      ->check(CLI::IsMember({"full", "no-images", "planes-only", "relative-only"}))
      ->capture_default_str();
  command->add_flag("--depth", options->depth,
                    "depth of the keyframes, with its sigma, in the session: from the log's depth "
                    "sensor, else from two cameras, else from one that moves, which takes longest; "
                    "--config with depth: {source: sensor|stereo|motion} says which");
  command->add_flag("--json", *json, "print the summary as one JSON object");
  command->callback([&run, options, json, command] {
    const bool asks_for_images = command->count("--images") > 0 && options->images;
    run = [options, json, asks_for_images] {
      if (asks_for_images && options->profile == "edge") {
        return Report(Error{ErrorKind::kUsage, "has no effect with --profile edge", "--images",
                            "keyframes are made by --profile offline"});
      }
      if (asks_for_images && options->privacy != "full") {
        return Report(Error{ErrorKind::kUsage, "has no effect with --privacy " + options->privacy,
                            "--images", "leave one of the two out"});
      }
      return Run(*options, *json);
    };
  });
}

}  // namespace nightjar
