// SPDX-License-Identifier: Apache-2.0
#include "data/camera_stream.h"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "core/check.h"
#include "data/png_image.h"

namespace nightjar {
namespace {

const char* Phrase(PngProblem problem) {
  switch (problem) {
    case PngProblem::kMissing: return "frame file is missing, skipped";
    case PngProblem::kUnreadable: return "frame file cannot be opened, skipped";
    case PngProblem::kDamaged: return "frame file is truncated or damaged, skipped";
    case PngProblem::kWrongSize:
      return "image has not the size that its calibration gives, skipped";
    case PngProblem::kNotMono: return "image is not grey with 8 or 16 bits, skipped";
  }
  return "frame file cannot be used, skipped";
}

// Whether the samples of an image can be those of a pixel format. A plain log says nothing of it,
// which reads as mono8, and may have images of 16 bits; their levels are then those of 16 bits.
bool HasBitsOf(const MonoImage& image, const CameraSensor& sensor) {
  if (std::holds_alternative<Image<uint8_t>>(image)) {
    return sensor.pixel_format == PixelFormat::kMono8;
  }
  return sensor.pixel_format != PixelFormat::kMono8 ||
         (sensor.black_level == 0 && !sensor.white_level);
}

bool ExceedsItsFormat(const MonoImage& image, PixelFormat format) {
  const auto* pixels = std::get_if<Image<uint16_t>>(&image);
  if (pixels == nullptr || format == PixelFormat::kMono8) return false;
  const int largest = LargestDn(format);
  return std::any_of(pixels->begin(), pixels->end(), [largest](uint16_t v) { return v > largest; });
}

Error NoUsableRow(const std::filesystem::path& file, const Error& refusal) {
  return {ErrorKind::kUnusableInput,
          refusal.what.empty() ? "has no rows"
                               : "no row is usable, the first for this reason: " + refusal.what,
          refusal.where.empty() ? file.string() : refusal.where,
          "each row must be t[ns],filename[,exposure_ns[,gain]]"};
}

}  // namespace

CameraStream::CameraStream(CsvReader reader, const std::filesystem::path& folder,
                           const RigCamera& camera, int index, Kind kind)
    : camera_(camera),
      index_(index),
      kind_(kind),
      images_(folder / camera.name / "data"),
      anomalies_(camera.name + "/data.csv"),
      rows_(std::move(reader), FrameRowParser(camera), &anomalies_) {}

Result<std::unique_ptr<CameraStream>> CameraStream::Open(const std::filesystem::path& folder,
                                                         const RigCamera& camera, int index,
                                                         Kind kind) {
  const bool plausible = std::abs(camera.time_offset_s) <= kMaxTimeOffset &&
                         camera.readout_s >= 0 && camera.readout_s <= kMaxReadout;
  if (!plausible) {
    return Fail(ErrorKind::kUnusableInput, "its time_offset_s or readout_s is no time in seconds",
                (folder / camera.name).string(), "correct the calibration");
  }
  const std::filesystem::path file = folder / camera.name / "data.csv";
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<CameraStream> stream(
      new CameraStream(*std::move(reader), folder, camera, index, kind));
  std::error_code error;
  if (!std::filesystem::is_directory(stream->images_, error)) {
    return Fail(ErrorKind::kUnusableInput, "no such folder", stream->images_.string(),
                "the images that data.csv names belong here");
  }
  if (Status status = stream->rows_.Advance(); !status) return tl::unexpected(status.error());
  if (!stream->rows_.head())
    return tl::unexpected(NoUsableRow(file, stream->rows_.first_refusal()));
  return stream;
}

Result<FrameListing> CameraStream::List(const std::filesystem::path& folder,
                                        const RigCamera& camera, const FrameInterval& interval) {
  const std::filesystem::path file = folder / camera.name / "data.csv";
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  AnomalyCounter unused(camera.name);
  StampedRows<FrameRow, FrameRowParser> rows(*std::move(reader), FrameRowParser(camera), &unused);
  std::optional<FrameListing> listing;
  while (true) {
    if (Status status = rows.Advance(); !status) return tl::unexpected(status.error());
    if (!rows.head()) break;
    const SensorTime time = rows.head()->row.time;
    if (!listing) listing = FrameListing{time, time, 0};
    listing->last = time;
    if (time >= interval.begin && time < interval.end) ++listing->in_interval;
  }
  if (!listing) return tl::unexpected(NoUsableRow(file, rows.first_refusal()));
  return *listing;
}

Status CameraStream::Restrict(const FrameInterval& interval) {
  interval_ = interval;
  while (rows_.head() && rows_.head()->row.time < interval.begin) {
    if (Status status = rows_.Advance(); !status) return status;
  }
  return {};
}

std::optional<SensorTime> CameraStream::next_time() const {
  if (!rows_.head() || rows_.head()->row.time >= interval_.end) return std::nullopt;
  return rows_.head()->row.time;
}

void CameraStream::JudgeRow(const FrameRow& row, int64_t line) {
  if (row.exposure_refused)
    anomalies_.Add("exposure is not a number of nanoseconds from 1 to 1e11, left out", line);
  if (row.gain_refused) anomalies_.Add("gain is not a positive number, left out", line);
  const bool half_needed = camera_.sensor.stamp_reference != StampReference::kMiddle;
  if (half_needed && !row.exposure_ns) {
    anomalies_.Add(
        "exposure is not known: half of it is missing in the frame's time, whose stamp is not that "
        "of mid-exposure",
        line);
  }
}

std::optional<MonoImage> CameraStream::ReadImage(const FrameRow& row, int64_t line) {
  auto image = ReadMonoPng(images_ / row.filename, ImageSize{camera_.width, camera_.height});
  if (!image) {
    anomalies_.Add(Phrase(image.error().problem), line);
    return std::nullopt;
  }
  if (!HasBitsOf(*image, camera_.sensor)) {
    anomalies_.Add("image has not the 8 or 16 bits of its pixel format, skipped", line);
    return std::nullopt;
  }
  if (sample_type_ == std::variant_npos) sample_type_ = image->index();
  if (image->index() != sample_type_) {
    anomalies_.Add("image has another depth than those before it, skipped", line);
    return std::nullopt;
  }
  if (ExceedsItsFormat(*image, camera_.sensor.pixel_format)) {
    anomalies_.Add("image has values above the largest of its pixel format, taken as white", line);
  }
  return *std::move(image);
}

Result<std::optional<Record>> CameraStream::Take() {
  NIGHTJAR_CHECK(next_time().has_value(), "a frame is taken only where next_time() has shown one");
  const auto [row, line] = *rows_.head();
  ++taken_;
  if (Status status = rows_.Advance(); !status) return tl::unexpected(status.error());
  JudgeRow(row, line);
  std::optional<MonoImage> image = ReadImage(row, line);
  if (image) {
    ++delivered_;
    if (!first_) first_ = row.time;
    last_ = row.time;
  }
  if (kind_ == Kind::kDepthSensor) {
    if (!image) return std::nullopt;
    return Record(DepthFrame{row.time, index_, std::get<Image<uint16_t>>(*std::move(image))});
  }
  return Record(Frame{row.time, index_, image ? *std::move(image) : MonoImage(), row.exposure_ns,
                      row.gain, row.stamp});
}

StreamCounts CameraStream::counts() const {
  return {camera_.name, taken_ + rows_.rejected(), delivered_, first_, last_};
}

}  // namespace nightjar
