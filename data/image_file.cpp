// SPDX-License-Identifier: Apache-2.0
#include "data/image_file.h"

#include <spng.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "data/tiff_file.h"

namespace nightjar {
namespace {

/// Rows without gaps, samples of a pixel side by side.
struct Packed {
  int width = 0, height = 0, colours = 1, bits = 8;
  std::string bytes;  // 16-bit samples little-endian, as this machine has them
};

template <typename T>
Packed Pack(const Image<T>& image) {
  Packed packed = {image.width(), image.height(), 1, 8 * sizeof(T), {}};
  for (int y = image.dim(1).min(); y <= image.dim(1).max(); ++y) {
    for (int x = image.dim(0).min(); x <= image.dim(0).max(); ++x)
      packed.bytes.append(reinterpret_cast<const char*>(&image(x, y)), sizeof(T));
  }
  return packed;
}

Packed Pack(const PlanarImage<uint8_t>& image) {
  Packed packed = {image.width(), image.height(), 3, 8, {}};
  packed.bytes.reserve(image.number_of_elements());
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < 3; ++c) packed.bytes += static_cast<char>(image(x, y, c));
    }
  }
  return packed;
}

Packed Pack(const FilePixels& pixels) {
  return std::visit([](const auto& image) { return Pack(image); }, pixels);
}

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

}  // namespace

Result<std::string> EncodePng(const FilePixels& pixels, const FileTexts& texts) {
  const Packed packed = Pack(pixels);
  const std::unique_ptr<spng_ctx, FreeContext> context(spng_ctx_new(SPNG_CTX_ENCODER));
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, 3);
  spng_ihdr header = {};
  header.width = static_cast<uint32_t>(packed.width);
  header.height = static_cast<uint32_t>(packed.height);
  header.bit_depth = static_cast<uint8_t>(packed.bits);
  header.color_type = packed.colours == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  int status = spng_set_ihdr(context.get(), &header);
  std::vector<spng_text> chunks(texts.size());
  std::vector<std::string> kept;
  kept.reserve(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    kept.push_back(texts[i].second);
    std::strncpy(chunks[i].keyword, texts[i].first.c_str(), sizeof(chunks[i].keyword) - 1);
    chunks[i].type = SPNG_TEXT;
    chunks[i].length = kept.back().size();
    chunks[i].text = kept.back().data();
  }
  if (status == 0 && !chunks.empty())
    status = spng_set_text(context.get(), chunks.data(), static_cast<uint32_t>(chunks.size()));
  if (status == 0) {
    status = spng_encode_image(context.get(), packed.bytes.data(), packed.bytes.size(),
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

Result<std::string> EncodeTiff(const FilePixels& pixels, const FileTexts& texts) {
  const Packed packed = Pack(pixels);
  if (packed.bytes.size() > 0xF0000000U)
    return Fail(ErrorKind::kUnusableInput, "the image is too large for a TIFF");
  std::string description;
  for (const auto& [keyword, text] : texts) description += keyword + ": " + text + "\n";
  const auto colours = static_cast<uint32_t>(packed.colours);
  TiffFile file;
  file.AddLong(256, {static_cast<uint32_t>(packed.width)});
  file.AddLong(257, {static_cast<uint32_t>(packed.height)});
  file.AddShort(258, std::vector<uint32_t>(colours, static_cast<uint32_t>(packed.bits)));
  file.AddShort(259, {1});                       // no compression
  file.AddShort(262, {colours == 1 ? 1U : 2U});  // black is zero, or RGB
  if (!description.empty()) file.AddText(270, description);
  file.AddShort(277, {colours});
  file.AddLong(278, {static_cast<uint32_t>(packed.height)});
  return file.Bytes(packed.bytes);
}

std::string EncodePfm(const Image<float>& image) {
  std::string file =
      "Pf\n" + std::to_string(image.width()) + " " + std::to_string(image.height()) + "\n-1.0\n";
  for (int y = image.dim(1).max(); y >= image.dim(1).min(); --y) {
    for (int x = image.dim(0).min(); x <= image.dim(0).max(); ++x)
      file.append(reinterpret_cast<const char*>(&image(x, y)), sizeof(float));
  }
  return file;
}

}  // namespace nightjar
