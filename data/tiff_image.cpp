// SPDX-License-Identifier: Apache-2.0
#include "data/tiff_image.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <string>

namespace nightjar {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;  // of a page: a damaged header asks for no more
constexpr uint16_t kPhotometricCfa = 32803;

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

// Keeps the first message of the library, which would print it.
int KeepMessage(TIFF*, void* kept, const char*, const char* format, va_list arguments) {
  auto& message = *static_cast<std::string*>(kept);
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (message.empty()) message = text;
  return 1;
}
int DropMessage(TIFF*, void*, const char*, const char*, va_list) { return 1; }

class TiffReader {
 public:
  explicit TiffReader(const std::filesystem::path& file) : file_(file) {
    const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), KeepMessage, &message_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), DropMessage, nullptr);
    tiff_.reset(TIFFOpenExt(file.c_str(), "r", options.get()));
  }

  bool IsOfCamera() const {
    if (!tiff_) return false;
    const void* version = nullptr;
    const char* model = nullptr;
    return TIFFGetField(tiff_.get(), TIFFTAG_DNGVERSION, &version) != 0 ||
           TIFFGetField(tiff_.get(), TIFFTAG_MODEL, &model) != 0;
  }

  Result<std::vector<Image<uint16_t>>> ReadPages() {
    if (!tiff_) return Damaged();
    std::vector<Image<uint16_t>> pages;
    do {
      Result<Image<uint16_t>> page = ReadPage();
      if (!page) return tl::unexpected(page.error());
      if (!pages.empty() &&
          (page->width() != pages[0].width() || page->height() != pages[0].height()))
        return Unusable("its pages have different sizes");
      pages.push_back(std::move(*page));
    } while (TIFFReadDirectory(tiff_.get()) != 0);
    if (!message_.empty()) return Damaged();
    return pages;
  }

 private:
  tl::unexpected<Error> Unusable(const std::string& what) const {
    return Fail(ErrorKind::kUnusableInput, what, file_.string(),
                "needed are grey samples of 8 or 16 bits, one a pixel");
  }
  tl::unexpected<Error> Damaged() const {
    const std::string why = message_.empty() ? "it cannot be read" : message_;
    return Fail(ErrorKind::kUnusableInput, "not a whole TIFF: " + why, file_.string());
  }

  template <typename T>
  T Field(uint32_t tag) const {
    T value = 0;
    TIFFGetFieldDefaulted(tiff_.get(), tag, &value);
    return value;
  }

  Result<Image<uint16_t>> ReadPage() {
    const auto width = Field<uint32_t>(TIFFTAG_IMAGEWIDTH);
    const auto height = Field<uint32_t>(TIFFTAG_IMAGELENGTH);
    bits_ = Field<uint16_t>(TIFFTAG_BITSPERSAMPLE);
    if (Field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL) != 1) return Unusable("it is a colour image");
    const auto format = Field<uint16_t>(TIFFTAG_SAMPLEFORMAT);
    if ((bits_ != 8 && bits_ != 16) || format != SAMPLEFORMAT_UINT)
      return Unusable("its samples are not unsigned numbers of 8 or 16 bits");
    const auto photometric = Field<uint16_t>(TIFFTAG_PHOTOMETRIC);
    if (photometric != PHOTOMETRIC_MINISBLACK && photometric != kPhotometricCfa)
      return Unusable("its samples are not such that black is zero");
    if (width == 0 || height == 0 || width > kMaxPixels / height)
      return Unusable("its size is " + std::to_string(width) + "x" + std::to_string(height));
    Image<uint16_t> image(static_cast<int>(width), static_cast<int>(height));
    const bool read = TIFFIsTiled(tiff_.get()) != 0 ? ReadTiles(image) : ReadStrips(image);
    if (!read) return Damaged();
    return image;
  }

  // Copies samples of the file, row by row, to (x0, y0) of the image as far as they are inside.
  void Copy(const std::vector<uint8_t>& bytes, uint32_t columns, uint32_t rows, uint32_t x0,
            uint32_t y0, Image<uint16_t>& image) const {
    const auto* const words = reinterpret_cast<const uint16_t*>(bytes.data());
    for (uint32_t y = 0; y < rows && y0 + y < static_cast<uint32_t>(image.height()); ++y) {
      for (uint32_t x = 0; x < columns && x0 + x < static_cast<uint32_t>(image.width()); ++x) {
        const size_t i = static_cast<size_t>(y) * columns + x;
        image(static_cast<int>(x0 + x), static_cast<int>(y0 + y)) =
            bits_ == 8 ? bytes[i] : words[i];
      }
    }
  }

  bool ReadStrips(Image<uint16_t>& image) {
    const auto width = static_cast<uint32_t>(image.width());
    const auto height = static_cast<uint32_t>(image.height());
    const uint32_t rows = std::min(Field<uint32_t>(TIFFTAG_ROWSPERSTRIP), height);
    if (rows == 0) return false;
    const size_t row_bytes = static_cast<size_t>(width) * (bits_ / 8);
    std::vector<uint8_t> bytes(row_bytes * rows);
    for (uint32_t y = 0; y < height; y += rows) {
      const size_t wanted = row_bytes * std::min(rows, height - y);
      const tmsize_t read =
          TIFFReadEncodedStrip(tiff_.get(), y / rows, bytes.data(), static_cast<tmsize_t>(wanted));
      if (read != static_cast<tmsize_t>(wanted)) return false;
      Copy(bytes, width, std::min(rows, height - y), 0, y, image);
    }
    return true;
  }

  bool ReadTiles(Image<uint16_t>& image) {
    const auto columns = Field<uint32_t>(TIFFTAG_TILEWIDTH);
    const auto rows = Field<uint32_t>(TIFFTAG_TILELENGTH);
    if (columns == 0 || rows == 0 || columns > kMaxPixels / rows) return false;
    std::vector<uint8_t> bytes(static_cast<size_t>(columns) * rows * (bits_ / 8));
    for (uint32_t y = 0; y < static_cast<uint32_t>(image.height()); y += rows) {
      for (uint32_t x = 0; x < static_cast<uint32_t>(image.width()); x += columns) {
        const tmsize_t read = TIFFReadTile(tiff_.get(), bytes.data(), x, y, 0, 0);
        if (read != static_cast<tmsize_t>(bytes.size())) return false;
        Copy(bytes, columns, rows, x, y, image);
      }
    }
    return true;
  }

  std::filesystem::path file_;
  std::string message_;
  std::unique_ptr<TIFF, CloseTiff> tiff_;
  uint16_t bits_ = 0;
};

}  // namespace

Result<std::vector<Image<uint16_t>>> ReadTiff(const std::filesystem::path& file) {
  return TiffReader(file).ReadPages();
}

bool IsCameraTiff(const std::filesystem::path& file) { return TiffReader(file).IsOfCamera(); }

}  // namespace nightjar
