// SPDX-License-Identifier: Apache-2.0
#include "data/camera_raw.h"

#include <libraw/libraw.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace nightjar {
namespace {

tl::unexpected<Error> Unusable(const std::filesystem::path& file, const std::string& what,
                               const std::string& remedy) {
  return Fail(ErrorKind::kUnusableInput, what, file.string(), remedy);
}

/// Of the tile at the top left of the visible part; nothing where it is none of ours.
std::optional<ColourFilter> FilterOf(LibRaw& raw) {
  if (raw.imgdata.idata.filters == 0)
    return raw.imgdata.idata.colors == 1 ? std::optional(ColourFilter::kNone) : std::nullopt;
  std::string colours;
  for (const int place : {0, 1, 2, 3}) {
    for (const int repeated : {0, 2, 4}) {  // X-Trans repeats after six
      const int colour = raw.COLOR(place / 2 + repeated, place % 2);
      const char letter = raw.imgdata.idata.cdesc[colour];
      if (repeated == 0) colours += letter;
      if (colours.back() != letter) return std::nullopt;
    }
  }
  if (colours == "RGGB") return ColourFilter::kRggb;
  if (colours == "BGGR") return ColourFilter::kBggr;
  if (colours == "GRBG") return ColourFilter::kGrbg;
  if (colours == "GBRG") return ColourFilter::kGbrg;
  return std::nullopt;
}

std::array<double, 4> BlackOf(LibRaw& raw) {
  const libraw_colordata_t& colour = raw.imgdata.color;
  std::array<double, 4> black = {};
  for (size_t place = 0; place < 4; ++place) {
    const int x = static_cast<int>(place % 2), y = static_cast<int>(place / 2);
    const int channel = raw.imgdata.idata.filters == 0 ? 0 : raw.COLOR(y, x);
    black[place] = colour.black + colour.cblack[channel];
    // A pattern of the file, rows by columns.
    const unsigned rows = colour.cblack[4], columns = colour.cblack[5];
    if (rows > 0 && columns > 0) {
      black[place] += colour.cblack[6 + static_cast<unsigned>(y) % rows * columns +
                                    static_cast<unsigned>(x) % columns];
    }
  }
  return black;
}

/// Of a camera's RAW file of any kind that LibRaw reads: without one it goes by the size of the
/// file, and makes a picture of anything.
bool HasSignature(const std::filesystem::path& file) {
  std::string start(16, ' ');
  std::ifstream(file, std::ios::binary).read(start.data(), static_cast<long>(start.size()));
  struct Signature {
    size_t at;
    std::string_view bytes;
  };
  using namespace std::string_view_literals;
  constexpr Signature kKnown[] = {
      {0, "II"sv},   {0, "MM"sv},   {0, "FUJIFILM"sv}, {0, "FOVb"sv}, {0, "\0MRM"sv},
      {0, "RIFF"sv}, {0, "ARRI"sv}, {0, "NOKIARAW"sv}, {0, "PXN"sv},  {0, "DSC-Image"sv},
      {4, "ftyp"sv}, {4, "RED1"sv}, {6, "HEAPCCDR"sv}, {0, "qkt"sv},  {0, "\xff\xd8\xff"sv}};
  return std::any_of(std::begin(kKnown), std::end(kKnown), [&](const Signature& signature) {
    return start.compare(signature.at, signature.bytes.size(), signature.bytes) == 0;
  });
}

void AddColours(const libraw_colordata_t& colour, RawImage& image) {
  const double red = static_cast<double>(colour.cam_mul[0]);
  const double green = static_cast<double>(colour.cam_mul[1]);
  const double blue = static_cast<double>(colour.cam_mul[2]);
  if (red > 0 && green > 0 && blue > 0) image.white_balance = {red / green, 1, blue / green};
  std::array<double, 9> matrix;
  for (size_t i = 0; i < 3; ++i) {
    double sum = 0;
    for (size_t k = 0; k < 3; ++k)
      sum += matrix[3 * i + k] = static_cast<double>(colour.rgb_cam[i][k]);
    if (sum < 0.9 || sum > 1.1) return;  // LibRaw does not know the camera
  }
  image.matrix = matrix;
}

}  // namespace

Result<RawImage> ReadCameraRaw(const std::filesystem::path& file) {
  if (!HasSignature(file)) {
    return Unusable(
        file, "not an image that can be read: no signature of one, nor of a camera's RAW file",
        "needed is a grey PNG, TIFF or FITS image, a camera's RAW file, or a NumPy array, which "
        "samples without a header can be made");
  }
  const auto raw = std::make_unique<LibRaw>();
  bool is_damaged = false;
  // In place of LibRaw's own, which prints; samples behind the damage would be made up. The type of
  // the offset differs between its versions.
  raw->set_dataerror_handler(
      [](void* flag, const char*, auto) { *static_cast<bool*>(flag) = true; }, &is_damaged);
  int status = raw->open_file(file.c_str());
  if (status == LIBRAW_FILE_UNSUPPORTED || status == LIBRAW_NOT_IMPLEMENTED) {
    return Unusable(
        file, "not an image that can be read",
        "needed is a grey PNG, TIFF or FITS image, a NumPy array or a camera's RAW file");
  }
  if (status == 0) status = raw->unpack();
  if (status != 0 || is_damaged) {
    return Unusable(
        file,
        std::string("the RAW file cannot be read: ") +
            (is_damaged ? "its end is missing, or it is damaged" : libraw_strerror(status)),
        "is it whole?");
  }
  const libraw_image_sizes_t& sizes = raw->imgdata.sizes;
  const auto filter = FilterOf(*raw);
  if (!filter || raw->imgdata.rawdata.raw_image == nullptr) {
    return Unusable(file, "its sensor has no 2 x 2 tile of red, green and blue",
                    "X-Trans, Foveon and files that are developed already are not taken");
  }
  const int last = (sizes.top_margin + sizes.height - 1) * (sizes.raw_pitch / 2);
  if (sizes.width == 0 || sizes.height == 0 || sizes.top_margin + sizes.height > sizes.raw_height ||
      sizes.left_margin + sizes.width > sizes.raw_width || last < 0)
    return Unusable(file, "the visible part is not inside of the frame", "is it whole?");
  RawImage image;
  image.samples = Image<uint16_t>(sizes.width, sizes.height);
  for (int y = 0; y < sizes.height; ++y) {
    const uint16_t* const row = raw->imgdata.rawdata.raw_image +
                                static_cast<size_t>(y + sizes.top_margin) * (sizes.raw_pitch / 2) +
                                sizes.left_margin;
    std::copy_n(row, sizes.width, &image.samples(0, y));
  }
  image.colour_filter = filter;
  image.black = BlackOf(*raw);
  image.white = raw->imgdata.color.maximum;
  AddColours(raw->imgdata.color, image);
  return image;
}

}  // namespace nightjar
