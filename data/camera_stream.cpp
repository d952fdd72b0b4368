// SPDX-License-Identifier: Apache-2.0
#include "data/camera_stream.h"

#include <system_error>
#include <utility>

#include "core/check.h"
#include "data/number_text.h"
#include "data/png_image.h"

namespace nightjar {
namespace {

// A log must not make us read elsewhere on the machine.
bool StaysInFolder(std::string_view filename) {
  return !filename.empty() && filename != "." && filename != ".." &&
         filename.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

tl::expected<FrameRow, const char*> ParseRow(const std::vector<std::string_view>& fields) {
  if (fields.size() < 2 || fields.size() > 4) return Refuse("row without 2 to 4 columns, skipped");
  const auto t_ns = number_text::ParseUnsigned(fields[0]);
  if (!t_ns) return Refuse("row whose time is not a whole number of nanoseconds, skipped");
  if (!StaysInFolder(fields[1]))
    return Refuse("row whose file name is not that of a file in data/, skipped");
  return FrameRow{FromNanoseconds(*t_ns), std::string(fields[1])};
}

const char* Phrase(PngProblem problem) {
  switch (problem) {
    case PngProblem::kMissing: return "frame file is missing, skipped";
    case PngProblem::kUnreadable: return "frame file cannot be opened, skipped";
    case PngProblem::kDamaged: return "frame file is truncated or damaged, skipped";
    case PngProblem::kWrongSize: return "image has not the size that sensor.yaml gives, skipped";
    case PngProblem::kNotMono: return "image is not grey with 8 or 16 bits, skipped";
  }
  return "frame file cannot be used, skipped";
}

Error NoUsableRow(const std::filesystem::path& file, const Error& refusal) {
  return {ErrorKind::kUnusableInput,
          refusal.what.empty() ? "has no rows"
                               : "no row is usable, the first for this reason: " + refusal.what,
          refusal.where.empty() ? file.string() : refusal.where, "each row must be t[ns],filename"};
}

}  // namespace

CameraStream::CameraStream(CsvReader reader, const std::filesystem::path& folder,
                           const RigCamera& camera, int index)
    : camera_(camera),
      index_(index),
      images_(folder / camera.name / "data"),
      anomalies_(camera.name + "/data.csv"),
      rows_(std::move(reader), &ParseRow, &anomalies_) {}

Result<std::unique_ptr<CameraStream>> CameraStream::Open(const std::filesystem::path& folder,
                                                         const RigCamera& camera, int index) {
  const std::filesystem::path file = folder / camera.name / "data.csv";
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<CameraStream> stream(new CameraStream(*std::move(reader), folder, camera, index));
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
                                        const std::string& name, const FrameInterval& interval) {
  const std::filesystem::path file = folder / name / "data.csv";
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  AnomalyCounter unused(name);
  StampedRows<FrameRow> rows(*std::move(reader), &ParseRow, &unused);
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

Result<Frame> CameraStream::Take() {
  NIGHTJAR_CHECK(next_time().has_value(), "a frame is taken only where next_time() has shown one");
  const auto [row, line] = *rows_.head();
  ++taken_;
  if (Status status = rows_.Advance(); !status) return tl::unexpected(status.error());
  auto image = ReadMonoPng(images_ / row.filename, ImageSize{camera_.width, camera_.height});
  if (!image) {
    anomalies_.Add(Phrase(image.error().problem), line);
    return Frame{row.time, index_, {}};
  }
  if (depth_ == std::variant_npos) depth_ = image->index();
  if (image->index() != depth_) {
    anomalies_.Add("image has another depth than those before it, skipped", line);
    return Frame{row.time, index_, {}};
  }
  ++delivered_;
  if (!first_) first_ = row.time;
  last_ = row.time;
  return Frame{row.time, index_, *std::move(image)};
}

StreamCounts CameraStream::counts() const {
  return {camera_.name, taken_ + rows_.rejected(), delivered_, first_, last_};
}

}  // namespace nightjar
