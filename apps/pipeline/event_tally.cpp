// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_tally.h"

#include <fmt/format.h>

#include <string>

namespace nightjar {

void EventTally::Add(const EventBatch& batch) {
  events += static_cast<int64_t>(batch.events().events.size());
  triggers += static_cast<int64_t>(batch.triggers.size());
  frames += static_cast<int64_t>(batch.frames.size());
  imu_samples += static_cast<int64_t>(batch.imu_samples.size());
}

tl::unexpected<Error> EventTally::NoEvent(const std::filesystem::path& file,
                                          const EventReader& reader) const {
  std::string rest;
  const auto list = [&rest](const std::string& part) { rest += (rest.empty() ? "" : "; ") + part; };
  if (triggers > 0) list(fmt::format("triggers: {}", triggers));
  if (frames > 0) list(fmt::format("frames: {}", frames));
  if (imu_samples > 0) list(fmt::format("IMU samples: {}", imu_samples));
  const auto anomalies = reader.anomalies();
  for (const EventAnomaly& anomaly : anomalies)
    list(fmt::format("{}: {}, first at {}", anomaly.kind, anomaly.count, WhereOf(anomaly)));
  std::string remedy;
  if (reader.info().format == "text" && !anomalies.empty())
    remedy = "a line is 't x y p', with t in microseconds or, with a decimal point, in seconds";
  return Fail(ErrorKind::kUnusableInput, "has no event" + (rest.empty() ? "" : " (" + rest + ")"),
              file.string(), remedy);
}

tl::unexpected<Error> EventTally::NoneLeft(const std::filesystem::path& file, ImageSize size,
                                           const EventFilterCount& sensor) const {
  if (sensor.passed == 0) {
    return Fail(ErrorKind::kUnusableInput,
                fmt::format("has no event on a sensor of {} x {} px, of {}", size.width,
                            size.height, events),
                file.string(), "'nightjar inspect' says where they are");
  }
  return Fail(ErrorKind::kUnusableInput,
              fmt::format("has no event that the filters let through, of {}", events),
              file.string(), "leave out a --filter");
}

}  // namespace nightjar
