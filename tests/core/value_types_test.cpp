// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/image.h"
#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {
namespace {

TEST(ErrorTest, MessageIsOneLineOfWhereWhatAndRemedy) {
  EXPECT_EQ((Error{ErrorKind::kUsage, "bad", "a.csv:3", "mend it"}.Message()),
            "a.csv:3: bad; mend it");
  EXPECT_EQ((Error{ErrorKind::kUsage, "bad", "", "mend it"}.Message()), "bad; mend it");
  EXPECT_EQ((Error{ErrorKind::kUsage, "bad", "a.csv:3", ""}.Message()), "a.csv:3: bad");
  EXPECT_EQ((Error{ErrorKind::kUsage, "bad", "", ""}.Message()), "bad");
}

// What is quoted from a file must not break the line or drive the terminal. UTF-8 stays.
TEST(ErrorTest, MessageStaysOneLineWhateverItQuotes) {
  EXPECT_EQ((Error{ErrorKind::kUsage, "bad 'a\nb\x1B[2J\x7F'", "µ.csv", ""}.Message()),
            "µ.csv: bad 'a?b?[2J?'");
}

TEST(ErrorTest, FailCarriesItsFieldsIntoAnyResult) {
  const Result<int> result = Fail(ErrorKind::kNoAnswer, "no answer", "here", "wait");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNoAnswer);
  EXPECT_EQ(result.error().Message(), "here: no answer; wait");
}

TEST(TrackingStatusTest, ScoresAreAriasThreeValues) {
  EXPECT_EQ(QualityScore(TrackingStatus::kTracking), 1.0);
  EXPECT_EQ(QualityScore(TrackingStatus::kInitialising), 0.5);
  EXPECT_EQ(QualityScore(TrackingStatus::kDegraded), 0.5);
  EXPECT_EQ(QualityScore(TrackingStatus::kDeadReckoned), 0.0);
  EXPECT_EQ(QualityScore(TrackingStatus::kLost), 0.0);
}

TEST(ImageTest, FirstDimensionIsXAndCopiesShareThePixels) {
  Image<uint16_t> image(5, 3);
  image.fill(0);
  image(4, 2) = 7;
  EXPECT_EQ(image.data()[2 * 5 + 4], 7);
  const MonoImage copy = image;
  EXPECT_EQ(Width(copy), 5);
  EXPECT_EQ(Height(copy), 3);
  EXPECT_EQ(std::get<Image<uint16_t>>(copy).data(), image.data());
}

}  // namespace
}  // namespace nightjar
