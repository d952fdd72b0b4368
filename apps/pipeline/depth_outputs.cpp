// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_outputs.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/whole_file.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

// `resolved`: by ResolveOutput. Hard links are one file by two names.
bool SameFile(const fs::path& resolved, const fs::path& other) {
  std::error_code error;
  if (fs::weakly_canonical(fs::absolute(other, error), error) == resolved) return true;
  return fs::equivalent(resolved, other, error);
}

Status CheckEnding(const NamedOutput& output) {
  std::string ending = output.file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == output.ending) return {};
  return Fail(ErrorKind::kUsage, output.option + " writes " + output.ending, output.file.string(),
              "name a file that ends in " + output.ending);
}

Status CheckPlace(const fs::path& resolved, const NamedOutput& output) {
  std::error_code error;
  const fs::file_status there = fs::status(resolved, error);
  if (fs::exists(there) && !fs::is_regular_file(there))
    return Fail(ErrorKind::kUsage, output.option + " is there and is not a file",
                output.file.string(), "name a file");
  const fs::path folder = resolved.parent_path();
  if (!fs::is_directory(folder, error))
    return Fail(ErrorKind::kUsage, "the folder of " + output.option + " is not there",
                folder.string(), "make it first");
  if (access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return OutputFailure("the folder of " + output.option + " cannot be written", folder, errno);
}

struct Staged {
  fs::path staging, target;
};

Result<Staged> Stage(const fs::path& file, const std::string& bytes) {
  const auto target = ResolveOutput(file);
  if (!target) return tl::unexpected(target.error());
  Staged staged{target->parent_path() / (StagingPrefix(*target) + std::to_string(getpid())),
                *target};
  const int code = WriteSynced(staged.staging, bytes);
  if (code == 0) return staged;
  std::error_code error;
  fs::remove(staged.staging, error);
  return OutputFailure("cannot be written", *target, code);
}

void RemoveAll(const std::vector<Staged>& staged) {
  std::error_code error;
  for (const Staged& one : staged) fs::remove(one.staging, error);
}

}  // namespace

Status CheckOutputs(const std::vector<NamedOutput>& outputs, const std::vector<fs::path>& inputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const NamedOutput& output = outputs[i];
    if (output.file.empty()) continue;
    const auto resolved = ResolveOutput(output.file);
    if (!resolved) return tl::unexpected(resolved.error());
    for (const fs::path& input : inputs) {
      if (!SameFile(*resolved, input)) continue;
      return Fail(ErrorKind::kUsage, output.option + " is an input", output.file.string(),
                  "name another file");
    }
    if (Status status = CheckEnding(output); !status) return status;
    for (size_t j = 0; j < i; ++j) {
      if (outputs[j].file.empty() || !SameFile(*resolved, outputs[j].file)) continue;
      return Fail(ErrorKind::kUsage, outputs[j].option + " and " + output.option + " are one file",
                  output.file.string(), "name two");
    }
    if (Status status = CheckPlace(*resolved, output); !status) return status;
  }
  return {};
}

Status WriteTogether(const std::vector<std::pair<fs::path, std::string>>& files) {
  std::vector<Staged> staged;
  for (const auto& [file, bytes] : files) {
    auto one = Stage(file, bytes);
    if (!one) {
      RemoveAll(staged);
      return tl::unexpected(one.error());
    }
    staged.push_back(std::move(*one));
  }
  for (const Staged& one : staged) {
    if (rename(one.staging.c_str(), one.target.c_str()) == 0) continue;
    const int code = errno;
    RemoveAll(staged);
    return OutputFailure("cannot be written", one.target, code);
  }
  for (const Staged& one : staged) SyncNameOf(one.target);
  return {};
}

}  // namespace nightjar
