// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/export_folder.h"
#include "spatial/query/questions.h"
#include "spatial/query/tool_server.h"

namespace nightjar {
namespace {

struct AskOptions {
  std::string session;
  std::vector<std::string> words;  // the verb and its arguments, or one JSON object
  bool serve = false;
  bool list = false;
};

int64_t ReadInput(char* buffer, size_t size) {
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, buffer, size);
    if (count >= 0 || errno != EINTR) return count;
  }
}

bool WriteOutput(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

int Serve(const Questions& questions) {
  std::signal(SIGPIPE, SIG_IGN);  // an assistant that has gone is a write that fails
  ToolServer server(questions);
  if (ServeLines(server, ReadInput, WriteOutput)) return 0;
  return Report({ErrorKind::kTryAgain, "the assistant can no longer be read from or written to",
                 "standard input or output", ""});
}

std::string ListOfVerbs() {
  std::string text;
  for (const Verb& verb : Questions::Verbs()) {
    text += verb.name;
    for (const Parameter& parameter : verb.parameters)
      text += std::string(parameter.required ? " " : " [") + parameter.name +
              (parameter.required ? "" : "]");
    text += std::string("\n    ") + verb.meaning + "\n";
  }
  return text;
}

Result<Json> Ask(const Questions& questions, const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0].find('{') != std::string::npos) {
    const Json request = Json::parse(words[0], nullptr, /*allow_exceptions=*/false);
    if (request.is_discarded()) return Fail(ErrorKind::kUsage, "the question is not JSON");
    return questions.Ask(request);
  }
  const Verb* verb = Questions::Find(words[0]);
  if (!verb) {
    return Fail(ErrorKind::kUsage, "there is no question '" + words[0] + "'", "",
                "see 'nightjar ask --list'");
  }
  const auto arguments = ArgumentsFromWords(verb->parameters, {words.begin() + 1, words.end()});
  if (!arguments) return tl::unexpected(arguments.error());
  return questions.Ask(*verb, *arguments);
}

int Run(const AskOptions& options) {
  if (options.list) return Print(ListOfVerbs());
  if (options.session.empty() || options.serve != options.words.empty()) {
    return Report({ErrorKind::kUsage, "a session and either a question or --serve are needed", "",
                   "see 'nightjar ask --help'"});
  }
  Result<Session> session = OpenSession(options.session);
  if (!session) return Report(session.error());
  const Questions questions(*std::move(session));
  if (options.serve) return Serve(questions);
  const Result<Json> answer = Ask(questions, options.words);
  return answer ? Print(Dump(*answer, 2) + '\n') : Report(answer.error());
}

}  // namespace

void AddAskCommand(CLI::App& app, RunCommand& run) {
  auto options = std::make_shared<AskOptions>();
  CLI::App* command =
      app.add_subcommand("ask", "Answers questions about a session, each number with its 1 sigma");
  command->add_option("SESSION", options->session,
                      "folder that 'nightjar process' wrote, or of Project Aria's results");
  command
      ->add_option("QUESTION", options->words,
                   "a verb and its arguments: VALUE… in their order, or NAME=VALUE; or one JSON "
                   "object, {\"verb\": …}")
      ->type_name("VERB [ARG…]");
  command->add_flag("--serve", options->serve,
                    "answer an assistant on standard input and output (Model Context Protocol)");
  command->add_flag("--list", options->list, "print the verbs and their arguments");
  command->footer(
      "A time is seconds from the first frame, or nanoseconds of the log's clock as 123ns; a "
      "point is x,y,z\nin metres; a path x,y,z;x,y,z. nightjar ask S distance 1.5 12; nightjar "
      "ask S bearing t=3 p=1,2,0.5");
  command->callback([&run, options] { run = [options] { return Run(*options); }; });
}

}  // namespace nightjar
