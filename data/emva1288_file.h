// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/result.h"
#include "data/exposure_levels.h"

namespace nightjar {

/// Whether a file begins like a data file of EMVA 1288: its first line that is neither blank nor a
/// comment is `v` and a number.
bool IsEmva1288File(const std::filesystem::path& file);

/// Reads the data file of a measurement by EMVA Standard 1288 (release 3): `v VERSION`, `n BITS
/// WIDTH HEIGHT`, `b EXPOSURE_NS PHOTONS…` for a level of light and `d EXPOSURE_NS` for one in the
/// dark, each followed by `i FILE`, relative to the data file. kUnusableInput with FILE:LINE.
Result<ExposureSeries> ReadEmva1288File(const std::filesystem::path& file);

}  // namespace nightjar
