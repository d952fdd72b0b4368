// SPDX-License-Identifier: Apache-2.0
#include "data/audio_stream.h"

#include <algorithm>
#include <utility>

#include "calibration/yaml_document.h"
#include "core/check.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

constexpr int64_t kBlocksPerSecond = 10;
constexpr int64_t kSecond = 1'000'000'000;          // ns
constexpr double kMaxOffset = 1e9;                  // s
constexpr int64_t kLatestStart = int64_t{1} << 62;  // ns; in the year 2116, and far from overflow

// When the first instant was heard, on the IMU's clock.
SensorTime ParseStart(const YamlDocument& yaml) {
  const YAML::Node& root = yaml.root();
  if (const YAML::Node type = yaml.Find(root, "sensor_type"); type.IsDefined()) {
    if (yaml.Text(type, "sensor_type") != "audio") yaml.Throw(type, "sensor_type is not audio");
  }
  const YAML::Node start = yaml.Get(root, "start_ns");
  const auto start_ns = number_text::ParseUnsigned(yaml.Text(start, "start_ns"));
  if (!start_ns || *start_ns > kLatestStart) {
    yaml.Throw(start, "start_ns is not a whole number of nanoseconds",
               "give the time of the first sample");
  }
  double offset_s = 0;
  if (const YAML::Node offset = yaml.Find(root, "time_offset_s"); offset.IsDefined())
    offset_s = yaml.InRange(offset, "time_offset_s", -kMaxOffset, kMaxOffset, "give seconds");
  return FromNanoseconds(*start_ns) + FromSeconds(offset_s);
}

}  // namespace

AudioStream::AudioStream(WavFile wav, AudioStreamInfo info, int index)
    : wav_(std::move(wav)), info_(std::move(info)), index_(index), end_(info_.instants) {
  if (wav_.missing_instants() > 0) {
    anomalies_.push_back({"sound ends before what the header of its file promises, read so far",
                          info_.name + "/data.wav", 1});
  }
}

Result<std::unique_ptr<AudioStream>> AudioStream::Open(const std::filesystem::path& folder,
                                                       const std::string& name, int index) {
  const auto start =
      ReadYamlFile(folder / name / "sensor.yaml", "a sensor.yaml must stand here", &ParseStart);
  if (!start) return tl::unexpected(start.error());
  auto wav = WavFile::Open(folder / name / "data.wav");
  if (!wav) return tl::unexpected(wav.error());
  AudioStreamInfo info{name, *start, wav->rate_hz(), wav->channels(), wav->instants()};
  return std::unique_ptr<AudioStream>(new AudioStream(*std::move(wav), std::move(info), index));
}

// Rounded down; whole seconds apart, so that nothing overflows.
SensorTime AudioStream::TimeOfInstant(int64_t instant) const {
  const int64_t rate = info_.rate_hz;
  return info_.start + Duration(instant / rate * kSecond + instant % rate * kSecond / rate);
}

int64_t AudioStream::FirstInstantAt(SensorTime time) const {
  int64_t low = 0;
  int64_t high = info_.instants;  // the answer lies in [low, high]
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (TimeOfInstant(middle) < time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

Status AudioStream::Restrict(const FrameInterval& interval) {
  next_ = FirstInstantAt(interval.begin);
  end_ = FirstInstantAt(interval.end);
  return {};
}

std::optional<SensorTime> AudioStream::next_time() const {
  if (next_ >= end_) return std::nullopt;
  return TimeOfInstant(next_);
}

Result<std::optional<Record>> AudioStream::Take() {
  NIGHTJAR_CHECK(next_time().has_value(), "a block is taken only where next_time() has shown one");
  const int64_t block = std::max<int64_t>(1, info_.rate_hz / kBlocksPerSecond);
  const int64_t count = std::min(block, end_ - next_);
  auto samples = wav_.Read(next_, count);
  if (!samples) return tl::unexpected(samples.error());
  AudioBlock record{TimeOfInstant(next_), index_, next_, *std::move(samples)};
  next_ += count;
  delivered_ += count;
  return Record(std::move(record));
}

StreamCounts AudioStream::counts() const { return {info_.name, delivered_, delivered_}; }

}  // namespace nightjar
