// SPDX-License-Identifier: Apache-2.0
#include "calibration/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace nightjar {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> SystemFailure(const std::string& what, const fs::path& where, int code) {
  const bool is_full = code == ENOSPC || code == EDQUOT;
  return Fail(is_full ? ErrorKind::kTryAgain : ErrorKind::kUsage, what + ": " + std::strerror(code),
              where.string(),
              is_full ? "free some space or choose another output" : "choose another output");
}

// Absolute and without a slash at the end: the name that rename() has to be given.
Result<fs::path> Resolve(const fs::path& target) {
  std::error_code error;
  fs::path resolved = fs::absolute(target, error).lexically_normal();
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (target.empty() || error || !resolved.has_filename())
    return Fail(ErrorKind::kUsage, "is no name for an output", target.string(), "name a file");
  fs::create_directories(resolved.parent_path(), error);
  if (error) return SystemFailure("cannot be made", resolved.parent_path(), error.value());
  return resolved;
}

fs::path StagingName(const fs::path& target) {
  return target.parent_path() /
         ("." + target.filename().string() + ".partial-" + std::to_string(getpid()));
}

int SyncedWrite(const fs::path& file, std::string_view bytes) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
  int code = 0;
  while (code == 0 && !bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      code = errno;
    }
  }
  if (code == 0 && fsync(descriptor) != 0) code = errno;
  if (close(descriptor) != 0 && code == 0) code = errno;
  return code;
}

// Moves what is complete to its place, or takes it away again.
Status PutInPlace(const fs::path& staging, const fs::path& target, int code) {
  if (code == 0 && rename(staging.c_str(), target.c_str()) != 0) code = errno;
  if (code == 0) {
    // The file is in place; what a folder that cannot be synced costs is only durability.
    const int folder = open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      fsync(folder);
      close(folder);
    }
    return {};
  }
  std::error_code ignored;
  fs::remove_all(staging, ignored);
  return SystemFailure("cannot be written", target, code);
}

}  // namespace

Status WriteWholeFile(const fs::path& file, std::string_view bytes) {
  const Result<fs::path> target = Resolve(file);
  if (!target) return tl::unexpected(target.error());
  std::error_code ignored;
  const fs::file_status status = fs::status(*target, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status))
    return Fail(ErrorKind::kUsage, "is there and is not a file", file.string(), "name a file");
  const fs::path staging = StagingName(*target);
  return PutInPlace(staging, *target, SyncedWrite(staging, bytes));
}

Status WriteWholeFolder(const fs::path& folder, const std::map<fs::path, std::string>& files) {
  const Result<fs::path> target = Resolve(folder);
  if (!target) return tl::unexpected(target.error());
  std::error_code ignored;
  if (fs::exists(*target, ignored) &&
      !(fs::is_directory(*target, ignored) && fs::is_empty(*target, ignored))) {
    return Fail(ErrorKind::kUsage, "is there and is not an empty folder", folder.string(),
                "choose another output or remove it");
  }
  const fs::path staging = StagingName(*target);
  fs::remove_all(staging, ignored);  // what an earlier process of this number left
  int code = 0;
  for (const auto& [name, bytes] : files) {
    std::error_code error;
    fs::create_directories((staging / name).parent_path(), error);
    if (code == 0) code = error ? error.value() : SyncedWrite(staging / name, bytes);
  }
  return PutInPlace(staging, *target, code);
}

}  // namespace nightjar
