// SPDX-License-Identifier: Apache-2.0
#include "data/png_image.h"

#include <spng.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
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

template <typename T>
Result<std::string> Encode(const Image<T>& image) {
  const std::unique_ptr<spng_ctx, FreeContext> context(spng_ctx_new(SPNG_CTX_ENCODER));
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, 1);
  spng_set_option(context.get(), SPNG_FILTER_CHOICE, SPNG_FILTER_CHOICE_NONE);
  std::vector<T> packed;
  packed.reserve(image.number_of_elements());
  for (int y = image.dim(1).min(); y <= image.dim(1).max(); ++y) {
    for (int x = image.dim(0).min(); x <= image.dim(0).max(); ++x) packed.push_back(image(x, y));
  }
  spng_ihdr header = {};
  header.width = static_cast<uint32_t>(image.width());
  header.height = static_cast<uint32_t>(image.height());
  header.bit_depth = 8 * sizeof(T);
  header.color_type = SPNG_COLOR_TYPE_GRAYSCALE;
  int status = spng_set_ihdr(context.get(), &header);
  if (status == 0) {
    status = spng_encode_image(context.get(), packed.data(), packed.size() * sizeof(T),
                               SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  }
  size_t size = 0;
  const std::unique_ptr<void, void (*)(void*)> bytes(
      status == 0 ? spng_get_png_buffer(context.get(), &size, &status) : nullptr, &std::free);
  if (status != 0)
    return Fail(ErrorKind::kInternal,
                std::string("a PNG cannot be made: ") + spng_strerror(status));
  return std::string(static_cast<const char*>(bytes.get()), size);
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
