// SPDX-License-Identifier: Apache-2.0
#include "spatial/staged_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace nightjar {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> SystemFailure(const std::string& what, const fs::path& where, int code) {
  const std::string text = what + ": " + std::strerror(code);
  // EFBIG: the largest file that this process may write, which is a full disk to it.
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    return Fail(ErrorKind::kTryAgain, text, where.string(),
                "free some space or choose another output folder");
  }
  return Fail(ErrorKind::kUsage, text, where.string(), "choose another output folder");
}

tl::unexpected<Error> EmptyName() {
  return Fail(ErrorKind::kUsage, "the output folder has no name", {}, "name an output folder");
}

// The prefix of everything that we put beside `target` while it is made.
std::string StagingPrefix(const fs::path& target) {
  std::string prefix(".");
  return prefix.append(target.filename().string()).append(".partial-");
}

// Absolute, links resolved, without a slash at the end: the name that rename() has to be given.
Result<fs::path> Resolve(const fs::path& target) {
  if (target.empty()) return EmptyName();
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(fs::absolute(target, error), error);
  if (error) return SystemFailure("cannot be used as an output folder", target, error.value());
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (!resolved.has_filename()) {
    return Fail(ErrorKind::kUsage, "cannot be an output folder", target.string(),
                "choose another output folder");
  }
  return resolved;
}

// A folder whose lock can be had belongs to no living process: it is what an interrupted run left.
void RemoveLeftovers(const fs::path& target) {
  std::error_code error;
  const std::string prefix = StagingPrefix(target);
  for (fs::directory_iterator entry(target.parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().rfind(prefix, 0) != 0) continue;
    const int lock = open(entry->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) continue;
    std::error_code ignored;  // a leftover that cannot be removed is in nobody's way
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry->path(), ignored);
    close(lock);
  }
}

Status SyncFolder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return SystemFailure("cannot be opened", folder, errno);
  const int code = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  // Some file systems (network, FUSE) cannot sync a folder, and say so with EINVAL: there is
  // nothing more to do there.
  if (code != 0 && code != EINVAL) return SystemFailure("cannot be written", folder, code);
  return {};
}

int WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(descriptor) == 0 ? 0 : errno;
}

}  // namespace

StagedFolder::StagedFolder(fs::path target, fs::path staging, int lock,
                           IsReplaceable is_replaceable)
    : target_(std::move(target)),
      staging_(std::move(staging)),
      lock_(lock),
      is_replaceable_(std::move(is_replaceable)) {}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept
    : target_(std::move(other.target_)),
      staging_(std::exchange(other.staging_, fs::path())),
      lock_(std::exchange(other.lock_, -1)),
      is_replaceable_(std::move(other.is_replaceable_)) {}

StagedFolder::~StagedFolder() {
  std::error_code ignored;
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
  if (lock_ >= 0) close(lock_);
}

Status StagedFolder::Check(const fs::path& target, const IsReplaceable& is_replaceable) {
  if (target.empty()) return EmptyName();
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error) return SystemFailure("cannot be used as an output folder", target, error.value());
  if (!fs::is_directory(status)) {
    return Fail(ErrorKind::kUsage, "exists and is not a folder", target.string(),
                "choose another output folder");
  }
  const bool empty = fs::is_empty(target, error);
  if (error) return SystemFailure("cannot be read", target, error.value());
  if (!empty && !is_replaceable(target)) {
    return Fail(ErrorKind::kUsage, "exists, is not empty and is no earlier result", target.string(),
                "choose another output folder or remove this one");
  }
  return {};
}

Status StagedFolder::Probe(const fs::path& target, const IsReplaceable& is_replaceable) {
  if (Status usable = Check(target, is_replaceable); !usable) return usable;
  const Result<fs::path> resolved = Resolve(target);
  if (!resolved) return tl::unexpected(resolved.error());
  std::error_code ignored;
  fs::path parent = resolved->parent_path();
  while (!fs::exists(parent, ignored) && parent != parent.parent_path())
    parent = parent.parent_path();
  const fs::path probe = parent / (StagingPrefix(*resolved) + std::to_string(getpid()) + "-probe");
  if (mkdir(probe.c_str(), 0777) != 0 && errno != EEXIST)
    return SystemFailure("no folder can be made here", parent, errno);
  rmdir(probe.c_str());
  return {};
}

Result<StagedFolder> StagedFolder::Create(const fs::path& target, IsReplaceable is_replaceable) {
  const Result<fs::path> resolved = Resolve(target);
  if (!resolved) return tl::unexpected(resolved.error());
  if (Status usable = Check(*resolved, is_replaceable); !usable)
    return tl::unexpected(usable.error());
  std::error_code error;
  fs::create_directories(resolved->parent_path(), error);
  if (error) return SystemFailure("cannot be made", resolved->parent_path(), error.value());
  RemoveLeftovers(*resolved);

  const std::string stem = StagingPrefix(*resolved) + std::to_string(getpid());
  for (int attempt = 0;; ++attempt) {
    const fs::path staging = resolved->parent_path() / (stem + "-" + std::to_string(attempt));
    if (mkdir(staging.c_str(), 0777) != 0) {
      if (errno == EEXIST && attempt < 1000) continue;
      return SystemFailure("no folder can be made here", resolved->parent_path(), errno);
    }
    const int lock = open(staging.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0)
      flock(lock,
            LOCK_EX | LOCK_NB);  // where locks do not exist, leftovers are not recognised: no harm
    return StagedFolder(*resolved, staging, lock, std::move(is_replaceable));
  }
}

Status StagedFolder::Write(const fs::path& name, std::string_view bytes) {
  std::error_code error;
  const fs::path path = staging_ / name;
  fs::create_directories(path.parent_path(), error);
  if (error) return SystemFailure("cannot be made", target_ / name.parent_path(), error.value());
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return SystemFailure("cannot be written", target_ / name, errno);
  int code = WriteAll(descriptor, bytes);
  if (close(descriptor) != 0 && code == 0) code = errno;
  if (code != 0) return SystemFailure("cannot be written", target_ / name, code);
  return {};
}

Status StagedFolder::Commit() {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(staging_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_directory(error)) continue;
    if (Status synced = SyncFolder(entry->path()); !synced) return synced;
  }
  if (Status synced = SyncFolder(staging_); !synced) return synced;
  // Processing takes minutes: what is at the target now may not be what was there at the start.
  if (Status usable = Check(target_, is_replaceable_); !usable) return usable;

  if (rename(staging_.c_str(), target_.c_str()) == 0) {  // onto nothing, or onto an empty folder
    staging_.clear();
    return SyncFolder(target_.parent_path());
  }
  if (errno != ENOTEMPTY && errno != EEXIST)
    return SystemFailure("cannot be put in place", target_, errno);
  if (renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
    return SyncFolder(
        target_.parent_path());  // staging_ is the earlier result now: the destructor removes it
  }
  // No exchange on this file system: for an instant there is no folder at the target, but there is
  // always a whole one beside it.
  const fs::path earlier = staging_.string() + "-earlier";
  if (rename(target_.c_str(), earlier.c_str()) != 0)
    return SystemFailure("cannot be replaced", target_, errno);
  if (rename(staging_.c_str(), target_.c_str()) != 0) {
    const int code = errno;
    rename(earlier.c_str(), target_.c_str());
    return SystemFailure("cannot be put in place", target_, code);
  }
  staging_ = earlier;
  return SyncFolder(target_.parent_path());
}

}  // namespace nightjar
