// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <variant>

#include "apps/pipeline/inspect_event_file.h"
#include "core/staged_folder.h"
#include "data/png_image.h"
#include "isp/events/active_events.h"
#include "isp/events/complementary_filter.h"
#include "isp/events/grey_picture.h"
#include "isp/events/polarity_histogram.h"
#include "isp/events/speed_invariant_surface.h"

namespace nightjar {
namespace {

constexpr double kGrey = 127.5;

/// Makes one kind of picture of the slices of a stream.
class SliceView {
 public:
  virtual ~SliceView() = default;
  virtual Status Add(const EventSlice& slice) = 0;
  virtual Status AddFrame(const Frame&) { return {}; }
  virtual Status Show(SensorTime now, Image<uint8_t>& picture) = 0;
};

/// on - off, both planes of one size.
template <typename Value>
Image<float> Difference(const PlanarImage<Value>& planes) {
  Image<float> difference(planes.width(), planes.height());
  difference.for_each_element([&](int x, int y) {
    difference(x, y) = static_cast<float>(planes(x, y, 1)) - static_cast<float>(planes(x, y, 0));
  });
  return difference;
}

class HistogramView final : public SliceView {
 public:
  HistogramView(int width, int height) : counts_(width, height, 2) {}
  Status Add(const EventSlice& slice) override {
    counts_.fill(0);
    const auto added = AddToHistogram(slice.events.events, counts_);
    return added ? Status{} : tl::unexpected(added.error());
  }
  Status Show(SensorTime, Image<uint8_t>& picture) override {
    return ToGreyPicture(Difference(counts_), kGrey / 4, kGrey, picture);
  }

 private:
  PlanarImage<uint16_t> counts_;
};

class SurfaceView final : public SliceView {
 public:
  SurfaceView(int width, int height, bool is_linear, double window_s)
      : events_(width, height), is_linear_(is_linear), window_s_(window_s) {}
  Status Add(const EventSlice& slice) override {
    events_.Add(slice.events);
    return {};
  }
  Status Show(SensorTime now, Image<uint8_t>& picture) override {
    Status made = is_linear_ ? events_.LinearSurface(now, window_s_, surface_)
                             : events_.ExponentialSurface(now, window_s_, surface_);
    if (!made) return made;
    return ToGreyPicture(Difference(surface_), kGrey, kGrey, picture);
  }

 private:
  ActiveEvents events_;
  bool is_linear_;
  double window_s_;
  PlanarImage<float> surface_;
};

class SpeedInvariantView final : public SliceView {
 public:
  SpeedInvariantView(int width, int height) : surface_({}, width, height) {}
  Status Add(const EventSlice& slice) override {
    surface_.Add(slice.events.events);
    return {};
  }
  Status Show(SensorTime, Image<uint8_t>& picture) override {
    surface_.Surface(values_);
    const int side = 2 * SpeedInvariantSurfaceOptions{}.radius + 1;
    return ToGreyPicture(Difference(values_), kGrey / (side * side), kGrey, picture);
  }

 private:
  SpeedInvariantSurface surface_;
  PlanarImage<uint8_t> values_;
};

class IntensityView final : public SliceView {
 public:
  IntensityView(int width, int height) : filter_({}, width, height), size_{width, height} {}
  Status Add(const EventSlice& slice) override {
    // Frames were told of before the events around them, which wait for the slice's end.
    std::span<const Event> left = slice.events.events;
    for (; !frames_.empty() && frames_.front().time <= slice.end; frames_.pop_front()) {
      const Frame& frame = frames_.front();
      if (frame.time < slice.begin && has_frames_) continue;  // an older one is of no use any more
      const auto later = std::partition_point(left.begin(), left.end(), [&](const Event& event) {
        return slice.events.begin + std::chrono::microseconds(event.time_us) < frame.time;
      });
      const auto before = static_cast<size_t>(later - left.begin());
      filter_.Add({slice.events.begin, left.first(before)});
      left = left.subspan(before);
      if (Status added = AddNow(frame, std::max(frame.time, slice.begin)); !added) return added;
    }
    filter_.Add({slice.events.begin, left});
    return {};
  }
  Status AddFrame(const Frame& frame) override {
    const auto fits = [this](const auto& image) {
      return image.width() == size_.first && image.height() == size_.second;
    };
    if (std::visit(fits, frame.image)) frames_.push_back(frame);
    return {};
  }
  Status Show(SensorTime now, Image<uint8_t>& picture) override {
    if (Status shown = filter_.Show(now, log_light_); !shown) return shown;
    // With frames light itself, as eyes see it; else its logarithm, an e-fold a quarter.
    if (!has_frames_) return ToGreyPicture(log_light_, kGrey / 2, kGrey, picture);
    constexpr float kGamma = 2.2F;
    log_light_.for_each_value([](float& value) { value = std::exp(value / kGamma); });
    return ToGreyPicture(log_light_, 255, 0, picture);
  }

 private:
  Status AddNow(const Frame& frame, SensorTime time) {
    has_frames_ = true;
    const bool is_wide = std::holds_alternative<Image<uint16_t>>(frame.image);
    return filter_.AddFrame(frame.image, is_wide ? 65535 : 255, time);
  }

  ComplementaryFilter filter_;
  std::deque<Frame> frames_;
  std::pair<int, int> size_;
  bool has_frames_ = false;
  Image<float> log_light_;
};

std::unique_ptr<SliceView> MakeView(const EventPicturesOptions& options, int width, int height) {
  switch (options.view) {
    case EventView::kHistogram: return std::make_unique<HistogramView>(width, height);
    case EventView::kLinear:
    case EventView::kExponential:
      return std::make_unique<SurfaceView>(width, height, options.view == EventView::kLinear,
                                           options.window_s);
    case EventView::kSpeedInvariant: return std::make_unique<SpeedInvariantView>(width, height);
    case EventView::kIntensity: return std::make_unique<IntensityView>(width, height);
  }
  return nullptr;
}

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

/// Slices to files.
class PictureWriter {
 public:
  PictureWriter(SliceView& view, StagedFolder& folder) : view_(view), folder_(folder) {}

  void Take(const EventSlice& slice) {
    if (!status) return;
    status = Write(slice);
  }

  Status status;
  int64_t pictures = 0;

 private:
  Status Write(const EventSlice& slice) {
    if (Status added = view_.Add(slice); !added) return added;
    if (Status shown = view_.Show(slice.end, picture_); !shown) return shown;
    const auto png = EncodeMonoPng(picture_);
    if (!png) return tl::unexpected(png.error());
    const std::string name = fmt::format("{:06}.png", pictures++);
    if (Status written = folder_.Write(name, *png); !written) return written;
    return folder_.Append(
        "pictures.csv",
        fmt::format("{},{},{},{}\n", ToNanoseconds(slice.begin) / 1000,
                    ToNanoseconds(slice.end) / 1000, slice.events.events.size(), name));
  }

  SliceView& view_;
  StagedFolder& folder_;
  Image<uint8_t> picture_;
};

Status ReadAll(EventReader& reader, const WorkProgress& progress, EventFilterChain& filters,
               SliceView& view, EventSlicer& slicer, PictureWriter& writer) {
  const auto take = [&](const EventSlice& slice) { writer.Take(slice); };
  EventBatch batch;
  std::vector<Event> events;
  for (;;) {
    const auto more = reader.Next(batch);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    for (const Frame& frame : batch.frames)
      if (Status status = view.AddFrame(frame); !status) return status;
    const EventSpan span = batch.events();
    events.assign(span.events.begin(), span.events.end());
    events.resize(filters.Filter(events, span.begin));
    slicer.Add({span.begin, events}, take);
    if (!writer.status) return writer.status;
    if (Status look = progress.Look(writer.pictures, 0, "pictures"); !look) return look;
  }
  slicer.Finish(take);
  return writer.status;
}

}  // namespace

Result<EventPicturesSummary> WriteEventPictures(const EventPicturesOptions& options,
                                                const WorkProgress& progress) {
  if (Status status = options.slicing.Validate(); !status) return tl::unexpected(status.error());
  if (!(options.window_s >= 1e-6 && options.window_s <= 100))
    return Fail(ErrorKind::kUsage, "must be 1e-3 to 1e5 ms", "--window");
  auto reader = OpenEventFile(options.input, options.reading);
  if (!reader) return tl::unexpected(reader.error());
  const auto size = SizeOf(options, (*reader)->info());
  if (!size) return tl::unexpected(size.error());
  auto filters = EventFilterChain::Create(options.filters, size->width, size->height);
  if (!filters) return tl::unexpected(filters.error());
  auto folder = StagedFolder::Create(
      options.output, [](const std::filesystem::path&) { return std::string("is not empty"); });
  if (!folder) return tl::unexpected(folder.error());
  if (Status begun = folder->Append("pictures.csv", "#begin [us],end [us],events,file\n"); !begun)
    return tl::unexpected(begun.error());
  const auto view = MakeView(options, size->width, size->height);
  EventSlicer slicer(options.slicing, size->width, size->height);
  PictureWriter writer(*view, *folder);
  if (Status read = ReadAll(**reader, progress, *filters, *view, slicer, writer); !read) {
    Error error = read.error();
    if (error.where.empty()) error.where = options.input.string();
    return tl::unexpected(error);
  }
  if (writer.pictures == 0)
    return Fail(ErrorKind::kUnusableInput, "has no event that a filter lets through",
                options.input.string());
  if (Status done = folder->Commit(); !done) return tl::unexpected(done.error());
  return EventPicturesSummary{(*reader)->info(), size->width,       size->height,
                              writer.pictures,   filters->counts(), (*reader)->anomalies()};
}

}  // namespace nightjar
