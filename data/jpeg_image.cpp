// SPDX-License-Identifier: Apache-2.0
#include "data/jpeg_image.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

// Needs <cstdio> and <cstddef> before it.
#include <jpeglib.h>

#include <csetjmp>

namespace nightjar {
namespace {

constexpr int kLargestSide = 65500;  // JPEG_MAX_DIMENSION
constexpr int kFullColourQuality = 85;

/// libjpeg leaves by a jump; what has to be freed lies before it.
struct ErrorExit {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX];
};

extern "C" void LeaveOnError(j_common_ptr info) {
  auto* exit = reinterpret_cast<ErrorExit*>(info->err);
  info->err->format_message(info, exit->text);
  std::longjmp(exit->jump, 1);
}

extern "C" void SayNothing(j_common_ptr /*info*/) {}

/// Interleaved rows, `channels` of 1 or 3. Nothing with a destructor is made between setjmp and
/// the jump.
bool Compress(const unsigned char* pixels, int width, int height, int channels, int quality,
              ErrorExit& error, unsigned char** bytes, unsigned long* size) {
  jpeg_compress_struct info = {};
  info.err = jpeg_std_error(&error.manager);
  error.manager.error_exit = LeaveOnError;
  error.manager.output_message = SayNothing;
  if (setjmp(error.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, bytes, size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels;
  info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.dct_method = JDCT_ISLOW;
  info.optimize_coding = TRUE;
  if (channels == 3 && quality >= kFullColourQuality)
    info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(pixels + static_cast<size_t>(info.next_scanline) * width *
                                                  static_cast<size_t>(channels));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

/// Rows without gaps, colours side by side.
template <typename Pixels>
std::vector<unsigned char> Interleaved(const Pixels& pixels, int channels) {
  std::vector<unsigned char> packed;
  packed.reserve(static_cast<size_t>(pixels.width()) * static_cast<size_t>(pixels.height()) *
                 static_cast<size_t>(channels));
  for (int y = 0; y < pixels.height(); ++y) {
    for (int x = 0; x < pixels.width(); ++x) {
      if constexpr (std::is_same_v<Pixels, Image<uint8_t>>) {
        packed.push_back(pixels(x, y));
      } else {
        for (int c = 0; c < channels; ++c) packed.push_back(pixels(x, y, c));
      }
    }
  }
  return packed;
}

}  // namespace

Result<std::string> EncodeJpeg(const FilePixels& pixels, int quality) {
  if (quality < 1 || quality > 100)
    return Fail(ErrorKind::kUsage, "the quality of a JPEG is 1 to 100");
  if (std::holds_alternative<Image<uint16_t>>(pixels))
    return Fail(ErrorKind::kUsage, "a JPEG has 8 bits");
  const bool grey = std::holds_alternative<Image<uint8_t>>(pixels);
  const int channels = grey ? 1 : 3;
  const auto [width, height] = std::visit(
      [](const auto& image) { return std::pair(image.width(), image.height()); }, pixels);
  if (width < 1 || height < 1 || width > kLargestSide || height > kLargestSide)
    return Fail(ErrorKind::kUsage, "a JPEG is 1 to 65500 px wide and high");
  const std::vector<unsigned char> packed =
      grey ? Interleaved(std::get<Image<uint8_t>>(pixels), channels)
           : Interleaved(std::get<PlanarImage<uint8_t>>(pixels), channels);
  ErrorExit error = {};
  // As much as a JPEG can have: what libjpeg allocates by itself it frees twice when it fails.
  const auto blocks = [](int side) { return static_cast<size_t>(side + 15) / 16 * 16; };
  unsigned long size = blocks(width) * blocks(height) * (grey ? 2 : 6) + 4096;
  const auto room = std::make_unique_for_overwrite<unsigned char[]>(size);
  unsigned char* bytes = room.get();
  if (!Compress(packed.data(), width, height, channels, quality, error, &bytes, &size))
    return Fail(ErrorKind::kInternal, std::string("libjpeg: ") + error.text);
  if (bytes != room.get()) {
    std::free(bytes);
    return Fail(ErrorKind::kInternal, "a JPEG is larger than it can be");
  }
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace nightjar
