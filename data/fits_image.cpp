// SPDX-License-Identifier: Apache-2.0
#include "data/fits_image.h"

#include <fitsio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <memory>
#include <string>

namespace nightjar {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;  // of a frame
constexpr int64_t kMaxFrames = 4096;

struct CloseFits {
  void operator()(fitsfile* fits) const {
    int status = 0;
    fits_close_file(fits, &status);
  }
};
using FitsFile = std::unique_ptr<fitsfile, CloseFits>;

tl::unexpected<Error> Unusable(const std::filesystem::path& file, const std::string& what,
                               const std::string& remedy = {}) {
  return Fail(ErrorKind::kUnusableInput, what, file.string(), remedy);
}

tl::unexpected<Error> Damaged(const std::filesystem::path& file, int status) {
  char text[FLEN_STATUS];
  fits_get_errstatus(status, text);
  fits_clear_errmsg();
  return Unusable(file, std::string("not a whole FITS image: ") + text);
}

std::optional<double> ReadNumber(fitsfile* fits, const char* key) {
  double value = 0;
  int status = 0;
  fits_read_key(fits, TDOUBLE, key, &value, nullptr, &status);
  if (status == 0 && std::isfinite(value) && value >= 0) return value;
  fits_clear_errmsg();
  return std::nullopt;
}

bool NamesDark(fitsfile* fits) {
  char text[FLEN_VALUE] = "";
  int status = 0;
  fits_read_key(fits, TSTRING, "IMAGETYP", text, nullptr, &status);
  fits_clear_errmsg();
  if (status != 0) return false;
  std::string kind(text);
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind.find("dark") != std::string::npos || kind.find("bias") != std::string::npos;
}

struct Shape {
  int64_t width = 0;   // px
  int64_t height = 0;  // px
  int64_t frames = 1;
};

Result<Shape> ReadShape(fitsfile* fits, const std::filesystem::path& file) {
  int status = 0, bits = 0, dimensions = 0;
  std::array<LONGLONG, 3> sizes = {1, 1, 1};
  fits_get_img_equivtype(fits, &bits, &status);
  fits_get_img_dim(fits, &dimensions, &status);
  fits_get_img_sizell(fits, 3, sizes.data(), &status);
  if (status != 0) return Damaged(file, status);
  if (bits < 0)
    return Unusable(file, "its samples are floating point",
                    "needed are the sensor's whole numbers");
  if (dimensions != 2 && dimensions != 3) return Unusable(file, "it has no image of 2 dimensions");
  const Shape shape = {sizes[0], sizes[1], dimensions == 3 ? sizes[2] : 1};
  if (shape.width < 1 || shape.height < 1 || shape.width > kMaxPixels / shape.height ||
      shape.frames < 1 || shape.frames > kMaxFrames)
    return Unusable(file, "its size is " + std::to_string(shape.width) + "x" +
                              std::to_string(shape.height) + "x" + std::to_string(shape.frames));
  return shape;
}

}  // namespace

Result<FitsImage> ReadFits(const std::filesystem::path& file) {
  int status = 0;
  fitsfile* opened = nullptr;
  // Not fits_open_file: to it a name may be a program to run.
  fits_open_diskfile(&opened, file.c_str(), READONLY, &status);
  const FitsFile fits(opened);
  if (status != 0) return Damaged(file, status);
  const Result<Shape> shape = ReadShape(fits.get(), file);
  if (!shape) return tl::unexpected(shape.error());
  FitsImage image;
  image.exposure_s = ReadNumber(fits.get(), "EXPTIME");
  if (!image.exposure_s) image.exposure_s = ReadNumber(fits.get(), "EXPOSURE");
  image.is_dark = NamesDark(fits.get());
  const int64_t count = shape->width * shape->height;
  for (int64_t i = 0; i < shape->frames; ++i) {
    Image<uint16_t> frame(static_cast<int>(shape->width), static_cast<int>(shape->height));
    // Out of range: NUM_OVERFLOW.
    fits_read_img(fits.get(), TUSHORT, 1 + i * count, count, nullptr, frame.data(), nullptr,
                  &status);
    if (status != 0) return Damaged(file, status);
    image.frames.push_back(std::move(frame));
  }
  return image;
}

}  // namespace nightjar
