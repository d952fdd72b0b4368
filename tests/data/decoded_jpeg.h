// SPDX-License-Identifier: Apache-2.0
// What libjpeg makes of a JPEG: link PkgConfig::JPEG.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

// Needs <cstdio> and <cstddef> before it.
#include <jpeglib.h>

namespace nightjar {

/// Rows without gaps, colours side by side.
struct DecodedJpeg {
  int width = 0, height = 0, channels = 0;
  std::vector<unsigned char> pixels;
};

inline DecodedJpeg DecodeJpeg(const std::string& bytes) {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr error;
  info.err = jpeg_std_error(&error);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  jpeg_start_decompress(&info);
  DecodedJpeg decoded = {static_cast<int>(info.output_width),
                         static_cast<int>(info.output_height),
                         info.output_components,
                         {}};
  const size_t stride = info.output_width * static_cast<size_t>(info.output_components);
  decoded.pixels.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = decoded.pixels.data() + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return decoded;
}

}  // namespace nightjar
