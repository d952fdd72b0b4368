// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/measurement_stream.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int kSize = 96;

// A log out of a list: frames of a pattern that drifts to the right, IMU every 5 ms.
class ListedLog : public SensorLog {
 public:
  explicit ListedLog(int frames, int cameras = 1) : rig_(ScenarioRig(cameras)) {
    for (RigCamera& camera : rig_.cameras) {
      camera.width = kSize;
      camera.height = kSize;
    }
    for (int f = 0; f < frames; ++f) {
      for (int i = 0; i < 10; ++i) {
        records_.emplace_back(ImuSample{
            FromNanoseconds((50 * f + 5 * i) * kMs), Eigen::Vector3d::Zero(), {0, 0, 9.81}});
      }
      for (int c = 0; c < cameras; ++c) {
        records_.emplace_back(Frame{FromNanoseconds((50 * f + 45) * kMs), c, Pattern(f)});
      }
    }
  }

  // The reader fails instead of delivering record `index`.
  void FailAt(size_t index) { fails_at_ = index; }
  // The image of record `index`, a frame, has this size.
  void Shrink(size_t index, int size) {
    std::get<Frame>(records_[index]).image = Image<uint8_t>(size, size);
  }
  // Record `index`, a frame, has no image.
  void Blind(size_t index) { std::get<Frame>(records_[index]).image = {}; }
  void ThrowAt(size_t index) { throws_at_ = index; }
  void DropLast() { records_.pop_back(); }
  void Drop(size_t index) { records_.erase(records_.begin() + static_cast<ptrdiff_t>(index)); }
  // A sample `after` the record `index`, stands behind it.
  void InsertImu(size_t index, Duration after) {
    const SensorTime time = std::visit([](const auto& r) { return r.time; }, records_[index]);
    records_.insert(records_.begin() + static_cast<ptrdiff_t>(index) + 1,
                    ImuSample{time + after, {0, 0, 40}, {0, 0, 9.81}});
  }
  // The last pair as cam1, a sample half of `apart` behind it, cam0 `apart` behind it.
  void SwapCamerasOfLast(Duration apart) {
    std::swap(records_[records_.size() - 2], records_.back());
    std::get<Frame>(records_.back()).time += apart;
    InsertImu(records_.size() - 2, apart / 2);
  }
  size_t delivered() const { return next_; }

  const Rig& rig() const override { return rig_; }
  const LogContents& contents() const override { return contents_; }
  int64_t reference_frames() const override { return 0; }
  Result<std::optional<Record>> Next() override {
    if (next_ == throws_at_) throw std::runtime_error("no more memory");
    if (next_ == fails_at_) {
      return Fail(ErrorKind::kUnusableInput, "the disk failed", "cam0/data.csv:7");
    }
    if (next_ == records_.size()) return std::nullopt;
    return records_[next_++];
  }
  std::vector<LogAnomaly> anomalies() const override { return {}; }
  std::vector<StreamCounts> counts() const override { return {}; }
  std::string identity() const override { return "0"; }
  std::optional<std::filesystem::path> truth() const override { return {}; }

 private:
  static Image<uint8_t> Pattern(int frame) {
    Image<uint8_t> image(kSize, kSize);
    for (int y = 0; y < kSize; ++y) {
      for (int x = 0; x < kSize; ++x) {
        const double u = (x - 0.7 * frame) / 5.0;
        const double v = y / 6.0;
        const double value = 120 + 50 * std::sin(u) * std::cos(v) + 30 * std::sin(0.37 * u + v);
        image(x, y) = static_cast<uint8_t>(value);
      }
    }
    return image;
  }

  Rig rig_;
  LogContents contents_;
  std::vector<Record> records_;
  size_t next_ = 0;
  size_t fails_at_ = std::numeric_limits<size_t>::max();
  size_t throws_at_ = std::numeric_limits<size_t>::max();
};

struct Streamed {
  Status status;
  std::vector<Measurement> measurements;
};

Streamed Stream(ListedLog& log, int threads, std::chrono::microseconds slowness = {}) {
  Streamed result;
  FrontEnd front_end(log.rig(), {}, {});
  const auto caller = std::this_thread::get_id();
  result.status = StreamMeasurements(log, front_end, threads, [&](const Measurement& measurement) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    if (slowness.count() > 0) std::this_thread::sleep_for(slowness);
    result.measurements.push_back(measurement);
  });
  return result;
}

SensorTime MeasuredAt(const Measurement& measurement) {
  return std::visit([](const auto& m) { return m.time; }, measurement);
}

void ExpectSame(const Measurement& a, const Measurement& b) {
  ASSERT_EQ(a.index(), b.index());
  ASSERT_EQ(MeasuredAt(a), MeasuredAt(b));
  const auto* frame_a = std::get_if<FrameObservations>(&a);
  if (frame_a == nullptr) return;
  const auto& features_b = std::get<FrameObservations>(b).features;
  ASSERT_EQ(frame_a->features.size(), features_b.size());
  for (size_t k = 0; k < features_b.size(); ++k) {
    EXPECT_EQ(frame_a->features[k].track, features_b[k].track);
    EXPECT_EQ(frame_a->features[k].camera, features_b[k].camera);
    EXPECT_EQ(frame_a->features[k].pixel, features_b[k].pixel) << "bit for bit";
    EXPECT_EQ(frame_a->features[k].covariance, features_b[k].covariance);
  }
}

class MeasurementStream : public testing::TestWithParam<int> {};

TEST_P(MeasurementStream, EverythingInTheOrderOfTimeWithImuBeforeItsFrame) {
  ListedLog log(20);
  const Streamed streamed = Stream(log, GetParam());
  ASSERT_TRUE(streamed.status);
  ASSERT_EQ(streamed.measurements.size(), 20U * 11);
  for (size_t k = 0; k < streamed.measurements.size(); ++k) {
    const bool frame = k % 11 == 10;
    ASSERT_EQ(std::holds_alternative<FrameObservations>(streamed.measurements[k]), frame) << k;
    const auto t_ms = static_cast<int64_t>(50 * (k / 11) + 5 * std::min<size_t>(k % 11, 9));
    ASSERT_EQ(MeasuredAt(streamed.measurements[k]), FromNanoseconds(t_ms * kMs)) << k;
  }
  EXPECT_GT(std::get<FrameObservations>(streamed.measurements.back()).features.size(), 5U);
}

TEST_P(MeasurementStream, TheSameAsOnOneThread) {
  ListedLog log(30, 2);
  ListedLog again(30, 2);
  const Streamed expected = Stream(log, 1);
  const Streamed streamed = Stream(again, GetParam());
  ASSERT_EQ(streamed.measurements.size(), expected.measurements.size());
  for (size_t k = 0; k < expected.measurements.size(); ++k) {
    ExpectSame(streamed.measurements[k], expected.measurements[k]);
  }
}

TEST_P(MeasurementStream, ASlowConsumerLosesNothing) {
  ListedLog log(60);  // 660 records: more than both queues hold
  const Streamed streamed = Stream(log, GetParam(), std::chrono::microseconds(200));
  EXPECT_TRUE(streamed.status);
  EXPECT_EQ(streamed.measurements.size(), 60U * 11);
}

TEST_P(MeasurementStream, AnErrorOfTheReaderComesOutAfterWhatWasReadBeforeIt) {
  for (const size_t fails_at : {0U, 1U, 10U, 11U, 500U, 659U, 660U}) {
    ListedLog log(60);
    log.FailAt(fails_at);
    const Streamed streamed = Stream(log, GetParam());
    ASSERT_FALSE(streamed.status) << fails_at;
    EXPECT_EQ(streamed.status.error().kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(streamed.status.error().where, "cam0/data.csv:7");
    EXPECT_EQ(streamed.measurements.size(), fails_at) << "one measurement a record";
  }
}

TEST_P(MeasurementStream, AnErrorOfTheReaderComesOutWhenTheConsumerIsSlow) {
  ListedLog log(60);
  log.FailAt(650);
  const Streamed streamed = Stream(log, GetParam(), std::chrono::microseconds(200));
  EXPECT_FALSE(streamed.status);
  EXPECT_EQ(streamed.measurements.size(), 650U);
}

TEST_P(MeasurementStream, AFrameThatTheFrontEndRefusesEndsTheReading) {
  // Thousands of records are left when the third frame cannot be made into a pyramid: the reader
  // must not wait for ever for somebody to take them.
  ListedLog log(300);
  log.Shrink(32, 8);
  const Streamed streamed = Stream(log, GetParam());
  ASSERT_FALSE(streamed.status);
  EXPECT_EQ(streamed.measurements.size(), 32U);
  // Ahead of it there are 8 frames at most, however many records could be waited for.
  EXPECT_LT(log.delivered(), 33U + 9 * 11) << "and it stopped reading";
}

TEST_P(MeasurementStream, WhatTheConsumerThrowsComesOutAndNoThreadStays) {
  for (const size_t thrown_at : {0U, 10U, 400U}) {
    ListedLog log(300);
    FrontEnd front_end(log.rig(), {}, {});
    size_t taken = 0;
    const auto take = [&](const Measurement&) {
      if (taken++ == thrown_at) throw std::runtime_error("enough");
    };
    EXPECT_THROW((void)StreamMeasurements(log, front_end, GetParam(), take), std::runtime_error);
    EXPECT_EQ(taken, thrown_at + 1);
    EXPECT_LT(log.delivered(), 3300U) << "and the reading stopped";
  }
}

TEST_P(MeasurementStream, WhatTheReaderThrowsIsAnError) {
  for (const size_t thrown_at : {0U, 11U, 500U}) {
    ListedLog log(60);
    log.ThrowAt(thrown_at);
    const Streamed streamed = Stream(log, GetParam());
    ASSERT_FALSE(streamed.status) << thrown_at;
    EXPECT_EQ(streamed.status.error().kind, ErrorKind::kInternal);
    EXPECT_EQ(streamed.status.error().what, "reading was broken off: no more memory");
    EXPECT_EQ(streamed.measurements.size(), thrown_at);
  }
}

TEST_P(MeasurementStream, AReferenceFrameWithoutImageObservesNothingAndTracksWait) {
  ListedLog log(8, 2);
  log.Blind(3 * 12 + 10);  // frames 3 and 4 of cam0, frame 6 of cam1
  log.Blind(4 * 12 + 10);
  log.Blind(6 * 12 + 11);
  const Streamed streamed = Stream(log, GetParam());
  ASSERT_TRUE(streamed.status) << streamed.status.error().Message();
  std::vector<FrameObservations> frames;
  for (const Measurement& measurement : streamed.measurements) {
    if (const auto* frame = std::get_if<FrameObservations>(&measurement)) frames.push_back(*frame);
  }
  ASSERT_EQ(frames.size(), 8U) << "one for every frame of the reference camera";
  std::set<uint64_t> before;
  size_t survivors = 0;
  for (const FeatureObservation& feature : frames[2].features) before.insert(feature.track);
  for (const FeatureObservation& feature : frames[5].features) {
    survivors += feature.camera == 0 && before.contains(feature.track);
  }
  EXPECT_GT(survivors, before.size() / 2);
  for (size_t f = 0; f < 8; ++f) {
    EXPECT_EQ(frames[f].time, FromNanoseconds((50 * static_cast<int64_t>(f) + 45) * kMs));
    EXPECT_EQ(frames[f].features.empty(), f == 3 || f == 4) << f;
  }
  for (const FeatureObservation& feature : frames[6].features) EXPECT_EQ(feature.camera, 0);
}

TEST_P(MeasurementStream, NoSampleOvertakesAFrameThatWaitsForItsPartner) {
  // Frame 4 of cam1 is missing; 1 us after cam0's there is a sample that turns fast.
  ListedLog log(8, 2);
  log.Drop(4 * 12 + 11);
  ListedLog without = log;
  log.InsertImu(4 * 12 + 10, std::chrono::microseconds(1));
  const Streamed streamed = Stream(log, GetParam());
  const Streamed expected = Stream(without, GetParam());
  ASSERT_TRUE(streamed.status);
  ASSERT_EQ(streamed.measurements.size(), expected.measurements.size() + 1);
  const size_t frame = 4 * 11 + 10;
  for (size_t k = 0; k <= frame; ++k) {  // neither order nor the tracker's prediction knows of it
    ExpectSame(streamed.measurements[k], expected.measurements[k]);
  }
  ASSERT_TRUE(std::holds_alternative<ImuSample>(streamed.measurements[frame + 1]));
  EXPECT_EQ(MeasuredAt(streamed.measurements[frame + 1]),
            MeasuredAt(streamed.measurements[frame]) + std::chrono::microseconds(1));
}

TEST_P(MeasurementStream, ASampleBetweenAPartnerAndItsReferenceFrameComesFirst) {
  ListedLog log(3, 2);
  log.SwapCamerasOfLast(std::chrono::microseconds(100));  // cam1, sample, cam0
  const Streamed streamed = Stream(log, GetParam());
  ASSERT_TRUE(streamed.status);
  ASSERT_EQ(streamed.measurements.size(), 3U * 11 + 1);
  EXPECT_TRUE(std::holds_alternative<FrameObservations>(streamed.measurements.back()));
  EXPECT_EQ(MeasuredAt(streamed.measurements[3 * 11 - 1]), FromNanoseconds(145 * kMs + 50'000));
}

TEST_P(MeasurementStream, SamplesHeldAtTheEndAreNotLost) {
  ListedLog log(3, 2);
  log.DropLast();
  log.InsertImu(2 * 12 + 10, std::chrono::microseconds(1));
  const Streamed streamed = Stream(log, GetParam());
  ASSERT_EQ(streamed.measurements.size(), 3U * 11 + 1);
  EXPECT_TRUE(std::holds_alternative<ImuSample>(streamed.measurements.back()));
}

TEST_P(MeasurementStream, AnEmptyLogIsNoError) {
  ListedLog log(0);
  const Streamed streamed = Stream(log, GetParam());
  EXPECT_TRUE(streamed.status);
  EXPECT_TRUE(streamed.measurements.empty());
}

TEST_P(MeasurementStream, TheLastFrameDoesNotWaitForItsPartner) {
  ListedLog log(3, 2);
  log.DropLast();
  const Streamed streamed = Stream(log, GetParam());
  EXPECT_TRUE(streamed.status);
  ASSERT_EQ(streamed.measurements.size(), 3U * 11);
  EXPECT_EQ(MeasuredAt(streamed.measurements.back()), FromNanoseconds(145 * kMs));
}

INSTANTIATE_TEST_SUITE_P(Threads, MeasurementStream, testing::Values(1, 2, 3, 8));

}  // namespace
}  // namespace nightjar
