// SPDX-License-Identifier: Apache-2.0
#include "data/frame_row.h"

#include <cmath>
#include <limits>

#include "data/number_text.h"
#include "data/stamped_rows.h"

namespace nightjar {
namespace {

// A log must not make us read elsewhere on the machine.
bool StaysInFolder(std::string_view filename) {
  return !filename.empty() && filename != "." && filename != ".." &&
         filename.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

// Tables that other programs write of columns with gaps have whole numbers as "5000000.0".
std::optional<int64_t> ParseExposure(std::string_view text) {
  const auto exposure_ns = number_text::ParseDouble(text);
  if (!exposure_ns || !(*exposure_ns >= 1 && *exposure_ns <= static_cast<double>(kMaxExposure)))
    return std::nullopt;
  return std::llround(*exposure_ns);
}

std::optional<double> ParseGain(std::string_view text) {
  const auto gain = number_text::ParseDouble(text);
  return gain && *gain > 0 ? gain : std::nullopt;
}

}  // namespace

std::optional<SensorTime> FrameTime(int64_t stamp_ns, std::optional<int64_t> exposure_ns,
                                    const RigCamera& camera) {
  const int64_t half = (exposure_ns.value_or(0) + FromSeconds(camera.readout_s).count()) / 2;
  int64_t shift = FromSeconds(camera.time_offset_s).count();
  switch (camera.sensor.stamp_reference) {
    case StampReference::kStart: shift += half; break;
    case StampReference::kMiddle: break;
    case StampReference::kEnd: shift -= half; break;
  }
  const bool overflows = shift > 0 && stamp_ns > std::numeric_limits<int64_t>::max() - shift;
  if (overflows || stamp_ns + shift < 0) return std::nullopt;
  return FromNanoseconds(stamp_ns + shift);
}

std::optional<SensorTime> StampTime(int64_t stamp_ns, const RigCamera& camera) {
  const int64_t shift = FromSeconds(camera.time_offset_s).count();
  const bool overflows = shift > 0 && stamp_ns > std::numeric_limits<int64_t>::max() - shift;
  if (overflows) return std::nullopt;
  return FromNanoseconds(stamp_ns + shift);
}

tl::expected<FrameRow, const char*> FrameRowParser::operator()(
    const std::vector<std::string_view>& fields) const {
  if (fields.size() < 2 || fields.size() > 4) return Refuse("row without 2 to 4 columns, skipped");
  const auto stamp_ns = number_text::ParseUnsigned(fields[0]);
  if (!stamp_ns) return Refuse("row whose time is not a whole number of nanoseconds, skipped");
  if (!StaysInFolder(fields[1]))
    return Refuse("row whose file name is not that of a file in data/, skipped");
  FrameRow row;
  row.filename = std::string(fields[1]);
  if (fields.size() > 2) {
    row.exposure_ns = ParseExposure(fields[2]);
    row.exposure_refused = !row.exposure_ns;
  }
  if (fields.size() > 3) {
    row.gain = ParseGain(fields[3]);
    row.gain_refused = !row.gain;
  }
  const auto time = FrameTime(*stamp_ns, row.exposure_ns, camera_);
  const auto stamp = StampTime(*stamp_ns, camera_);
  if (!time || !stamp)
    return Refuse("row whose time is before 0 or too late on the IMU's clock, skipped");
  row.time = *time;
  row.stamp = *stamp;
  return row;
}

}  // namespace nightjar
