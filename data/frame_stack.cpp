// SPDX-License-Identifier: Apache-2.0
#include "data/frame_stack.h"

#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "data/fits_image.h"
#include "data/png_image.h"
#include "data/tiff_image.h"

namespace nightjar {
namespace {

Image<uint16_t> Widened(const Image<uint8_t>& narrow) {
  Image<uint16_t> wide(narrow.width(), narrow.height());
  wide.for_each_element([&](int x, int y) { wide(x, y) = narrow(x, y); });
  return wide;
}
Image<uint16_t> Widened(const Image<uint16_t>& wide) { return wide; }

Result<FrameStack> ReadPng(const std::filesystem::path& file) {
  const auto image = ReadMonoPng(file);
  if (!image)
    return Fail(ErrorKind::kUnusableInput, image.error().detail, file.string(),
                "needed is a whole grey PNG of 8 or 16 bits");
  FrameStack stack;
  stack.frames.push_back(std::visit([](const auto& pixels) { return Widened(pixels); }, *image));
  return stack;
}

}  // namespace

FrameFormat FrameFormatOf(const std::filesystem::path& file) {
  using namespace std::string_view_literals;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return FrameFormat::kNone;
  std::array<char, 9> bytes = {};
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const std::string_view start(bytes.data(), bytes.size());
  const auto begins = [&](std::string_view with) { return start.substr(0, with.size()) == with; };
  if (begins("\x89PNG\r\n\x1a\n"sv)) return FrameFormat::kPng;
  if (begins("SIMPLE  ="sv)) return FrameFormat::kFits;
  for (const std::string_view with : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (begins(with)) return FrameFormat::kTiff;
  return FrameFormat::kNone;
}

Result<FrameStack> ReadFrameStack(const std::filesystem::path& file) {
  switch (FrameFormatOf(file)) {
    case FrameFormat::kPng: return ReadPng(file);
    case FrameFormat::kTiff: {
      Result<std::vector<Image<uint16_t>>> pages = ReadTiff(file);
      if (!pages) return tl::unexpected(pages.error());
      FrameStack stack;
      stack.frames = std::move(*pages);
      return stack;
    }
    case FrameFormat::kFits: {
      Result<FitsImage> image = ReadFits(file);
      if (!image) return tl::unexpected(image.error());
      return FrameStack{std::move(image->frames), image->exposure_s, image->is_dark};
    }
    case FrameFormat::kNone: break;
  }
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  return Fail(ErrorKind::kUnusableInput,
              exists ? "neither a PNG nor a TIFF nor a FITS image" : "no such file", file.string());
}

}  // namespace nightjar
