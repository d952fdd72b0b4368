// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/export_folder.h"
#include "spatial/context/context_text.h"
#include "spatial/context/messages.h"
#include "spatial/privacy.h"
#include "spatial/query/arguments.h"

namespace nightjar {
namespace {

struct ContextOptions {
  std::string session;
  std::string at;      // empty: the end
  std::string window;  // "A:B"; empty: from the first frame on
  int64_t max_bytes = 4096;
  bool json = false;
  bool messages = false;
  int64_t images = 0;
  bool embed = false;
  std::string privacy = "full";
};

// Seconds after the first frame ("12.5"), or a time of the log's clock ("1403636580838555648ns").
Result<SensorTime> ParseTime(const std::string& text, SensorTime first) {
  if (const auto time = TimeFromWord(text, first)) return *time;
  return Fail(ErrorKind::kUsage, "'" + text + "' is no time", {},
              "give seconds after the first frame, such as 12.5, or a time of the log's clock with "
              "its unit, such as 12500000000ns");
}

Result<ContextRequest> RequestOf(const ContextOptions& options, const Session& session) {
  const Trajectory& rows = session.closed_loop.empty() ? session.open_loop : session.closed_loop;
  ContextRequest request;
  if (rows.empty()) return request;
  const SensorTime first = rows.front().state.time;
  if (!options.at.empty()) {
    const Result<SensorTime> now = ParseTime(options.at, first);
    if (!now) return tl::unexpected(now.error());
    request.now = *now;
  }
  if (options.window.empty()) return request;
  const size_t colon = options.window.find(':');
  if (colon == std::string::npos)
    return Fail(ErrorKind::kUsage, "--window takes two times, A:B", {}, "give such as 2.5:10");
  const Result<SensorTime> begin = ParseTime(options.window.substr(0, colon), first);
  if (!begin) return tl::unexpected(begin.error());
  const Result<SensorTime> end = ParseTime(options.window.substr(colon + 1), first);
  if (!end) return tl::unexpected(end.error());
  request.begin = *begin;
  request.now = *end;
  return request;
}

Status Validate(const ContextOptions& options) {
  const auto wrong = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (options.max_bytes < 0) return wrong("--max-bytes must be 0 or above");
  if (options.images < 0) return wrong("--images must be 0 or above");
  if ((options.images > 0 || options.embed) && !options.messages)
    return wrong("--images and --embed belong to --messages");
  return {};
}

Result<std::string> Answer(const ContextOptions& options) {
  if (const Status valid = Validate(options); !valid) return tl::unexpected(valid.error());
  const Result<Privacy> privacy = ParsePrivacy(options.privacy);
  if (!privacy) return tl::unexpected(privacy.error());
  Result<Session> read = OpenSession(options.session);
  if (!read) return tl::unexpected(read.error());
  const Session session = WithPrivacy(*std::move(read), *privacy);
  const Result<ContextRequest> request = RequestOf(options, session);
  if (!request) return tl::unexpected(request.error());
  Result<ContextMoment> moment = ContextMoment::At(session, *request);
  if (!moment) {
    moment.error().where = options.session;
    return tl::unexpected(moment.error());
  }
  const auto budget = static_cast<size_t>(options.max_bytes);
  if (options.messages) {
    return ContextMessages(*moment, options.session,
                           {budget, static_cast<size_t>(options.images), options.embed});
  }
  const ContextParts parts(*moment);
  return options.json ? parts.JsonText(budget) : parts.Text(budget);
}

int Run(const ContextOptions& options) {
  const Result<std::string> answer = Answer(options);
  return answer ? Print(*answer) : Report(answer.error());
}

}  // namespace

void AddContextCommand(CLI::App& app, RunCommand& run) {
  auto options = std::make_shared<ContextOptions>();
  const CLI::Validator not_empty(
      [](const std::string& text) { return text.empty() ? "is empty: give a value" : ""; }, "");
  CLI::App* command = app.add_subcommand(
      "context", "What a model needs to know of where the wearer is, in a budget of bytes");
  command
      ->add_option("SESSION", options->session,
                   "folder that 'nightjar process' wrote, or one of Project Aria's results")
      ->required();
  auto* at = command
                 ->add_option("--at", options->at,
                              "the moment to speak of: seconds after the first frame, or a time "
                              "of the log's clock with its unit (12500000000ns); default: the end")
                 ->type_name("T")
                 ->check(not_empty);
  command
      ->add_option("--window", options->window,
                   "speak of the moment B and of the past from A on; both as of --at")
      ->type_name("A:B")
      ->check(not_empty)
      ->excludes(at);
  command
      ->add_option("--max-bytes", options->max_bytes,
                   "of the answer, its last line feed included; no tokenizer makes more tokens "
                   "than bytes")
      ->type_name("N")
      ->check(not_empty)
      ->capture_default_str();
  auto* json =
      command->add_flag("--json", options->json, "print one JSON object of the same parts");
  command
      ->add_flag("--messages", options->messages,
                 "print a JSON array of content parts for a chat: the text, then pictures with "
                 "captions")
      ->excludes(json);
  command
      ->add_option("--images", options->images,
                   "with --messages: up to N pictures, those that together see the most")
      ->type_name("N")
      ->check(not_empty)
      ->capture_default_str();
  command->add_flag("--embed", options->embed,
                    "with --images: the pictures themselves as data URLs, not their names");
  command
      ->add_option("--privacy", options->privacy,
                   "full, no-images, planes-only or relative-only: what is handed on")
      ->type_name("P")
      ->capture_default_str();
  command->callback([&run, options] { run = [options] { return Run(*options); }; });
}

}  // namespace nightjar
