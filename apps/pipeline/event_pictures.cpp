// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_pictures.h"

#include <fmt/format.h>

#include <memory>
#include <new>
#include <utility>

#include "apps/pipeline/event_picture_writer.h"
#include "apps/pipeline/event_sensor.h"
#include "apps/pipeline/event_tally.h"
#include "apps/pipeline/gyro_warp.h"
#include "core/staged_folder.h"
#include "data/imu_recording.h"

namespace nightjar {
namespace {

/// The inertial samples of an event file.
Result<std::vector<ImuSample>> SamplesWithin(const EventPicturesOptions& options,
                                             const WorkProgress& progress) {
  auto reader = OpenEventFile(options.input, options.reading);
  if (!reader) return tl::unexpected(reader.error());
  std::vector<ImuSample> samples;
  EventBatch batch;
  for (;;) {
    const auto more = (*reader)->Next(batch);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    samples.insert(samples.end(), batch.imu_samples.begin(), batch.imu_samples.end());
    const auto read = static_cast<int64_t>(samples.size());
    if (Status look = progress.Look(read, 0, "gyro samples"); !look)
      return tl::unexpected(look.error());
  }
  if (samples.empty())
    return Fail(ErrorKind::kUnusableInput, "has no gyro of its own", options.input.string(),
                "name a file of one with --imu");
  return samples;
}

/// What a run needs beside the file.
struct Stages {
  EventSensor sensor;
  std::optional<GyroWarp> warp;
  std::optional<EventFilterChain> filters;
  std::unique_ptr<SliceView> view;
  std::vector<LogAnomaly> imu_anomalies;
};

Status MakeWarp(const EventPicturesOptions& options, const RigEventCamera& camera,
                const WorkProgress& progress, Stages& stages) {
  Result<std::vector<ImuSample>> samples;
  if (options.imu.empty()) {
    samples = SamplesWithin(options, progress);
    if (!samples) return tl::unexpected(samples.error());
  } else {
    auto recording = ReadImuRecording(options.imu);
    if (!recording) return tl::unexpected(recording.error());
    samples = std::move(recording->samples);
    stages.imu_anomalies = std::move(recording->anomalies);
  }
  auto warp = GyroWarp::Create(camera, std::move(*samples));
  if (!warp) return tl::unexpected(warp.error());
  stages.warp.emplace(std::move(*warp));
  return {};
}

Status Prepare(const EventPicturesOptions& options, const EventFileInfo& info,
               const WorkProgress& progress, Stages& stages) {
  if (options.view == EventView::kWarped) {
    const auto camera = ReadEventCamera(options.rig, options.camera);
    if (!camera) return tl::unexpected(camera.error());
    stages.sensor = {{camera->width, camera->height}, SensorSizeSource::kRig};
    if (Status same = CheckSaidSize(options, info, stages.sensor); !same) return same;
    if (Status fits = CheckLimits(options, stages.sensor); !fits) return fits;
    if (Status made = MakeWarp(options, *camera, progress, stages); !made) return made;
  } else {
    const auto sensor = FindEventSensor(options, info, progress);
    if (!sensor) return tl::unexpected(sensor.error());
    stages.sensor = *sensor;
    if (Status fits = CheckLimits(options, stages.sensor); !fits) return fits;
  }
  const ImageSize size = stages.sensor.size;
  auto filters = EventFilterChain::Create(options.filters, size.width, size.height);
  if (!filters) return tl::unexpected(filters.error());
  stages.filters.emplace(std::move(*filters));
  stages.view =
      MakeSliceView({options.view, size.width, size.height, options.window_s, options.planes},
                    stages.warp ? &*stages.warp : nullptr);
  return {};
}

Status ReadAll(EventReader& reader, const WorkProgress& progress, Stages& stages,
               EventSlicer& slicer, EventPictureWriter& writer, EventTally& tally) {
  const auto take = [&](const EventSlice& slice) { writer.Take(slice); };
  EventBatch batch;
  std::vector<Event> events;
  for (;;) {
    const auto more = reader.Next(batch);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    tally.Add(batch);
    for (const Frame& frame : batch.frames)
      if (Status status = stages.view->AddFrame(frame); !status) return status;
    const EventSpan span = batch.events();
    events.assign(span.events.begin(), span.events.end());
    events.resize(stages.filters->Filter(events, span.begin));
    slicer.Add({span.begin, events}, take);
    if (!writer.status()) return writer.status();
    if (Status look = progress.Look(writer.pictures(), 0, "pictures"); !look) return look;
  }
  slicer.Finish(take);
  return writer.Finish();
}

/// Whether anything was warped at all.
Status CheckWarp(const EventPicturesOptions& options, const GyroWarp& warp) {
  if (warp.slices_without_gyro() < warp.slices()) return {};
  return Fail(ErrorKind::kUnusableInput,
              fmt::format("no sample of the gyro is near any event; on the events' clock they are "
                          "from {:.6f} to {:.6f} s",
                          1e-9 * static_cast<double>(ToNanoseconds(warp.first())),
                          1e-9 * static_cast<double>(ToNanoseconds(warp.last()))),
              (options.imu.empty() ? options.input : options.imu).string(),
              "compare with 'nightjar inspect' of the events, and see the rig's time_offset_s");
}

Result<EventPicturesSummary> WriteAll(const EventPicturesOptions& options,
                                      const WorkProgress& progress) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  auto reader = OpenEventFile(options.input, options.reading);
  if (!reader) return tl::unexpected(reader.error());
  Stages stages;
  if (Status ready = Prepare(options, (*reader)->info(), progress, stages); !ready)
    return tl::unexpected(ready.error());
  auto folder = StagedFolder::Create(
      options.output, [](const std::filesystem::path&) { return std::string("is not empty"); });
  if (!folder) return tl::unexpected(folder.error());
  const ImageSize size = stages.sensor.size;
  EventSlicer slicer(options.slicing, size.width, size.height);
  EventTally tally;
  EventPictureWriter writer(options, *stages.view, *folder);
  if (Status begun = writer.Begin(); !begun) return tl::unexpected(begun.error());
  if (Status read = ReadAll(**reader, progress, stages, slicer, writer, tally); !read) {
    Error error = read.error();
    if (error.where.empty()) error.where = options.input.string();
    return tl::unexpected(error);
  }
  if (tally.events == 0) return tally.NoEvent(options.input, **reader);
  if (writer.pictures() == 0)
    return tally.NoneLeft(options.input, size, stages.filters->counts().front());
  EventPicturesSummary summary;
  summary.info = (*reader)->info();
  summary.width = size.width;
  summary.height = size.height;
  summary.size_source = stages.sensor.source;
  summary.imu_anomalies = std::move(stages.imu_anomalies);
  writer.Tell(summary);
  // Some files say it only while they are read.
  const SensorSizeSource source = stages.sensor.source;
  if (source == SensorSizeSource::kRig || source == SensorSizeSource::kOption)
    if (Status same = CheckSaidSize(options, summary.info, stages.sensor); !same)
      return tl::unexpected(same.error());
  if (stages.warp) {
    if (Status warped = CheckWarp(options, *stages.warp); !warped)
      return tl::unexpected(warped.error());
    summary.warp = {stages.warp->view(), stages.warp->samples(),
                    stages.warp->slices_without_gyro()};
  }
  if (Status done = folder->Commit(); !done) return tl::unexpected(done.error());
  summary.filters = stages.filters->counts();
  summary.anomalies = (*reader)->anomalies();
  return summary;
}

}  // namespace

Status EventPicturesOptions::Validate() const {
  if (Status status = slicing.Validate(); !status) return status;
  if (!(window_s >= 1e-6 && window_s <= 100))
    return Fail(ErrorKind::kUsage, "must be 1e-3 to 1e5 ms", "--window");
  if (planes < 1 || planes > 64) return Fail(ErrorKind::kUsage, "must be 1 to 64", "--planes");
  const bool sized = size.width != 0 || size.height != 0;
  if (sized && (size.width < 1 || size.width > 65536 || size.height < 1 || size.height > 32768))
    return Fail(ErrorKind::kUsage, "must be 1x1 to 65536x32768 px", "--size");
  const bool warped = view == EventView::kWarped;
  if (warped && sized)
    return Fail(ErrorKind::kUsage, "has no effect on --as warped, whose rig says it", "--size");
  if (warped && rig.empty())
    return Fail(ErrorKind::kUsage, "warped events need the lens of their camera", "--as warped",
                "name its calibration with --rig");
  if (!warped && !(rig.empty() && camera.empty() && imu.empty()))
    return Fail(ErrorKind::kUsage, "--rig, --camera and --imu are for --as warped alone");
  return {};
}

Result<EventPicturesSummary> WriteEventPictures(const EventPicturesOptions& options,
                                                const WorkProgress& progress) {
  try {
    return WriteAll(options, progress);
  } catch (const std::bad_alloc&) {
    return Fail(ErrorKind::kTryAgain, "memory is not enough", options.input.string(),
                "give a smaller --size, or fewer --planes");
  }
}

}  // namespace nightjar
