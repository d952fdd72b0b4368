// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// A file that a command writes, as its command line names it.
struct NamedOutput {
  std::string option;          // "--sigma"
  std::filesystem::path file;  // empty: not asked for
  std::string ending;          // ".pfm", in small letters
};

/// To be asked before any work: kUsage where an output has another ending (in any case of letters),
/// is one of `inputs` or another output (through links too, and where neither is there yet), is
/// there and is no file, or its folder is not there or may not be written.
Status CheckOutputs(const std::vector<NamedOutput>& outputs,
                    const std::vector<std::filesystem::path>& inputs);

/// Writes files that belong together: none takes its place, and none that was there is lost, before
/// all are on the disk. Errors as WriteWholeFile's.
Status WriteTogether(const std::vector<std::pair<std::filesystem::path, std::string>>& files);

}  // namespace nightjar
