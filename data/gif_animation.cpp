// SPDX-License-Identifier: Apache-2.0
#include "data/gif_animation.h"

#include <fmt/format.h>
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace nightjar {

struct GifAnimation::Encoder {
  ~Encoder() {
    if (gif != nullptr) EGifCloseFile(gif, nullptr);
  }
  // What giflib has written since the last call.
  std::string Take() { return std::exchange(bytes, {}); }
  Result<std::string> TakeUnless(bool failed) {
    if (!failed) return Take();
    const char* why = GifErrorString(gif == nullptr ? 0 : gif->Error);
    return Fail(ErrorKind::kTryAgain,
                fmt::format("no GIF can be made: {}", why == nullptr ? "unknown" : why));
  }

  int width = 0, height = 0;
  std::string bytes;
  std::vector<GifByteType> row;
  GifFileType* gif = nullptr;
};

namespace {

int Append(GifFileType* gif, const GifByteType* data, int size) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  return size;
}

bool PutHeader(GifFileType* gif, int width, int height) {
  constexpr int kLevels = 256, kBits = 8;
  std::array<GifColorType, kLevels> greys;
  for (size_t level = 0; level < greys.size(); ++level) {
    const auto value = static_cast<GifByteType>(level);
    greys[level] = {value, value, value};
  }
  const std::unique_ptr<ColorMapObject, void (*)(ColorMapObject*)> palette(
      GifMakeMapObject(kLevels, greys.data()), &GifFreeMapObject);
  if (!palette) return false;
  EGifSetGifVersion(gif, true);
  if (EGifPutScreenDesc(gif, width, height, kBits, 0, palette.get()) == GIF_ERROR) return false;
  // Netscape's extension: play without end.
  const std::array<GifByteType, 3> forever = {1, 0, 0};
  return EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) != GIF_ERROR &&
         EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") != GIF_ERROR &&
         EGifPutExtensionBlock(gif, forever.size(), forever.data()) != GIF_ERROR &&
         EGifPutExtensionTrailer(gif) != GIF_ERROR;
}

}  // namespace

GifAnimation::GifAnimation(std::unique_ptr<Encoder> encoder) : encoder_(std::move(encoder)) {}
GifAnimation::GifAnimation(GifAnimation&&) noexcept = default;
GifAnimation::~GifAnimation() = default;

Result<GifAnimation> GifAnimation::Begin(int width, int height) {
  constexpr int kLargest = 65535;
  if (width < 1 || height < 1 || width > kLargest || height > kLargest)
    return Fail(ErrorKind::kUsage, "a GIF must have 1 x 1 to 65535 x 65535 pixels");
  auto encoder = std::make_unique<Encoder>();
  encoder->width = width;
  encoder->height = height;
  encoder->row.resize(static_cast<size_t>(width));
  int error = 0;
  encoder->gif = EGifOpen(&encoder->bytes, &Append, &error);
  if (encoder->gif == nullptr || !PutHeader(encoder->gif, width, height))
    return tl::unexpected(encoder->TakeUnless(true).error());
  return GifAnimation(std::move(encoder));
}

Result<std::string> GifAnimation::Add(const Image<uint8_t>& picture, int duration_cs) {
  Encoder& encoder = *encoder_;
  if (encoder.gif == nullptr) return Fail(ErrorKind::kUsage, "a GIF is finished already");
  if (picture.width() != encoder.width || picture.height() != encoder.height)
    return Fail(ErrorKind::kUsage, "the pictures of a GIF must have one size");
  if (duration_cs < 0 || duration_cs > 65535)
    return Fail(ErrorKind::kUsage, "a picture of a GIF lasts 0 to 65535 hundredths of a second");
  const GraphicsControlBlock control = {DISPOSE_DO_NOT, false, duration_cs, NO_TRANSPARENT_COLOR};
  std::array<GifByteType, 4> packed;
  EGifGCBToExtension(&control, packed.data());
  bool failed = EGifPutExtension(encoder.gif, GRAPHICS_EXT_FUNC_CODE, packed.size(),
                                 packed.data()) == GIF_ERROR ||
                EGifPutImageDesc(encoder.gif, 0, 0, encoder.width, encoder.height, false,
                                 nullptr) == GIF_ERROR;
  for (int y = 0; y < encoder.height && !failed; ++y) {
    std::copy_n(&picture(0, y), encoder.width, encoder.row.begin());  // giflib may write there
    failed = EGifPutLine(encoder.gif, encoder.row.data(), encoder.width) == GIF_ERROR;
  }
  return encoder.TakeUnless(failed);
}

Result<std::string> GifAnimation::Finish() {
  if (encoder_->gif == nullptr) return Fail(ErrorKind::kUsage, "a GIF is finished already");
  const bool failed = EGifCloseFile(std::exchange(encoder_->gif, nullptr), nullptr) == GIF_ERROR;
  return encoder_->TakeUnless(failed);
}

}  // namespace nightjar
