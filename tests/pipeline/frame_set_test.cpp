// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_set.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kMs = 1'000'000;

// A frame whose one pixel says which one it is.
Frame At(int64_t t_ns, int camera, uint8_t mark = 0) {
  Image<uint8_t> image(1, 1);
  image(0, 0) = mark;
  return {FromNanoseconds(t_ns), camera, image};
}

int Mark(const std::optional<Frame>& frame) {
  return frame ? std::get<Image<uint8_t>>(frame->image)(0, 0) : -1;
}

std::vector<int> Marks(const FrameSet& set) {
  std::vector<int> marks;
  for (const auto& frame : set.frames) marks.push_back(Mark(frame));
  return marks;
}

TEST(FrameSetAssembler, OneCameraIsCompleteAtOnce) {
  FrameSetAssembler assembler(1);
  for (int i = 0; i < 3; ++i) {
    const auto sets = assembler.Add(At(i * kMs, 0, static_cast<uint8_t>(i)));
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets[0].time, FromNanoseconds(i * kMs));
    EXPECT_THAT(Marks(sets[0]), ElementsAre(i));
  }
  EXPECT_EQ(assembler.TakeBefore(SensorTime::max()), std::nullopt);
  EXPECT_EQ(assembler.unpaired(), 0);
}

TEST(FrameSetAssembler, CompleteWithTheLastCamera) {
  FrameSetAssembler assembler(3);
  EXPECT_THAT(assembler.Add(At(100, 0, 10)), IsEmpty());
  EXPECT_THAT(assembler.Add(At(100, 2, 12)), IsEmpty()) << "in any order of cameras";
  const auto sets = assembler.Add(At(100, 1, 11));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_THAT(Marks(sets[0]), ElementsAre(10, 11, 12));
  EXPECT_EQ(sets[0].time, FromNanoseconds(100));
}

TEST(FrameSetAssembler, HalfAMillisecondIsTogetherAndMoreIsNot) {
  FrameSetAssembler assembler(2);
  assembler.Add(At(0, 0, 1));
  const auto together = assembler.Add(At(kMs / 2, 1, 2));
  ASSERT_EQ(together.size(), 1U);
  EXPECT_THAT(Marks(together[0]), ElementsAre(1, 2));

  assembler.Add(At(10 * kMs, 0, 3));
  const auto apart = assembler.Add(At(10 * kMs + kMs / 2 + 1, 1, 4));
  ASSERT_EQ(apart.size(), 1U) << "the first goes alone";
  EXPECT_THAT(Marks(apart[0]), ElementsAre(3, -1));
  EXPECT_EQ(assembler.unpaired(), 0) << "the second still waits for its reference camera";
  EXPECT_EQ(assembler.TakeBefore(SensorTime::max()), std::nullopt);
  EXPECT_EQ(assembler.unpaired(), 1);
}

// A frame that a trigger at `stamp_ns` began.
Frame Exposed(int64_t stamp_ns, int64_t exposure_ns, int camera, uint8_t mark = 0) {
  Frame frame = At(stamp_ns + exposure_ns / 2, camera, mark);
  frame.exposure_ns = exposure_ns;
  frame.stamp = FromNanoseconds(stamp_ns);
  return frame;
}

TEST(FrameSetAssembler, OneTriggerMakesAPairHoweverLongEachExposes) {
  for (const int longer : {0, 1}) {
    FrameSetAssembler assembler(2, kLongestApart);
    for (int i = 0; i < 5; ++i) {
      const int64_t trigger = 50 * kMs * i + 20 * kMs;
      EXPECT_THAT(assembler.Add(Exposed(trigger, 2 * kMs, 1 - longer, 1)), IsEmpty());
      EXPECT_EQ(assembler.TakeBefore(FromNanoseconds(trigger + 9 * kMs)), std::nullopt)
          << "what comes in between ends nothing";
      const auto sets = assembler.Add(Exposed(trigger, (10 + 2 * i) * kMs, longer, 2));
      ASSERT_EQ(sets.size(), 1U);
      EXPECT_THAT(Marks(sets[0]), longer == 1 ? ElementsAre(1, 2) : ElementsAre(2, 1));
      EXPECT_EQ(sets[0].time, sets[0].frames[0]->time) << "the reference camera's mid-exposure";
    }
    EXPECT_EQ(assembler.unpaired(), 0);
  }
}

TEST(FrameSetAssembler, MidExposuresMoreThanTheBoundApartAreNoPair) {
  FrameSetAssembler assembler(2, kLongestApart);
  assembler.Add(Exposed(0, 2 * kMs, 0, 1));
  ASSERT_EQ(assembler.Add(Exposed(0, 22 * kMs, 1, 2)).size(), 1U) << "10 ms";
  assembler.Add(Exposed(100 * kMs, 2 * kMs, 0, 1));
  const auto sets = assembler.Add(Exposed(100 * kMs, 22 * kMs + 2, 1, 2));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_THAT(Marks(sets[0]), ElementsAre(1, -1));
  EXPECT_EQ(assembler.TakeBefore(SensorTime::max()), std::nullopt);
  EXPECT_EQ(assembler.unpaired(), 1);
}

TEST(FrameSetAssembler, CamerasWithTriggersOfTheirOwnDoNotPair) {
  FrameSetAssembler assembler(2, kLongestApart);
  int alone = 0;
  for (int i = 0; i < 5; ++i) {  // 3 ms apart, and the mid-exposures by less than the bound
    for (const FrameSet& set : assembler.Add(Exposed(50 * kMs * i, 4 * kMs, 0, 1))) {
      EXPECT_THAT(Marks(set), ElementsAre(1, -1));
      ++alone;
    }
    for (const FrameSet& set : assembler.Add(Exposed((50 * i + 3) * kMs, 8 * kMs, 1, 2))) {
      EXPECT_THAT(Marks(set), ElementsAre(1, -1));
      ++alone;
    }
  }
  alone += assembler.TakeBefore(SensorTime::max()).has_value();
  EXPECT_EQ(alone, 5);
  EXPECT_EQ(assembler.unpaired(), 5);
}

// cam0 and cam1 by one trigger at 20 Hz, mid-exposures 8 ms apart; cam2 runs free at 30 Hz.
TEST(FrameSetAssembler, WhatFallsBetweenTheFramesOfATriggerPartsThemNot) {
  for (const int longer : {0, 1}) {
    std::vector<Frame> frames;
    for (int i = 0; i < 60; ++i) {
      frames.push_back(Exposed(50 * kMs * i, 2 * kMs, 1 - longer, static_cast<uint8_t>(i)));
      frames.push_back(Exposed(50 * kMs * i, 18 * kMs, longer, static_cast<uint8_t>(i)));
    }
    for (int i = 0; i < 90; ++i)
      frames.push_back(Exposed(i * 100 * kMs / 3 + 3 * kMs, 2 * kMs, 2, 100));
    std::stable_sort(frames.begin(), frames.end(),
                     [](const Frame& a, const Frame& b) { return a.time < b.time; });
    FrameSetAssembler assembler(3, kLongestApart);
    std::vector<FrameSet> sets;
    for (const Frame& frame : frames) {
      if (auto set = assembler.TakeBefore(frame.time)) sets.push_back(*std::move(set));
      for (FrameSet& set : assembler.Add(frame)) sets.push_back(std::move(set));
    }
    if (auto set = assembler.TakeBefore(SensorTime::max())) sets.push_back(*std::move(set));
    ASSERT_EQ(sets.size(), 60U);
    for (int i = 0; i < 60; ++i) {
      EXPECT_EQ(Mark(sets[i].frames[0]), i) << "in the order of their times";
      EXPECT_EQ(Mark(sets[i].frames[1]), i);
    }
    EXPECT_EQ(assembler.unpaired(), 90);
  }
}

TEST(FrameSetAssembler, WhatCameFirstByChanceDoesNotPartThemEither) {
  FrameSetAssembler assembler(3, kLongestApart);
  EXPECT_THAT(assembler.Add(Exposed(-kMs / 5, 2 * kMs, 2, 3)), IsEmpty());  // 0.2 ms before cam0
  EXPECT_THAT(assembler.Add(Exposed(0, 2 * kMs, 0, 1)), IsEmpty());
  const auto sets = assembler.Add(Exposed(0, 18 * kMs, 1, 2));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_THAT(Marks(sets[0]), ElementsAre(1, 2, 3));
}

TEST(FrameSetAssembler, EqualMidExposuresAreAPairWhateverTheStampsMean) {
  FrameSetAssembler assembler(2, kLongestApart);  // the second camera stamps its middle
  assembler.Add(Exposed(0, 8 * kMs, 0, 1));
  const auto sets = assembler.Add(At(4 * kMs, 1, 2));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_THAT(Marks(sets[0]), ElementsAre(1, 2));
}

TEST(FrameSetAssembler, TheTimeIsThatOfTheReferenceCameraEvenWhenItCameLater) {
  FrameSetAssembler assembler(2);
  assembler.Add(At(1000, 1, 2));
  const auto sets = assembler.Add(At(1300, 0, 1));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].time, FromNanoseconds(1300));
  EXPECT_THAT(Marks(sets[0]), ElementsAre(1, 2));
}

TEST(FrameSetAssembler, AMissingPartnerIsGivenUpWhenSomethingLaterComes) {
  FrameSetAssembler assembler(2);
  assembler.Add(At(0, 0, 1));
  EXPECT_EQ(assembler.TakeBefore(FromNanoseconds(kMs / 2)), std::nullopt) << "it may still come";
  const auto set = assembler.TakeBefore(FromNanoseconds(kMs / 2 + 1));
  ASSERT_TRUE(set);
  EXPECT_THAT(Marks(*set), ElementsAre(1, -1));
  EXPECT_EQ(assembler.TakeBefore(SensorTime::max()), std::nullopt) << "once";
}

TEST(FrameSetAssembler, TwoSetsAtOnceWhenOneIsGivenUpAndTheOtherIsWholeAlready) {
  FrameSetAssembler assembler(1);
  EXPECT_EQ(assembler.Add(At(0, 0)).size(), 1U);
  FrameSetAssembler pair(2);
  pair.Add(At(0, 0, 1));
  pair.Add(At(20 * kMs, 0, 2));
  const auto sets = pair.Add(At(20 * kMs, 1, 3));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_THAT(Marks(sets[0]), ElementsAre(2, 3));
}

TEST(FrameSetAssembler, ASecondFrameOfTheSameCameraBeginsAnotherSet) {
  FrameSetAssembler assembler(2);
  assembler.Add(At(0, 0, 1));
  const auto sets = assembler.Add(At(1000, 0, 2));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_THAT(Marks(sets[0]), ElementsAre(1, -1));
  const auto next = assembler.Add(At(1000, 1, 3));
  ASSERT_EQ(next.size(), 1U);
  EXPECT_THAT(Marks(next[0]), ElementsAre(2, 3));
}

TEST(FrameSetAssembler, CountsFramesWithoutTheReferenceCamera) {
  FrameSetAssembler assembler(3);
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(assembler.Add(At(i * 20 * kMs, 1)), IsEmpty());
    EXPECT_THAT(assembler.Add(At(i * 20 * kMs, 2)), IsEmpty());
  }
  EXPECT_EQ(assembler.unpaired(), 6) << "the last pair still waits";
  EXPECT_EQ(assembler.TakeBefore(SensorTime::max()), std::nullopt);
  EXPECT_EQ(assembler.unpaired(), 8);
}

TEST(FrameSetAssembler, SaysWhichReferenceFrameWaits) {
  FrameSetAssembler assembler(2);
  EXPECT_EQ(assembler.reference_time(), std::nullopt);
  assembler.Add(At(1000, 1));
  EXPECT_EQ(assembler.reference_time(), std::nullopt) << "the other camera's alone";
  assembler.Add(At(1300, 0));
  EXPECT_EQ(assembler.reference_time(), std::nullopt) << "complete";
  assembler.Add(At(20 * kMs, 0));
  EXPECT_EQ(assembler.reference_time(), FromNanoseconds(20 * kMs));
  assembler.TakeBefore(SensorTime::max());
  EXPECT_EQ(assembler.reference_time(), std::nullopt);
}

TEST(FrameSetAssembler, AFrameWithoutImageTakesItsPlaceAndIsNotCountedAsUnused) {
  FrameSetAssembler assembler(2);
  assembler.Add({FromNanoseconds(0), 0, {}});
  const auto sets = assembler.Add(At(0, 1, 2));
  ASSERT_EQ(sets.size(), 1U) << "complete at once";
  ASSERT_TRUE(sets[0].frames[0]);
  EXPECT_FALSE(HasImage(*sets[0].frames[0]));
  EXPECT_TRUE(HasImage(*sets[0].frames[1]));
  assembler.Add({FromNanoseconds(20 * kMs), 1, {}});
  EXPECT_EQ(assembler.TakeBefore(SensorTime::max()), std::nullopt);
  EXPECT_EQ(assembler.unpaired(), 0);
}

}  // namespace
}  // namespace nightjar
