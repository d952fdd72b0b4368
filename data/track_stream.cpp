// SPDX-License-Identifier: Apache-2.0
#include "data/track_stream.h"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "core/check.h"
#include "data/frame_row.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

Error NoUsableRow(const fs::path& file, const Error& refusal) {
  return {ErrorKind::kUnusableInput,
          refusal.what.empty() ? "has no rows"
                               : "no row is usable, the first for this reason: " + refusal.what,
          refusal.where.empty() ? file.string() : refusal.where,
          "each row must be t[ns],track,x_px,y_px,sigma_px, or t[ns] alone"};
}

Status CheckTimes(const RigCamera& camera, const fs::path& folder) {
  const bool plausible = std::abs(camera.time_offset_s) <= kMaxTimeOffset &&
                         camera.readout_s >= 0 && camera.readout_s <= kMaxReadout;
  if (plausible) return {};
  return Fail(ErrorKind::kUnusableInput, "its time_offset_s or readout_s is no time in seconds",
              (folder / camera.name).string(), "correct the calibration");
}

}  // namespace

bool HasTracksOnly(const fs::path& folder, const std::string& camera) {
  std::error_code error;
  return fs::exists(folder / camera / kTrackFile, error) &&
         !fs::exists(folder / camera / "data.csv", error);
}

Status TrackFrames::NextRow() {
  if (!row_ && !after_) {  // at the start
    if (Status read = ReadRow(after_); !read) return read;
  }
  row_ = std::exchange(after_, std::nullopt);
  return row_ ? ReadRow(after_) : Status();
}

// The next row that says something; nothing at the end.
Status TrackFrames::ReadRow(std::optional<NumberedRow>& result) {
  while (!result) {
    const Result<bool> more = reader_.Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    const bool first_line = std::exchange(first_line_, false);
    const auto row = parser_(reader_.Fields());
    if (row) {
      result = NumberedRow{*row, reader_.line_number()};
    } else if (!(first_line && reader_.line().find("timestamp") != std::string_view::npos)) {
      if (first_refusal_.what.empty())
        first_refusal_ = {ErrorKind::kUnusableInput, row.error(), reader_.Where(), {}};
      anomalies_->Add(row.error(), reader_.line_number());
    }
  }
  return {};
}

void TrackFrames::Add(const NumberedRow& numbered, Item& frame) {
  if (!numbered.row.feature) return;
  if (frame.features.size() >= kMostFeatures) {
    anomalies_->Add("row beyond 10000 features of one frame, skipped", numbered.line);
    return;
  }
  FeatureObservation feature = *numbered.row.feature;
  feature.camera = index_;
  // Most writers keep an order, and then this is the end.
  const auto place = std::lower_bound(
      frame.features.begin(), frame.features.end(), feature.track,
      [](const FeatureObservation& other, uint64_t track) { return other.track < track; });
  if (place != frame.features.end() && place->track == feature.track) {
    anomalies_->Add("row repeats a track of its frame, skipped", numbered.line);
  } else {
    frame.features.insert(place, feature);
  }
}

Status TrackFrames::FillFrame(std::optional<Item>& frame) {
  if (frame) return {};
  if (!row_) {
    if (Status read = NextRow(); !read) return read;
  }
  if (!row_) return {};
  frame = Item{row_->row.time, row_->row.stamp, {}, row_->line};
  while (row_) {
    if (row_->row.time == frame->time) {
      Add(*row_, *frame);
    } else if (after_ && after_->row.time == frame->time) {
      anomalies_->Add("row of another time between those of a frame, skipped", row_->line);
    } else {
      break;
    }
    if (Status read = NextRow(); !read) return read;
  }
  return {};
}

// Why the current frame cannot be used; null when it can.
const char* TrackFrames::Objection() const {
  const SensorTime time = current_->time;
  if (last_time_ && time <= *last_time_) return "frame whose rows go back in time, skipped";
  if (following_ && following_->time < time && (!last_time_ || following_->time > *last_time_))
    return "frame whose rows jump ahead of those after it, skipped";
  return nullptr;
}

Status TrackFrames::Advance() {
  head_.reset();
  while (!head_) {
    if (Status filled = FillFrame(current_); !filled) return filled;
    if (Status filled = FillFrame(following_); !filled) return filled;
    if (!current_) return {};
    if (const char* why = Objection()) {
      anomalies_->Add(why, current_->line);
    } else {
      last_time_ = current_->time;
      head_ = std::move(current_);
    }
    current_ = std::exchange(following_, std::nullopt);
  }
  return {};
}

TrackStream::TrackStream(CsvReader reader, const RigCamera& camera, int index)
    : name_(camera.name),
      index_(index),
      anomalies_(camera.name + "/" + kTrackFile),
      frames_(std::move(reader), camera, index, &anomalies_) {}

Result<std::unique_ptr<TrackStream>> TrackStream::Open(const fs::path& folder,
                                                       const RigCamera& camera, int index) {
  if (Status plausible = CheckTimes(camera, folder); !plausible)
    return tl::unexpected(plausible.error());
  const fs::path file = folder / camera.name / kTrackFile;
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<TrackStream> stream(new TrackStream(*std::move(reader), camera, index));
  if (Status status = stream->frames_.Advance(); !status) return tl::unexpected(status.error());
  if (!stream->frames_.head())
    return tl::unexpected(NoUsableRow(file, stream->frames_.first_refusal()));
  return stream;
}

Result<FrameListing> TrackStream::List(const fs::path& folder, const RigCamera& camera,
                                       const FrameInterval& interval) {
  const fs::path file = folder / camera.name / kTrackFile;
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  AnomalyCounter unused(camera.name);
  TrackFrames frames(*std::move(reader), camera, 0, &unused);
  std::optional<FrameListing> listing;
  while (true) {
    if (Status status = frames.Advance(); !status) return tl::unexpected(status.error());
    if (!frames.head()) break;
    const SensorTime time = frames.head()->time;
    if (!listing) listing = FrameListing{time, time, 0};
    listing->last = time;
    if (time >= interval.begin && time < interval.end) ++listing->in_interval;
  }
  if (!listing) return tl::unexpected(NoUsableRow(file, frames.first_refusal()));
  return *listing;
}

Status TrackStream::Restrict(const FrameInterval& interval) {
  interval_ = interval;
  while (frames_.head() && frames_.head()->time < interval.begin) {
    if (Status status = frames_.Advance(); !status) return status;
  }
  return {};
}

std::optional<SensorTime> TrackStream::next_time() const {
  if (!frames_.head() || frames_.head()->time >= interval_.end) return std::nullopt;
  return frames_.head()->time;
}

Result<std::optional<Record>> TrackStream::Take() {
  NIGHTJAR_CHECK(next_time().has_value(), "a frame is taken only where next_time() has shown one");
  Frame frame;
  frame.time = frames_.head()->time;
  frame.camera = index_;
  frame.stamp = frames_.head()->stamp;
  frame.features = frames_.head()->features;
  ++taken_;
  if (!first_) first_ = frame.time;
  last_ = frame.time;
  if (Status status = frames_.Advance(); !status) return tl::unexpected(status.error());
  return Record(std::move(frame));
}

StreamCounts TrackStream::counts() const { return {name_, taken_, taken_, first_, last_}; }

}  // namespace nightjar
