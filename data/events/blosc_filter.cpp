// SPDX-License-Identifier: Apache-2.0
#include "data/events/blosc_filter.h"

#include <blosc.h>
#include <hdf5.h>

namespace nightjar {
namespace {

constexpr H5Z_filter_t kBlosc = 32001;  // registered with The HDF Group
constexpr size_t kLargestChunk = size_t{256} << 20;

// As HDF5 wants it: unpacks *buffer in its place, 0 when it cannot.
size_t Unpack(unsigned flags, size_t, const unsigned*, size_t size, size_t* buffer_size,
              void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;  // it does not pack
  size_t unpacked_size = 0;
  if (blosc_cbuffer_validate(*buffer, size, &unpacked_size) != 0 || unpacked_size == 0 ||
      unpacked_size > kLargestChunk) {
    return 0;
  }
  void* unpacked = H5allocate_memory(unpacked_size, false);
  if (unpacked == nullptr) return 0;
  const int done = blosc_decompress_ctx(*buffer, unpacked, unpacked_size, /*numinternalthreads=*/1);
  if (done < 0 || static_cast<size_t>(done) != unpacked_size) {
    H5free_memory(unpacked);
    return 0;
  }
  H5free_memory(*buffer);
  *buffer = unpacked;
  *buffer_size = unpacked_size;
  return unpacked_size;
}

}  // namespace

void RegisterBloscFilter() {
  static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS,        kBlosc,  0,       1,
                                      "blosc, unpacking only", nullptr, nullptr, &Unpack};
  if (H5Zfilter_avail(kBlosc) <= 0) H5Zregister(&filter);
}

}  // namespace nightjar
