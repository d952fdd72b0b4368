// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace nightjar {

/// Writes a file that appears whole or not at all: beside its place, synced, then renamed. An
/// existing file is replaced; missing parent folders are made. kUsage where it cannot stand there,
/// kTryAgain on a full disk. For whole folders: core/staged_folder.h.
Status WriteWholeFile(const std::filesystem::path& file, std::string_view bytes);

// What a writer of whole files and one of whole folders share.

/// The error of a system call that failed with `code` (errno) on an output: kTryAgain when there is
/// no room, kUsage otherwise.
tl::unexpected<Error> OutputFailure(const std::string& what, const std::filesystem::path& where,
                                    int code);

/// An output's name: absolute, links resolved, without a slash at the end, as rename() has to be
/// given it. kUsage when it has no name.
Result<std::filesystem::path> ResolveOutput(const std::filesystem::path& target);

/// The prefix of everything that is put beside `target` while it is made.
std::string StagingPrefix(const std::filesystem::path& target);

/// Makes or truncates a file, writes and syncs it; 0 or errno.
int WriteSynced(const std::filesystem::path& file, std::string_view bytes);
/// The same at the end of a file that may be there already.
int AppendSynced(const std::filesystem::path& file, std::string_view bytes);

/// Makes a folder's entries durable.
Status SyncFolder(const std::filesystem::path& folder);

/// Makes the name of a file or folder that was put in its place durable, as far as can be: it is
/// there and whole, and its parent may be one that may be written and not read.
void SyncNameOf(const std::filesystem::path& renamed);

}  // namespace nightjar
