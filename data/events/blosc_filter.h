// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nightjar {

/// Teaches this process's HDF5 to unpack Blosc (filter 32001), as h5py's plugins pack it, DSEC's
/// events among others (Blosc with zstd): no plugin has to be installed. Any number of times.
void RegisterBloscFilter();

}  // namespace nightjar
