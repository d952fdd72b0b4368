// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// Grey pictures as an animation that browsers and viewers play without end: GIF89a with a palette
/// of 256 greys, a picture after the other, nothing shared between them. Bytes come as the pictures
/// do, so that memory does not grow with their number; they are a function of the pictures and of
/// giflib's version.
///
///     auto gif = GifAnimation::Begin(346, 260);
///     bytes = gif->Add(picture, 4); … bytes += gif->Finish();
class GifAnimation {
 public:
  /// kUsage for a size that is not 1 x 1 to 65535 x 65535 px.
  static Result<GifAnimation> Begin(int width, int height);

  /// The next bytes of the file, the first ones with the header. The picture is of the animation's
  /// size, kUsage otherwise, and is shown for so many hundredths of a second, 0 .. 65535; most
  /// viewers take less than 2 for 10.
  Result<std::string> Add(const Image<uint8_t>& picture, int duration_cs);

  /// The last bytes; nothing can be added behind them.
  Result<std::string> Finish();

  GifAnimation(GifAnimation&&) noexcept;
  GifAnimation& operator=(GifAnimation&&) = delete;
  ~GifAnimation();

 private:
  struct Encoder;  // giflib's
  explicit GifAnimation(std::unique_ptr<Encoder> encoder);

  std::unique_ptr<Encoder> encoder_;
};

}  // namespace nightjar
