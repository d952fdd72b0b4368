// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/interruption.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/export_folder.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::filesystem::path session;
  std::filesystem::path out;
  std::string privacy = "full";
  ExportOptions options;
  bool json = false;
};

std::string Text(const Arguments& arguments, const ExportSummary& summary) {
  std::string text = fmt::format(
      "{}: {} · {} files, {} poses, {} points · reprojected {} times, at most {:.2g} px apart\n",
      arguments.out.string(), arguments.options.format, summary.files, summary.poses,
      summary.points, summary.projections, summary.worst_px);
  for (const std::string& note : summary.notes) text += "note: " + note + '\n';
  return text;
}

Json ToJson(const Arguments& arguments, const ExportSummary& summary) {
  return {{"output", arguments.out.string()}, {"to", arguments.options.format},
          {"privacy", arguments.privacy},     {"files", summary.files},
          {"poses", summary.poses},           {"points", summary.points},
          {"triangles", summary.triangles},   {"projections", summary.projections},
          {"worst_px", summary.worst_px},     {"notes", summary.notes}};
}

int Run(Arguments arguments) {
  const Result<Privacy> privacy = ParsePrivacy(arguments.privacy);
  if (!privacy) return Report(privacy.error());
  arguments.options.privacy = *privacy;
  // Asked for the first time before anything is on the disk.
  Interruption interruption;
  const auto cancelled = [&interruption] {
    interruption.Hold();
    return interruption.requested();
  };
  const Result<ExportSummary> summary =
      ExportFolder(arguments.session, arguments.out, arguments.options, cancelled);
  interruption.Release();
  if (!summary) return Report(summary.error());
  return Print(
      arguments.json
          ? ToJson(arguments, *summary).dump(2, ' ', false, Json::error_handler_t::replace) + '\n'
          : Text(arguments, *summary));
}

}  // namespace

void AddExportCommand(CLI::App& app, RunCommand& run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("export", "A session in the format of another tool, checked against ours");
  command
      ->add_option("SESSION", arguments->session,
                   "folder that 'nightjar process' wrote, or one of Project Aria's results")
      ->required();
  command->add_option("--to", arguments->options.format, "the format")
      ->check(CLI::IsMember(ExportFormatNames()))
      ->required();
  command
      ->add_option("-o,--output", arguments->out,
                   "folder to write (tum, ply: a file); an earlier export is replaced")
      ->type_name("OUT")
      ->required();
  command->add_flag("--aligned", arguments->options.aligned,
                    "x and y along the walls and the floor at z = 0, where the session knows them");
  command->add_flag("--images", arguments->options.images,
                    "hand on pictures and depth maps too, and not only where they were taken");
  command->add_flag("--mesh", arguments->options.mesh,
                    "ply: the surface that the session's depth maps make, and not its points");
  command
      ->add_option("--privacy", arguments->privacy,
                   "what is handed on: full, no-images, planes-only or relative-only")
      ->check(CLI::IsMember({"full", "no-images", "planes-only", "relative-only"}))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "print the summary as one JSON object");
  command->callback([&run, arguments] { run = [arguments] { return Run(*arguments); }; });
}

}  // namespace nightjar
