// SPDX-License-Identifier: Apache-2.0
#include "core/staged_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

#include "core/whole_file.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

StagedFolder::StagedFolder(fs::path target, fs::path staging, int lock, WhyKept why_kept)
    : target_(std::move(target)),
      staging_(std::move(staging)),
      lock_(lock),
      why_kept_(std::move(why_kept)) {}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept
    : target_(std::move(other.target_)),
      staging_(std::exchange(other.staging_, fs::path())),
      appended_(std::move(other.appended_)),
      lock_(std::exchange(other.lock_, -1)),
      why_kept_(std::move(other.why_kept_)) {}

StagedFolder::~StagedFolder() {
  std::error_code ignored;
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
  if (lock_ >= 0) close(lock_);
}

Status StagedFolder::Check(const fs::path& target, const WhyKept& why_kept) {
  if (target.empty())
    return Fail(ErrorKind::kUsage, "the output has no name", {}, "name an output");
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error) return OutputFailure("cannot be used as an output", target, error.value());
  if (!fs::is_directory(status)) {
    return Fail(ErrorKind::kUsage, "exists and is not a folder", target.string(),
                "choose another output");
  }
  const bool empty = fs::is_empty(target, error);
  if (error) return OutputFailure("cannot be read", target, error.value());
  if (empty) return {};
  if (const std::string why = why_kept(target); !why.empty()) {
    return Fail(ErrorKind::kUsage, "is not replaced: it " + why, target.string(),
                "choose another output or remove this one");
  }
  return {};
}

Status StagedFolder::CheckInputs(const fs::path& target, const std::vector<fs::path>& inputs) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(fs::absolute(target), error);
  for (const fs::path& input : inputs) {
    if (input.empty()) continue;
    const fs::path read = fs::weakly_canonical(fs::absolute(input), error);
    const auto apart = std::mismatch(folder.begin(), folder.end(), read.begin(), read.end());
    if (apart.first == folder.end()) {
      return Fail(ErrorKind::kUsage, "holds " + input.string() + ", which is read", target.string(),
                  "write to another folder");
    }
  }
  return {};
}

Status StagedFolder::Probe(const fs::path& target, const WhyKept& why_kept) {
  if (Status usable = Check(target, why_kept); !usable) return usable;
  const Result<fs::path> resolved = ResolveOutput(target);
  if (!resolved) return tl::unexpected(resolved.error());
  std::error_code ignored;
  fs::path parent = resolved->parent_path();
  while (!fs::exists(parent, ignored) && parent != parent.parent_path())
    parent = parent.parent_path();
  // A file without a name, where there can be one: a process that is ended right here leaves
  // nothing behind.
  if (const int nameless = open(parent.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
      nameless >= 0) {
    close(nameless);
    return {};
  }
  const fs::path probe = parent / (StagingPrefix(*resolved) + std::to_string(getpid()) + "-probe");
  if (mkdir(probe.c_str(), 0777) != 0 && errno != EEXIST)
    return OutputFailure("no folder can be made here", parent, errno);
  rmdir(probe.c_str());
  return {};
}

Result<StagedFolder> StagedFolder::Create(const fs::path& target, WhyKept why_kept) {
  const Result<fs::path> resolved = ResolveOutput(target);
  if (!resolved) return tl::unexpected(resolved.error());
  if (Status usable = Check(*resolved, why_kept); !usable) return tl::unexpected(usable.error());
  std::error_code error;
  fs::create_directories(resolved->parent_path(), error);
  if (error) return OutputFailure("cannot be made", resolved->parent_path(), error.value());
  RemoveLeftovers(*resolved);

  const std::string stem = StagingPrefix(*resolved) + std::to_string(getpid());
  for (int attempt = 0;; ++attempt) {
    const fs::path staging = resolved->parent_path() / (stem + "-" + std::to_string(attempt));
    if (mkdir(staging.c_str(), 0777) != 0) {
      if (errno == EEXIST && attempt < 1000) continue;
      return OutputFailure("no folder can be made here", resolved->parent_path(), errno);
    }
    const int lock = open(staging.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0)
      flock(lock,
            LOCK_EX | LOCK_NB);  // where locks do not exist, leftovers are not recognised: no harm
    return StagedFolder(*resolved, staging, lock, std::move(why_kept));
  }
}

Status StagedFolder::MakeParentOf(const fs::path& name) {
  std::error_code error;
  fs::create_directories((staging_ / name).parent_path(), error);
  if (error) return OutputFailure("cannot be made", target_ / name.parent_path(), error.value());
  return {};
}

Status StagedFolder::Write(const fs::path& name, std::string_view bytes) {
  if (Status made = MakeParentOf(name); !made) return made;
  if (const int code = WriteSynced(staging_ / name, bytes); code != 0)
    return OutputFailure("cannot be written", target_ / name, code);
  return {};
}

Status StagedFolder::Append(const fs::path& name, std::string_view bytes) {
  if (Status made = MakeParentOf(name); !made) return made;
  appended_.insert(name);
  if (const int code = AppendUnsynced(staging_ / name, bytes); code != 0)
    return OutputFailure("cannot be written", target_ / name, code);
  return {};
}

Result<fs::path> StagedFolder::Place(const fs::path& name) {
  if (Status made = MakeParentOf(name); !made) return tl::unexpected(made.error());
  return staging_ / name;
}

Status StagedFolder::Sync(const fs::path& name) {
  if (const int code = SyncFile(staging_ / name); code != 0)
    return OutputFailure("cannot be written", target_ / name, code);
  return {};
}

Status StagedFolder::Commit() {
  for (const fs::path& name : appended_) {
    if (const int code = SyncFile(staging_ / name); code != 0)
      return OutputFailure("cannot be written", target_ / name, code);
  }
  std::error_code error;
  for (fs::recursive_directory_iterator entry(staging_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_directory(error)) continue;
    if (Status synced = SyncFolder(entry->path()); !synced) return synced;
  }
  if (Status synced = SyncFolder(staging_); !synced) return synced;
  // Processing takes minutes: what is at the target now may not be what was there at the start.
  if (Status usable = Check(target_, why_kept_); !usable) return usable;

  if (rename(staging_.c_str(), target_.c_str()) == 0) {  // onto nothing, or onto an empty folder
    staging_.clear();
    SyncNameOf(target_);
    return {};
  }
  if (errno != ENOTEMPTY && errno != EEXIST)
    return OutputFailure("cannot be put in place", target_, errno);
  if (renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
    SyncNameOf(target_);  // staging_ is the earlier result now: the destructor removes it
    return {};
  }
  // No exchange on this file system: for an instant there is no folder at the target, but there is
  // always a whole one beside it.
  const fs::path earlier = staging_.string() + "-earlier";
  if (rename(target_.c_str(), earlier.c_str()) != 0)
    return OutputFailure("cannot be replaced", target_, errno);
  if (rename(staging_.c_str(), target_.c_str()) != 0) {
    const int code = errno;
    rename(earlier.c_str(), target_.c_str());
    return OutputFailure("cannot be put in place", target_, code);
  }
  staging_ = earlier;
  SyncNameOf(target_);
  return {};
}

}  // namespace nightjar
