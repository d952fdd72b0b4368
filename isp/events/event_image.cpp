// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_image.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "calibration/make_camera_model.h"
#include "isp/events/event_motion.h"
#include "isp/tracking_pyramid.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr Duration kLongestLag = std::chrono::milliseconds(200);
// DN of a pixel with one event, and of white: 64 events are as bright as an image gets.
constexpr float kLevelOfOne = 4095;
constexpr int kWhite = 32767;

SensorTime TimeOf(const EventPacket& packet, const Event& event) {
  return packet.begin + std::chrono::microseconds(event.time_us);
}

// Separable, of unit sum; edges repeat.
void Smooth(double sigma_px, Image<float>& image) {
  if (sigma_px <= 0) return;
  const int reach = static_cast<int>(std::ceil(3 * sigma_px));
  std::vector<float> weights;
  double sum = 0;
  for (int d = -reach; d <= reach; ++d) sum += std::exp(-0.5 * d * d / (sigma_px * sigma_px));
  for (int d = -reach; d <= reach; ++d)
    weights.push_back(static_cast<float>(std::exp(-0.5 * d * d / (sigma_px * sigma_px)) / sum));
  const int width = image.width(), height = image.height();
  Image<float> rows(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float value = 0;
      for (int d = -reach; d <= reach; ++d)
        value +=
            weights[static_cast<size_t>(d + reach)] * image(std::clamp(x + d, 0, width - 1), y);
      rows(x, y) = value;
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float value = 0;
      for (int d = -reach; d <= reach; ++d)
        value +=
            weights[static_cast<size_t>(d + reach)] * rows(x, std::clamp(y + d, 0, height - 1));
      image(x, y) = value;
    }
  }
}

}  // namespace

Status EventImageOptions::Validate() const {
  const auto in = [](double value, double least, double most) {
    return value >= least && value <= most;
  };
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (!in(events_per_pixel, 0.01, 100)) return fail("events_per_pixel must be 0.01 .. 100");
  if (!in(longest_s, 1e-3, 1)) return fail("longest_s must be 0.001 .. 1");
  if (!in(smoothing_px, 0, 5)) return fail("smoothing_px must be 0 .. 5");
  const HotPixelFilterOptions hot{hot_pixel_window_s};
  const CorrelationFilterOptions correlation{correlation_window_s};
  const TrailFilterOptions trail{burst_s};
  for (const Status& status : {hot.Validate(), correlation.Validate(), trail.Validate()}) {
    if (!status) return status;
  }
  return {};
}

Result<EventImager> EventImager::Create(const RigEventCamera& camera,
                                        const EventImageOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  EventFilterChainOptions chain;
  chain.hot_pixels = HotPixelFilterOptions{options.hot_pixel_window_s};
  chain.correlation = CorrelationFilterOptions{options.correlation_window_s};
  chain.trail = TrailFilterOptions{options.burst_s};
  auto filters = EventFilterChain::Create(chain, camera.width, camera.height);
  if (!filters) return tl::unexpected(filters.error());
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  auto warp = EventWarp::Create(*camera.model, camera.width, camera.height, view);
  if (!warp) return tl::unexpected(warp.error());
  RigCamera seen;
  seen.name = camera.name;
  seen.width = view.width;
  seen.height = view.height;
  auto model = MakeCameraModel("none", {view.focal, view.focal, view.cx, view.cy}, {});
  if (!model) return tl::unexpected(model.error());
  seen.model = *std::move(model);
  seen.T_body_camera = camera.T_body_camera;
  return EventImager(camera, options, *std::move(filters), *std::move(warp), std::move(seen));
}

EventImager::EventImager(const RigEventCamera& camera, const EventImageOptions& options,
                         EventFilterChain filters, EventWarp warp, RigCamera view)
    : options_(options),
      R_body_camera_(camera.T_body_camera.rotation),
      wanted_(std::llround(options.events_per_pixel * camera.width * camera.height)),
      filters_(std::move(filters)),
      warp_(std::move(warp)),
      view_(std::move(view)) {}

void EventImager::Add(const ImuSample& sample) { samples_.push_back(sample); }

void EventImager::Add(EventPacket packet) {
  packet.events.resize(filters_.Filter(packet.events, packet.begin));
  if (!packet.events.empty()) packets_.push_back(std::move(packet));
}

// As many of the last events as an image takes, in one packet.
EventPacket EventImager::Latest(SensorTime time) const {
  const SensorTime oldest = time - FromSeconds(options_.longest_s);
  std::vector<std::pair<SensorTime, Event>> latest;
  for (auto packet = packets_.rbegin(); packet != packets_.rend(); ++packet) {
    for (auto event = packet->events.rbegin(); event != packet->events.rend(); ++event) {
      const SensorTime at = TimeOf(*packet, *event);
      if (at > time) continue;
      if (at < oldest || static_cast<int64_t>(latest.size()) >= wanted_) break;
      latest.emplace_back(at, *event);
    }
    if (static_cast<int64_t>(latest.size()) >= wanted_ || packet->begin < oldest) break;
  }
  EventPacket result;
  if (latest.empty()) return result;
  result.begin = latest.back().first;
  for (auto event = latest.rbegin(); event != latest.rend(); ++event) {
    event->second.time_us =
        static_cast<uint32_t>((event->first - result.begin) / std::chrono::microseconds(1));
    result.events.push_back(event->second);
  }
  return result;
}

void EventImager::ForgetBefore(SensorTime time) {
  const SensorTime oldest = time - FromSeconds(options_.longest_s);
  while (!packets_.empty() && TimeOf(packets_.front(), packets_.front().events.back()) < oldest)
    packets_.pop_front();
  // One sample from before the first event stays.
  while (samples_.size() > 1 && samples_[1].time < oldest - kLongestLag) samples_.pop_front();
}

Result<std::optional<EventImage>> EventImager::At(SensorTime time, double lag_s) {
  const Duration lag = std::clamp(FromSeconds(lag_s), Duration(0), kLongestLag);
  ForgetBefore(time);
  EventPacket packet = Latest(time);
  std::vector<ImuSample> samples;
  for (const ImuSample& sample : samples_) {
    if (sample.time <= time) samples.push_back(sample);
  }
  if (packet.events.empty() || samples.empty()) return std::nullopt;

  packet.begin -= lag;
  const auto motion =
      MotionFromGyro(samples, {R_body_camera_, Eigen::Vector3d::Zero()}, packet.begin, time, time);
  if (!motion) return tl::unexpected(motion.error());
  warp_.Clear();
  if (const auto lost = warp_.Add(packet, *motion); !lost) return tl::unexpected(lost.error());
  Image<float> counts(view_.width, view_.height);
  warp_.Counts(counts);
  std::optional<EventImage> image(std::in_place);
  image->events = static_cast<int64_t>(packet.events.size());
  double sum_us = 0;
  for (const Event& event : packet.events) sum_us += event.time_us;
  image->mean_age_s =
      ToSeconds(time - packet.begin) - 1e-6 * sum_us / static_cast<double>(image->events);
  if (Status drawn = Draw(counts, image->pyramid); !drawn) return tl::unexpected(drawn.error());
  return image;
}

Status EventImager::Draw(const Image<float>& counts, TrackingPyramid& pyramid) const {
  Image<float> roots(counts.width(), counts.height());
  roots.for_each_element([&](int x, int y) { roots(x, y) = std::sqrt(counts(x, y)); });
  Smooth(options_.smoothing_px, roots);
  Image<uint16_t> levels(counts.width(), counts.height());
  levels.for_each_element([&](int x, int y) {
    levels(x, y) = static_cast<uint16_t>(
        std::min(kLevelOfOne * roots(x, y) + 0.5F, static_cast<float>(kWhite)));
  });
  LevelOptions options;
  options.white = kWhite;
  return BuildTrackingPyramid(levels, options, pyramid);
}

}  // namespace nightjar
