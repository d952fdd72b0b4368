// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_views.h"

#include <chrono>
#include <cmath>
#include <deque>
#include <span>
#include <utility>

#include "core/check.h"
#include "isp/events/active_events.h"
#include "isp/events/complementary_filter.h"
#include "isp/events/event_warp.h"
#include "isp/events/grey_picture.h"
#include "isp/events/polarity_histogram.h"
#include "isp/events/speed_invariant_surface.h"
#include "isp/events/voxel_grid.h"

namespace nightjar {
namespace {

constexpr double kGrey = 127.5;

/// Views of an off- and an on-plane, shown as on - off around grey; `scale`: grey levels of a one.
template <typename Value>
class TwoPlaneView : public SliceView {
 public:
  explicit TwoPlaneView(double scale) : scale_(scale) {}
  Status Show(Image<uint8_t>& picture) override {
    Image<float> difference(planes_.width(), planes_.height());
    difference.for_each_element([&](int x, int y) {
      difference(x, y) =
          static_cast<float>(planes_(x, y, 1)) - static_cast<float>(planes_(x, y, 0));
    });
    return ToGreyPicture(difference, scale_, kGrey, picture);
  }

 protected:
  PlanarImage<Value> planes_;

 private:
  double scale_;
};

class HistogramView final : public TwoPlaneView<uint16_t> {
 public:
  HistogramView(int width, int height) : TwoPlaneView(kGrey / 4) {
    planes_ = PlanarImage<uint16_t>(width, height, 2);
  }
  Status Add(const EventSlice& slice) override {
    planes_.fill(0);
    const auto added = AddToHistogram(slice.events.events, planes_);
    return added ? Status{} : tl::unexpected(added.error());
  }
  Result<ViewValues> Values(SensorTime) override { return planes_; }
};

class SurfaceView final : public TwoPlaneView<float> {
 public:
  SurfaceView(int width, int height, bool is_linear, double window_s)
      : TwoPlaneView(kGrey), events_(width, height), is_linear_(is_linear), window_s_(window_s) {}
  Status Add(const EventSlice& slice) override {
    events_.Add(slice.events);
    return {};
  }
  Result<ViewValues> Values(SensorTime now) override {
    const Status made = is_linear_ ? events_.LinearSurface(now, window_s_, planes_)
                                   : events_.ExponentialSurface(now, window_s_, planes_);
    if (!made) return tl::unexpected(made.error());
    return planes_;
  }

 private:
  ActiveEvents events_;
  bool is_linear_;
  double window_s_;
};

class SpeedInvariantView final : public TwoPlaneView<uint8_t> {
 public:
  SpeedInvariantView(int width, int height)
      : TwoPlaneView(kGrey / (kSide * kSide)), surface_({}, width, height) {}
  Status Add(const EventSlice& slice) override {
    surface_.Add(slice.events.events);
    return {};
  }
  Result<ViewValues> Values(SensorTime) override {
    surface_.Surface(planes_);
    return planes_;
  }

 private:
  static constexpr int kSide = 2 * SpeedInvariantSurfaceOptions{}.radius + 1;
  SpeedInvariantSurface surface_;
};

class IntensityView final : public SliceView {
 public:
  IntensityView(int width, int height) : filter_({}, width, height), log_light_(width, height, 1) {}
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
      return image.width() == log_light_.width() && image.height() == log_light_.height();
    };
    if (std::visit(fits, frame.image)) frames_.push_back(frame);
    return {};
  }
  Result<ViewValues> Values(SensorTime now) override {
    Image<float> plane = log_light_.sliced(2, 0);  // shares the pixels
    if (Status shown = filter_.Show(now, plane); !shown) return tl::unexpected(shown.error());
    return log_light_;
  }
  Status Show(Image<uint8_t>& picture) override {
    // With frames light itself, as eyes see it; else its logarithm, an e-fold a quarter.
    if (!has_frames_) return ToGreyPicture(log_light_.sliced(2, 0), kGrey / 2, kGrey, picture);
    constexpr float kGamma = 2.2F;
    Image<float> seen = log_light_.sliced(2, 0).copy();
    seen.for_each_value([](float& value) { value = std::exp(value / kGamma); });
    return ToGreyPicture(seen, 255, 0, picture);
  }

 private:
  Status AddNow(const Frame& frame, SensorTime time) {
    has_frames_ = true;
    const bool is_wide = std::holds_alternative<Image<uint16_t>>(frame.image);
    return filter_.AddFrame(frame.image, is_wide ? 65535 : 255, time);
  }

  ComplementaryFilter filter_;
  std::deque<Frame> frames_;
  bool has_frames_ = false;
  PlanarImage<float> log_light_;  // one plane
};

class WarpedView final : public SliceView {
 public:
  explicit WarpedView(GyroWarp& warp)
      : warp_(warp), counts_(warp.view().width, warp.view().height, 1) {}
  Status Add(const EventSlice& slice) override { return warp_.Warp(slice); }
  Result<ViewValues> Values(SensorTime) override {
    Image<float> plane = counts_.sliced(2, 0);
    warp_.Counts(plane);
    sharpness_ = Variance(plane);
    return counts_;
  }
  Status Show(Image<uint8_t>& picture) override {
    // One event a third of the range, two a half, four two thirds: noise and edges are both seen.
    Image<float> seen = counts_.sliced(2, 0).copy();
    seen.for_each_value([](float& value) { value /= value + 2; });
    return ToGreyPicture(seen, 255, 0, picture);
  }
  std::optional<double> Sharpness() const override { return sharpness_; }

 private:
  GyroWarp& warp_;
  PlanarImage<float> counts_;  // one plane
  double sharpness_ = 0;
};

class VoxelView final : public SliceView {
 public:
  VoxelView(int width, int height, int planes) : grid_(width, height, planes) {}
  Status Add(const EventSlice& slice) override {
    grid_.fill(0);
    const auto added = AddToVoxelGrid(slice.events, slice.begin, slice.end, grid_);
    return added ? Status{} : tl::unexpected(added.error());
  }
  Result<ViewValues> Values(SensorTime) override { return grid_; }
  Status Show(Image<uint8_t>& picture) override {
    // The planes in a row, the first one on the left.
    const int width = grid_.width(), planes = grid_.channels();
    Image<float> row(width * planes, grid_.height());
    row.for_each_element([&](int x, int y) { row(x, y) = grid_(x % width, y, x / width); });
    return ToGreyPicture(row, kGrey / 2, kGrey, picture);
  }

 private:
  PlanarImage<float> grid_;
};

}  // namespace

std::unique_ptr<SliceView> MakeSliceView(const SliceViewOptions& options, GyroWarp* warp) {
  const int width = options.width, height = options.height;
  switch (options.view) {
    case EventView::kHistogram: return std::make_unique<HistogramView>(width, height);
    case EventView::kLinear:
    case EventView::kExponential:
      return std::make_unique<SurfaceView>(width, height, options.view == EventView::kLinear,
                                           options.window_s);
    case EventView::kSpeedInvariant: return std::make_unique<SpeedInvariantView>(width, height);
    case EventView::kIntensity: return std::make_unique<IntensityView>(width, height);
    case EventView::kWarped:
      NIGHTJAR_CHECK(warp != nullptr, "warped events need a warp");
      return std::make_unique<WarpedView>(*warp);
    case EventView::kVoxel: return std::make_unique<VoxelView>(width, height, options.planes);
  }
  return nullptr;
}

}  // namespace nightjar
