// SPDX-License-Identifier: Apache-2.0
#include "data/png_image.h"

#include <libdeflate.h>
#include <spng.h>

#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace nightjar {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

tl::unexpected<PngError> FailPng(PngProblem problem, std::string detail) {
  return tl::unexpected<PngError>(PngError{problem, std::move(detail)});
}

tl::unexpected<PngError> FailDamaged(int status) {
  return FailPng(PngProblem::kDamaged, spng_strerror(status));
}

std::string SizeText(int64_t width, int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

tl::expected<void, PngError> CheckHeader(const spng_ihdr& header,
                                         std::optional<ImageSize> expected) {
  const int64_t width = header.width;
  const int64_t height = header.height;
  if (expected && (width != expected->width || height != expected->height)) {
    return FailPng(PngProblem::kWrongSize, "the image is " + SizeText(width, height) +
                                               " instead of " +
                                               SizeText(expected->width, expected->height));
  }
  if (width > kMaxPngPixels / height) {
    return FailPng(PngProblem::kWrongSize,
                   "the image is larger than can be read: " + SizeText(width, height));
  }
  if (header.color_type != SPNG_COLOR_TYPE_GRAYSCALE ||
      (header.bit_depth != 8 && header.bit_depth != 16)) {
    return FailPng(PngProblem::kNotMono, "the image is not grey with 8 or 16 bits");
  }
  return {};
}

template <typename T>
tl::expected<MonoImage, PngError> Decode(spng_ctx* context, const spng_ihdr& header) {
  Image<T> image(static_cast<int>(header.width), static_cast<int>(header.height));
  // SPNG_FMT_PNG keeps the depth, 16-bit samples in the byte order of this machine.
  int status = spng_decode_image(context, image.data(), image.size_in_bytes(), SPNG_FMT_PNG, 0);
  // The chunks behind the pixels: only with them is it known that the file is whole.
  if (status == 0) status = spng_decode_chunks(context);
  if (status != 0) return FailDamaged(status);
  return MonoImage(std::move(image));
}

void AppendBigEndian(uint32_t value, std::string& bytes) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
}

void AppendChunk(std::string_view type, std::string_view content, std::string& png) {
  AppendBigEndian(static_cast<uint32_t>(content.size()), png);
  const size_t begin = png.size();
  png += type;
  png += content;
  AppendBigEndian(libdeflate_crc32(0, png.data() + begin, png.size() - begin), png);
}

// The rows as PNG compresses them: big-endian samples, each less its left neighbour byte by byte
// (filter 1), which makes smooth images a half of what they are without, and noisy ones no larger.
template <typename T>
std::string FilteredRows(const Image<T>& image) {
  constexpr char kSub = 1;
  const auto width = static_cast<size_t>(image.width());
  std::string rows(static_cast<size_t>(image.height()) * (1 + width * sizeof(T)), kSub);
  char* next = rows.data();
  for (int y = image.dim(1).min(); y <= image.dim(1).max(); ++y) {
    ++next;
    T left = 0;
    for (int x = image.dim(0).min(); x <= image.dim(0).max(); ++x) {
      const T value = image(x, y);
      for (size_t byte = sizeof(T); byte-- > 0;)
        *next++ = static_cast<char>((value >> 8 * byte) - (left >> 8 * byte));
      left = value;
    }
  }
  return rows;
}

template <typename T>
Result<std::string> Encode(const Image<T>& image) {
  constexpr int kFastest = 1;
  const std::string rows = FilteredRows(image);
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(kFastest), &libdeflate_free_compressor);
  if (!compressor) return Fail(ErrorKind::kTryAgain, "no memory to compress a PNG");
  std::string compressed(libdeflate_zlib_compress_bound(compressor.get(), rows.size()), '\0');
  compressed.resize(libdeflate_zlib_compress(compressor.get(), rows.data(), rows.size(),
                                             compressed.data(), compressed.size()));
  std::string header;
  AppendBigEndian(static_cast<uint32_t>(image.width()), header);
  AppendBigEndian(static_cast<uint32_t>(image.height()), header);
  header.push_back(8 * sizeof(T));
  header.append(4, '\0');  // grey; the only compression, filter method and no interlacing
  std::string png("\x89PNG\r\n\x1A\n");
  AppendChunk("IHDR", header, png);
  AppendChunk("IDAT", compressed, png);
  AppendChunk("IEND", {}, png);
  return png;
}

}  // namespace

tl::expected<MonoImage, PngError> ReadMonoPng(const std::filesystem::path& file,
                                              std::optional<ImageSize> expected) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return FailPng(PngProblem::kMissing, "no such file");
  }
  const std::unique_ptr<std::FILE, CloseFile> stream(std::fopen(file.c_str(), "rb"));
  if (!stream) return FailPng(PngProblem::kUnreadable, "the file cannot be opened");
  const std::unique_ptr<spng_ctx, FreeContext> context(spng_ctx_new(0));
  if (!context) return FailPng(PngProblem::kUnreadable, "no memory for a decoder");
  spng_set_crc_action(context.get(), SPNG_CRC_ERROR, SPNG_CRC_ERROR);
  spng_set_chunk_limits(context.get(), size_t{1} << 26, size_t{1} << 26);  // bytes
  spng_ihdr header;
  int status = spng_set_png_file(context.get(), stream.get());
  if (status == 0) status = spng_get_ihdr(context.get(), &header);
  if (status != 0) return FailDamaged(status);
  if (auto checked = CheckHeader(header, expected); !checked)
    return tl::unexpected(checked.error());
  return header.bit_depth == 8 ? Decode<uint8_t>(context.get(), header)
                               : Decode<uint16_t>(context.get(), header);
}

Result<std::string> EncodeMonoPng(const MonoImage& image) {
  return std::visit([](const auto& pixels) { return Encode(pixels); }, image);
}

}  // namespace nightjar
