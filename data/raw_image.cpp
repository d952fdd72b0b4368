// SPDX-License-Identifier: Apache-2.0
#include "data/raw_image.h"

#include <fstream>
#include <string>
#include <system_error>

#include "data/camera_raw.h"
#include "data/frame_stack.h"
#include "data/npy_image.h"
#include "data/tiff_image.h"

namespace nightjar {
namespace {

bool IsNpy(const std::filesystem::path& file) {
  std::string start(6, ' ');
  std::ifstream(file, std::ios::binary).read(start.data(), 6);
  return start == "\x93NUMPY";
}

Result<RawImage> ReadOneOf(const std::filesystem::path& file) {
  Result<FrameStack> stack = ReadFrameStack(file);
  if (!stack) return tl::unexpected(stack.error());
  if (stack->frames.size() != 1) {
    return Fail(ErrorKind::kUnusableInput,
                "there are " + std::to_string(stack->frames.size()) + " frames in it",
                file.string(), "give files of one frame each");
  }
  RawImage image;
  image.samples = stack->frames.front();
  return image;
}

}  // namespace

Result<RawImage> ReadRawImage(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return Fail(ErrorKind::kUnusableInput, "no such file", file.string());
  if (!std::filesystem::is_regular_file(file, error))
    return Fail(ErrorKind::kUnusableInput, "not a file", file.string(), "give a frame");
  if (std::filesystem::file_size(file, error) == 0)
    return Fail(ErrorKind::kUnusableInput, "is empty", file.string(), "give a frame");
  if (!std::ifstream(file, std::ios::binary)) {
    return Fail(ErrorKind::kUnusableInput, "cannot be opened", file.string(),
                "check its permissions");
  }
  if (IsNpy(file)) {
    Result<Image<uint16_t>> samples = ReadNpy(file);
    if (!samples) return tl::unexpected(samples.error());
    RawImage image;
    image.samples = std::move(*samples);
    return image;
  }
  switch (FrameFormatOf(file)) {
    case FrameFormat::kPng:
    case FrameFormat::kFits: return ReadOneOf(file);
    // A camera's file is a TIFF as well, mostly.
    case FrameFormat::kTiff: return IsCameraTiff(file) ? ReadCameraRaw(file) : ReadOneOf(file);
    case FrameFormat::kNone: break;
  }
  return ReadCameraRaw(file);
}

}  // namespace nightjar
