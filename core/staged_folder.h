// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// An output folder that appears whole or not at all: it is filled beside its final place, on the
/// same file system, made durable, and moved there by one rename. Whatever happens before Commit(),
/// power loss included, leaves what was at the target as it was. Not thread-safe; several processes
/// may stage for the same target, the last commit wins.
///
///     Result<StagedFolder> folder = StagedFolder::Create(target, why_kept);
///     folder->Write("slam/points.csv", bytes); …
///     folder->Commit();
class StagedFolder {
 public:
  /// Why an existing folder that is not empty has to stay, as a verb phrase ("is no session").
  /// Empty for an earlier result of the same command with nothing of the user's in it: only that is
  /// replaced.
  using WhyKept = std::function<std::string(const std::filesystem::path&)>;

  /// Nothing when the target can be written to as far as can be told without writing: it does not
  /// exist, is an empty folder, or is a folder that may be replaced. Otherwise kUsage, so for an
  /// empty name and a link that leads nowhere.
  static Status Check(const std::filesystem::path& target, const WhyKept& why_kept);

  /// kUsage when one of `inputs` (empty ones do not count) is the target or lies in it: what is
  /// read would be replaced.
  static Status CheckInputs(const std::filesystem::path& target,
                            const std::vector<std::filesystem::path>& inputs);

  /// Check(), and whether a folder can be made where the target will stand, or in the nearest of
  /// its parents that exists: by making something there, of which nothing remains.
  static Status Probe(const std::filesystem::path& target, const WhyKept& why_kept);

  /// Checks the target, removes what interrupted runs left beside it, and makes an empty staging
  /// folder there. Missing parent folders are made.
  static Result<StagedFolder> Create(const std::filesystem::path& target, WhyKept why_kept);

  StagedFolder(StagedFolder&& other) noexcept;
  StagedFolder& operator=(StagedFolder&&) = delete;
  /// Removes the staging folder unless it was committed.
  ~StagedFolder();

  /// Writes and syncs one file; `name` is relative to the folder, with at most the folders that it
  /// needs.
  Status Write(const std::filesystem::path& name, std::string_view bytes);

  /// Writes behind the end of a file that was begun with Append(), or begins one: a table too long
  /// to be held in memory. Commit() syncs it.
  Status Append(const std::filesystem::path& name, std::string_view bytes);

  /// Where a file of that name is to be made by somebody else, a library that writes by itself; its
  /// folder is there. Sync() it when it is whole.
  Result<std::filesystem::path> Place(const std::filesystem::path& name);
  Status Sync(const std::filesystem::path& name);

  /// Puts the folder in its place. A folder that may be replaced is swapped in one step where the
  /// file system can, and then removed.
  Status Commit();

 private:
  StagedFolder(std::filesystem::path target, std::filesystem::path staging, int lock,
               WhyKept why_kept);
  Status MakeParentOf(const std::filesystem::path& name);

  std::filesystem::path target_;
  std::filesystem::path staging_;             // empty: nothing to remove
  std::set<std::filesystem::path> appended_;  // names of the files that are not synced yet
  int lock_ = -1;  // descriptor of the staging folder, locked while its process lives
  WhyKept why_kept_;
};

}  // namespace nightjar
