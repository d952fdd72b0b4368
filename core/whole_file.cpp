// SPDX-License-Identifier: Apache-2.0
#include "core/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace nightjar {
namespace {

namespace fs = std::filesystem;

int WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

int Sync(int descriptor) { return fsync(descriptor) == 0 ? 0 : errno; }

// The first of the two that went wrong.
int CloseAfter(int descriptor, int code) {
  return close(descriptor) != 0 && code == 0 ? errno : code;
}

}  // namespace

tl::unexpected<Error> OutputFailure(const std::string& what, const fs::path& where, int code) {
  const std::string text = what + ": " + std::strerror(code);
  // EFBIG: the largest file that this process may write, which is a full disk to it.
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    return Fail(ErrorKind::kTryAgain, text, where.string(),
                "free some space or choose another output");
  }
  return Fail(ErrorKind::kUsage, text, where.string(), "choose another output");
}

Result<fs::path> ResolveOutput(const fs::path& target) {
  if (target.empty())
    return Fail(ErrorKind::kUsage, "the output has no name", {}, "name an output");
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(fs::absolute(target, error), error);
  if (error) return OutputFailure("cannot be used as an output", target, error.value());
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (!resolved.has_filename()) {
    return Fail(ErrorKind::kUsage, "cannot be an output", target.string(), "choose another output");
  }
  // The links that are left lead nowhere: nothing can be put in their place or below them.
  for (fs::path part = resolved; part.has_filename(); part = part.parent_path()) {
    if (!fs::is_symlink(part, error)) continue;
    return Fail(ErrorKind::kUsage, "is a link to a place that is not there", part.string(),
                "remove the link or choose another output");
  }
  return resolved;
}

std::string StagingPrefix(const fs::path& target) {
  std::string prefix(".");
  return prefix.append(target.filename().string()).append(".partial-");
}

int WriteSynced(const fs::path& file, std::string_view bytes) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
  int code = WriteAll(descriptor, bytes);
  if (code == 0) code = Sync(descriptor);
  return CloseAfter(descriptor, code);
}

int AppendUnsynced(const fs::path& file, std::string_view bytes) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
  return CloseAfter(descriptor, WriteAll(descriptor, bytes));
}

int SyncFile(const fs::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  return CloseAfter(descriptor, Sync(descriptor));
}

Status SyncFolder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return OutputFailure("cannot be opened", folder, errno);
  const int code = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  // Some file systems (network, FUSE) cannot sync a folder, and say so with EINVAL: there is
  // nothing more to do there.
  if (code != 0 && code != EINVAL) return OutputFailure("cannot be written", folder, code);
  return {};
}

void SyncNameOf(const fs::path& renamed) { (void)SyncFolder(renamed.parent_path()); }

Status WriteWholeFile(const fs::path& file, std::string_view bytes) {
  const Result<fs::path> target = ResolveOutput(file);
  if (!target) return tl::unexpected(target.error());
  std::error_code error;
  const fs::file_status status = fs::status(*target, error);
  if (fs::exists(status) && !fs::is_regular_file(status))
    return Fail(ErrorKind::kUsage, "is there and is not a file", file.string(), "name a file");
  fs::create_directories(target->parent_path(), error);
  if (error) return OutputFailure("cannot be made", target->parent_path(), error.value());
  const fs::path staging =
      target->parent_path() / (StagingPrefix(*target) + std::to_string(getpid()));
  int code = WriteSynced(staging, bytes);
  if (code == 0 && rename(staging.c_str(), target->c_str()) != 0) code = errno;
  if (code != 0) {
    fs::remove(staging, error);
    return OutputFailure("cannot be written", *target, code);
  }
  SyncNameOf(*target);
  return {};
}

}  // namespace nightjar
