// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stream_spans.h"

#include <gmock/gmock.h>

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StreamCounts Span(const std::string& stream, double first_s, double last_s) {
  return {stream, 100, 100, FromNanoseconds(1'000'000'000) + FromSeconds(first_s),
          FromNanoseconds(1'000'000'000) + FromSeconds(last_s)};
}

TEST(StreamSpans, StreamsThatCoverEachOtherAreAsTheyShouldBe) {
  EXPECT_THAT(SpanWarnings({Span("imu0", 0, 9), Span("cam0", 2, 8), Span("cam1", 2, 8)}, "cam0"),
              IsEmpty())
      << "an IMU begins before the cameras and ends after them";
  EXPECT_THAT(SpanWarnings({Span("imu0", 2.49, 7.51), Span("cam0", 2, 8)}, "cam0"), IsEmpty())
      << "somebody switched them on one after the other";
}

TEST(StreamSpans, NamesWhatBeginsLateAndWhatEndsEarly) {
  EXPECT_THAT(
      SpanWarnings({Span("imu0", 2.5, 7.25), Span("cam0", 2, 8), Span("cam1", 3, 6)}, "cam0"),
      ElementsAre("imu0 begins 0.50 s after cam0", "imu0 ends 0.75 s before cam0",
                  "cam1 begins 1.00 s after cam0", "cam1 ends 2.00 s before cam0"));
}

TEST(StreamSpans, SaysWhatTheReferenceCameraCosts) {
  const std::string rows = ": the trajectory has rows for frames of cam1 only";
  EXPECT_THAT(
      SpanWarnings({Span("imu0", 0, 9), Span("cam1", 3, 6), Span("cam0", 2, 8)}, "cam1"),
      ElementsAre("cam1 begins 1.00 s after cam0" + rows, "cam1 ends 2.00 s before cam0" + rows));
}

TEST(StreamSpans, AStreamThatGaveNothingHasNoSpan) {
  EXPECT_THAT(SpanWarnings({Span("imu0", 0, 9), Span("cam0", 2, 8), {"cam1", 5, 0}}, "cam0"),
              IsEmpty());
  EXPECT_THAT(SpanWarnings({Span("imu0", 0, 9), {"cam0", 5, 0}, Span("cam1", 2, 8)}, "cam0"),
              IsEmpty());
}

}  // namespace
}  // namespace nightjar
