// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// Reads a rig.yaml (docs/formats/rig.md). Every error is kUnusableInput with FILE:LINE: the file
/// is missing or is not YAML, a key is unknown (the nearest known one is named) or missing, a value
/// has the wrong type or count, is not finite or out of range, a sigma is not positive, a pose is
/// not a rotation or is given the wrong way round, two sensors share a name.
Result<Rig> ReadRigYaml(const std::filesystem::path& file);

/// The text of a rig.yaml that ReadRigYaml reads back bit for bit: 17 digits a number. Every camera
/// must have a model.
std::string RigYamlText(const Rig& rig);

/// RigYamlText in a file that appears whole or not at all; an existing file is replaced.
Status WriteRigYaml(const Rig& rig, const std::filesystem::path& file);

}  // namespace nightjar
