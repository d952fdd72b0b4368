// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_pictures.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "apps/pipeline/event_picture_writer.h"
#include "apps/pipeline/gyro_warp.h"
#include "apps/pipeline/inspect_event_file.h"
#include "core/staged_folder.h"
#include "data/imu_recording.h"
#include "data/png_image.h"

namespace nightjar {
namespace {

/// The size that a file says, or else its events reach to.
Result<ImageSize> SizeOf(const EventPicturesOptions& options, const EventFileInfo& info) {
  if (info.width > 0 && info.height > 0) return ImageSize{info.width, info.height};
  const auto inspected = InspectEventFile(options.input, {});
  if (!inspected) return tl::unexpected(inspected.error());
  if (inspected->info.width > 0 && inspected->info.height > 0)
    return ImageSize{inspected->info.width, inspected->info.height};
  if (inspected->x_max >= 0) return ImageSize{inspected->x_max + 1, inspected->y_max + 1};
  return Fail(ErrorKind::kUnusableInput, "has no event", options.input.string());
}

/// Whether events are of a sensor of the rig's camera's size, as far as their file has said.
Status CheckSize(const EventPicturesOptions& options, const EventFileInfo& info, ImageSize rig) {
  if (info.width <= 0 || (info.width == rig.width && info.height == rig.height)) return {};
  return Fail(ErrorKind::kUsage,
              fmt::format("the events are of {} x {} px, their camera in the rig has {} x {}",
                          info.width, info.height, rig.width, rig.height),
              options.input.string(), "name another one with --camera");
}

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

Result<GyroWarp> MakeWarp(const EventPicturesOptions& options, const RigEventCamera& camera,
                          const WorkProgress& progress) {
  if (options.imu.empty()) {
    auto samples = SamplesWithin(options, progress);
    if (!samples) return tl::unexpected(samples.error());
    return GyroWarp::Create(camera, std::move(*samples));
  }
  auto recording = ReadImuRecording(options.imu);
  if (!recording) return tl::unexpected(recording.error());
  return GyroWarp::Create(camera, std::move(recording->samples));
}

/// What a run needs beside the file.
struct Stages {
  ImageSize size;
  std::optional<GyroWarp> warp;
  std::optional<EventFilterChain> filters;
  std::unique_ptr<SliceView> view;
};

Status Prepare(const EventPicturesOptions& options, const EventFileInfo& info,
               const WorkProgress& progress, Stages& stages) {
  Result<ImageSize> size;
  if (options.view == EventView::kWarped) {
    const auto camera = ReadEventCamera(options.rig, options.camera);
    if (!camera) return tl::unexpected(camera.error());
    size = ImageSize{camera->width, camera->height};
    if (Status same = CheckSize(options, info, *size); !same) return same;
    auto warp = MakeWarp(options, *camera, progress);
    if (!warp) return tl::unexpected(warp.error());
    stages.warp.emplace(std::move(*warp));
  } else {
    size = SizeOf(options, info);
    if (!size) return tl::unexpected(size.error());
  }
  stages.size = *size;
  auto filters = EventFilterChain::Create(options.filters, size->width, size->height);
  if (!filters) return tl::unexpected(filters.error());
  stages.filters.emplace(std::move(*filters));
  stages.view =
      MakeSliceView({options.view, size->width, size->height, options.window_s, options.planes},
                    stages.warp ? &*stages.warp : nullptr);
  return {};
}

Status ReadAll(EventReader& reader, const WorkProgress& progress, Stages& stages,
               EventSlicer& slicer, EventPictureWriter& writer) {
  const auto take = [&](const EventSlice& slice) { writer.Take(slice); };
  EventBatch batch;
  std::vector<Event> events;
  for (;;) {
    const auto more = reader.Next(batch);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
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

}  // namespace

Status EventPicturesOptions::Validate() const {
  if (Status status = slicing.Validate(); !status) return status;
  if (!(window_s >= 1e-6 && window_s <= 100))
    return Fail(ErrorKind::kUsage, "must be 1e-3 to 1e5 ms", "--window");
  if (planes < 1 || planes > 64) return Fail(ErrorKind::kUsage, "must be 1 to 64", "--planes");
  const bool warped = view == EventView::kWarped;
  if (warped && rig.empty())
    return Fail(ErrorKind::kUsage, "warped events need the lens of their camera", "--as warped",
                "name its calibration with --rig");
  if (!warped && !(rig.empty() && camera.empty() && imu.empty()))
    return Fail(ErrorKind::kUsage, "--rig, --camera and --imu are for --as warped alone");
  return {};
}

Result<EventPicturesSummary> WriteEventPictures(const EventPicturesOptions& options,
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
  EventSlicer slicer(options.slicing, stages.size.width, stages.size.height);
  EventPictureWriter writer(options, *stages.view, *folder);
  if (Status begun = writer.Begin(); !begun) return tl::unexpected(begun.error());
  if (Status read = ReadAll(**reader, progress, stages, slicer, writer); !read) {
    Error error = read.error();
    if (error.where.empty()) error.where = options.input.string();
    return tl::unexpected(error);
  }
  if (writer.pictures() == 0)
    return Fail(ErrorKind::kUnusableInput, "has no event that a filter lets through",
                options.input.string());
  EventPicturesSummary summary;
  summary.info = (*reader)->info();
  summary.width = stages.size.width;
  summary.height = stages.size.height;
  writer.Tell(summary);
  if (stages.warp) {
    // Some files say it only while they are read.
    if (Status same = CheckSize(options, summary.info, stages.size); !same)
      return tl::unexpected(same.error());
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

}  // namespace nightjar
