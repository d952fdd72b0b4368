// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "data/events/event_reader.h"

namespace nightjar {

/// HDF5 in the layout of DSEC (Gehrig et al., RA-L 2021), as data/event_file_writer.h writes it:
/// integers /events/x, y, p, t of one length, t in us since /t_offset (0 where it is missing), in
/// chunks packed by any filter that HDF5 has, and Blosc. A t of 32 bits is a counter that may
/// overflow. /ms_to_idx, which is for finding a time, is not needed to read everything. The file
/// does not say the size of the sensor.
///
/// kUnusableInput for other layouts and filters, by name: Prophesee's ECF codec (36559) is only in
/// their own plugin.
Result<std::unique_ptr<EventReader>> OpenDsecFile(const std::filesystem::path& file, bool raw);

}  // namespace nightjar
