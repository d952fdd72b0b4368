// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/anomaly_counter.h"
#include "data/record_stream.h"
#include "data/wav_file.h"

namespace nightjar {

/// The sound of audioN/{sensor.yaml,data.wav}, in blocks of a tenth of a second. sensor.yaml says
/// when it began: start_ns, the time of the first instant on the audio's clock, whole ns >= 0, and
/// perhaps time_offset_s: t_imu = t_audio + time_offset_s.
class AudioStream final : public RecordStream {
 public:
  /// `folder`: the log's folder that has `name` in it. `index`: among the audio streams that are
  /// read. kUnusableInput when sensor.yaml or data.wav are not as above (see WavFile). A file that
  /// is shorter than its header says is counted and read as far as it goes.
  static Result<std::unique_ptr<AudioStream>> Open(const std::filesystem::path& folder,
                                                   const std::string& name, int index);

  const AudioStreamInfo& info() const { return info_; }

  /// From the first instant at or behind the begin to the last one before the end.
  Status Restrict(const FrameInterval& interval) override;
  std::optional<SensorTime> next_time() const override;
  Result<std::optional<Record>> Take() override;
  /// Of audio the instants are counted.
  StreamCounts counts() const override;
  std::vector<LogAnomaly> anomalies() const override { return anomalies_; }

 private:
  AudioStream(WavFile wav, AudioStreamInfo info, int index);
  SensorTime TimeOfInstant(int64_t instant) const;
  int64_t FirstInstantAt(SensorTime time) const;

  WavFile wav_;
  AudioStreamInfo info_;
  int index_;
  std::vector<LogAnomaly> anomalies_;
  int64_t next_ = 0;  // instant
  int64_t end_ = 0;
  int64_t delivered_ = 0;
};

}  // namespace nightjar
