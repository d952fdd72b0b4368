// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_sensor.h"

#include <fmt/format.h>

#include <string>

#include "apps/pipeline/event_extent.h"
#include "apps/pipeline/event_tally.h"

namespace nightjar {
namespace {

/// Reads the file to its end, which may say its size after all.
Result<EventSensor> LookForSensor(const EventPicturesOptions& options,
                                  const WorkProgress& progress) {
  const auto reader = OpenEventFile(options.input, options.reading);
  if (!reader) return tl::unexpected(reader.error());
  EventExtent extent;
  EventTally tally;
  EventBatch batch;
  for (;;) {
    const auto more = (*reader)->Next(batch);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    extent.Add(batch.events());
    tally.Add(batch);
    if (Status look = progress.Look(tally.events, 0, "events looked at"); !look)
      return tl::unexpected(look.error());
  }
  if (tally.events == 0) return tally.NoEvent(options.input, **reader);
  const EventFileInfo& info = (*reader)->info();
  if (info.width > 0 && info.height > 0)
    return EventSensor{{info.width, info.height}, SensorSizeSource::kFile};
  return EventSensor{extent.size(), SensorSizeSource::kEvents};
}

}  // namespace

Result<EventSensor> FindEventSensor(const EventPicturesOptions& options, const EventFileInfo& info,
                                    const WorkProgress& progress) {
  if (options.size.width > 0) {
    const EventSensor given{options.size, SensorSizeSource::kOption};
    if (Status same = CheckSaidSize(options, info, given); !same)
      return tl::unexpected(same.error());
    return given;
  }
  if (info.width > 0 && info.height > 0)
    return EventSensor{{info.width, info.height}, SensorSizeSource::kFile};
  return LookForSensor(options, progress);
}

Status CheckLimits(const EventPicturesOptions& options, const EventSensor& sensor) {
  const int width = sensor.size.width, height = sensor.size.height;
  const int64_t pixels = int64_t{width} * height;
  const std::string size = fmt::format("{} x {} px", width, height);
  if (pixels > kMostSensorPixels) {
    switch (sensor.source) {
      case SensorSizeSource::kEvents:
        return Fail(ErrorKind::kUnusableInput,
                    "does not say the size of its sensor, and its events reach over " + size +
                        ", more than any sensor has",
                    options.input.string(), "give the size with --size");
      case SensorSizeSource::kFile:
        return Fail(ErrorKind::kUnusableInput,
                    "says that its sensor has " + size + ", more than any has",
                    options.input.string(), "use a file that is whole");
      case SensorSizeSource::kRig:
        return Fail(ErrorKind::kUsage, "a camera of " + size + " is too large for pictures",
                    options.rig.string(), "name another one with --camera");
      case SensorSizeSource::kOption:
        return Fail(ErrorKind::kUsage, size + " are more than any sensor has", "--size");
    }
  }
  if (options.view == EventView::kVoxel && pixels * options.planes > kMostVoxels) {
    return Fail(ErrorKind::kUsage,
                fmt::format("must be {} at most of {}", kMostVoxels / pixels, size), "--planes");
  }
  return {};
}

Status CheckSaidSize(const EventPicturesOptions& options, const EventFileInfo& info,
                     const EventSensor& sensor) {
  const ImageSize size = sensor.size;
  if (info.width <= 0 || (info.width == size.width && info.height == size.height)) return {};
  const std::string said = fmt::format("the events are of {} x {} px", info.width, info.height);
  if (sensor.source == SensorSizeSource::kOption) {
    return Fail(ErrorKind::kUsage, said + fmt::format(", not of {} x {}", size.width, size.height),
                options.input.string(), "leave out --size");
  }
  return Fail(ErrorKind::kUsage,
              said + fmt::format(", their camera in the rig has {} x {}", size.width, size.height),
              options.input.string(), "name another one with --camera");
}

}  // namespace nightjar
