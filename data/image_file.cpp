// SPDX-License-Identifier: Apache-2.0
#include "data/image_file.h"

#include <spng.h>

#include <cstdlib>
#include <cstring>
#include <memory>

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

/// A TIFF directory under construction; little-endian.
class TiffDirectory {
 public:
  enum Type : uint16_t { kAscii = 2, kShort = 3, kLong = 4 };

  /// `begin`: the place of the directory in the file.
  TiffDirectory(size_t begin, size_t entries) : extra_begin_(begin + 2 + 12 * entries + 4) {
    Put(static_cast<uint32_t>(entries), 2, entries_);
  }
  /// By rising tag.
  void Add(uint16_t tag, Type type, const std::vector<uint32_t>& values) {
    const size_t size = type == kAscii ? 1 : type == kShort ? 2 : 4;
    std::string bytes;
    for (const uint32_t value : values) Put(value, size, bytes);
    Put(tag, 2, entries_);
    Put(type, 2, entries_);
    Put(static_cast<uint32_t>(values.size()), 4, entries_);
    if (bytes.size() > 4) {
      Put(static_cast<uint32_t>(extra_begin_ + extra_.size()), 4, entries_);
      if (bytes.size() % 2 == 1) bytes += '\0';
      extra_ += bytes;
    } else {
      bytes.resize(4, '\0');
      entries_ += bytes;
    }
  }
  void Add(uint16_t tag, const std::string& text) {
    std::vector<uint32_t> letters(text.begin(), text.end());
    letters.push_back(0);
    Add(tag, kAscii, letters);
  }
  std::string Bytes() const { return entries_ + std::string(4, '\0') + extra_; }

  static void Put(uint32_t value, size_t size, std::string& bytes) {
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
  }

 private:
  size_t extra_begin_;
  std::string entries_, extra_;
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
  constexpr size_t kHeader = 8;
  const size_t begin = kHeader + packed.bytes.size() + packed.bytes.size() % 2;
  const auto number = [](auto value) {
    return std::vector<uint32_t>{static_cast<uint32_t>(value)};
  };
  using Directory = TiffDirectory;
  Directory directory(begin, description.empty() ? 9 : 10);
  directory.Add(256, Directory::kLong, number(packed.width));
  directory.Add(257, Directory::kLong, number(packed.height));
  directory.Add(258, Directory::kShort,
                std::vector<uint32_t>(colours, static_cast<uint32_t>(packed.bits)));
  directory.Add(259, Directory::kShort, {1});                       // no compression
  directory.Add(262, Directory::kShort, {colours == 1 ? 1U : 2U});  // black is zero, or RGB
  if (!description.empty()) directory.Add(270, description);
  directory.Add(273, Directory::kLong, number(kHeader));  // one strip
  directory.Add(277, Directory::kShort, {colours});
  directory.Add(278, Directory::kLong, number(packed.height));
  directory.Add(279, Directory::kLong, number(packed.bytes.size()));
  std::string file = "II";
  Directory::Put(42, 2, file);
  Directory::Put(static_cast<uint32_t>(begin), 4, file);
  file += packed.bytes;
  if (packed.bytes.size() % 2 == 1) file += '\0';
  return file + directory.Bytes();
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
