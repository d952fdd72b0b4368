// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_picture_writer.h"

#include <fmt/format.h>

#include <span>
#include <utility>
#include <variant>

#include "data/png_image.h"
#include "spatial/npy.h"

namespace nightjar {
namespace {

constexpr const char* kTable = "pictures.csv";
constexpr const char* kGif = "pictures.gif";

struct Array {
  std::string bytes;
  const char* type;
};

Array ToNpy(std::span<const uint8_t> values, const std::vector<size_t>& shape) {
  return {NpyUint8(values, shape), "uint8"};
}
Array ToNpy(std::span<const uint16_t> values, const std::vector<size_t>& shape) {
  return {NpyUint16(values, shape), "uint16"};
}
Array ToNpy(std::span<const float> values, const std::vector<size_t>& shape) {
  return {NpyFloat32(values, shape), "float32"};
}

}  // namespace

std::string EventPictureWriter::NameOf(int64_t picture) const {
  return fmt::format("{:06}.{}", picture, format_ == EventPictureFormat::kPng ? "png" : "npy");
}

Status EventPictureWriter::Begin() {
  return folder_.Append(kTable, fmt::format("#begin [us],end [us],events,file{}\n",
                                            view_.Sharpness() ? ",variance" : ""));
}

void EventPictureWriter::Take(const EventSlice& slice) {
  if (status_) status_ = Write(slice);
}

Status EventPictureWriter::Write(const EventSlice& slice) {
  if (Status added = view_.Add(slice); !added) return added;
  const auto values = view_.Values(slice.end);
  if (!values) return tl::unexpected(values.error());
  const bool animates = wants_gif_ && gif_pictures_ < kMostGifPictures;
  if (animates || format_ == EventPictureFormat::kPng)
    if (Status shown = view_.Show(picture_); !shown) return shown;
  const auto bytes = Encode(*values);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string name = NameOf(pictures_);
  if (Status written = folder_.Write(name, *bytes); !written) return written;
  ++pictures_;
  if (animates)
    if (Status animated = Animate(); !animated) return animated;
  const auto sharpness = view_.Sharpness();
  return folder_.Append(
      kTable, fmt::format("{},{},{},{}{}\n", ToNanoseconds(slice.begin) / 1000,
                          ToNanoseconds(slice.end) / 1000, slice.events.events.size(), name,
                          sharpness ? fmt::format(",{:.6g}", *sharpness) : ""));
}

Result<std::string> EventPictureWriter::Encode(const ViewValues& values) {
  if (format_ == EventPictureFormat::kPng) {
    type_ = "uint8";
    shape_ = {picture_.height(), picture_.width()};
    return EncodeMonoPng(picture_);
  }
  return std::visit(
      [this](const auto& planes) {
        shape_ = {planes.channels(), planes.height(), planes.width()};
        Array array = ToNpy({planes.data(), planes.number_of_elements()},
                            {static_cast<size_t>(shape_[0]), static_cast<size_t>(shape_[1]),
                             static_cast<size_t>(shape_[2])});
        type_ = array.type;
        return Result<std::string>(std::move(array.bytes));
      },
      values);
}

Status EventPictureWriter::Animate() {
  if (!gif_) {
    auto begun = GifAnimation::Begin(picture_.width(), picture_.height());
    if (!begun) {
      Error error = begun.error();
      error.remedy = "leave it out with --no-gif";
      return tl::unexpected(error);
    }
    gif_.emplace(std::move(*begun));
  }
  const auto bytes = gif_->Add(picture_, kGifPicture_cs);
  if (!bytes) return tl::unexpected(bytes.error());
  ++gif_pictures_;
  return folder_.Append(kGif, *bytes);
}

Status EventPictureWriter::Finish() {
  if (!status_ || !gif_) return status_;
  const auto bytes = gif_->Finish();
  if (!bytes) return tl::unexpected(bytes.error());
  return folder_.Append(kGif, *bytes);
}

void EventPictureWriter::Tell(EventPicturesSummary& summary) const {
  summary.pictures = pictures_;
  summary.first_file = NameOf(0);
  summary.last_file = NameOf(pictures_ - 1);
  summary.type = type_;
  summary.shape = shape_;
  summary.gif_pictures = gif_pictures_;
}

}  // namespace nightjar
