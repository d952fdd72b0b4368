// SPDX-License-Identifier: Apache-2.0
#include "data/track_rows.h"

#include <charconv>
#include <cmath>

#include "data/frame_row.h"
#include "data/number_text.h"
#include "data/stamped_rows.h"

namespace nightjar {
namespace {

// The shortest text that is read back as the same number.
template <typename T>
void Append(std::string& text, T value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  text.append(buffer, end.ptr);
}

}  // namespace

tl::expected<TrackRow, const char*> TrackRowParser::operator()(
    const std::vector<std::string_view>& fields) const {
  if (fields.size() != 1 && fields.size() != 5)
    return Refuse("row without 1 or 5 columns, skipped");
  const auto stamp_ns = number_text::ParseUnsigned(fields[0]);
  if (!stamp_ns) return Refuse("row whose time is not a whole number of nanoseconds, skipped");
  const auto time = FrameTime(*stamp_ns, std::nullopt, camera_);
  const auto stamp = StampTime(*stamp_ns, camera_);
  if (!time || !stamp)
    return Refuse("row whose time is before 0 or too late on the IMU's clock, skipped");
  TrackRow row{*time, *stamp, std::nullopt};
  if (fields.size() == 1) return row;

  const auto track = number_text::ParseUnsigned(fields[1]);
  if (!track) return Refuse("row whose track is not a whole number, skipped");
  const auto x = number_text::ParseDouble(fields[2]);
  const auto y = number_text::ParseDouble(fields[3]);
  const auto sigma = number_text::ParseDouble(fields[4]);
  if (!x || !y || !sigma) return Refuse("row with a value that is no number, skipped");
  const bool inside = *x >= -0.5 && *x <= camera_.width - 0.5 &&  //
                      *y >= -0.5 && *y <= camera_.height - 0.5;
  if (!inside) return Refuse("row whose pixel is outside of the image, skipped");
  if (!(*sigma >= 0 && *sigma <= kMaxTrackSigma_px))
    return Refuse("row whose sigma is not from 0 to 1000 px, skipped");
  FeatureObservation feature;
  feature.track = static_cast<uint64_t>(*track);
  feature.pixel = {*x, *y};
  feature.covariance = *sigma * *sigma * Eigen::Matrix2d::Identity();
  row.feature = feature;
  return row;
}

std::string TrackRowsText(SensorTime stamp, std::span<const FeatureObservation> features) {
  const std::string time = std::to_string(ToNanoseconds(stamp));
  if (features.empty()) return time + "\n";
  std::string text;
  for (const FeatureObservation& feature : features) {
    text += time;
    text += ',';
    Append(text, feature.track);
    for (const double value :
         {feature.pixel.x(), feature.pixel.y(), std::sqrt(feature.covariance(0, 0))}) {
      text += ',';
      Append(text, value);
    }
    text += '\n';
  }
  return text;
}

}  // namespace nightjar
