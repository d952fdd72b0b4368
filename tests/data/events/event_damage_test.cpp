// SPDX-License-Identifier: Apache-2.0
// Files that are cut, damaged and shuffled: never more events than the bytes allow, times that
// never fall, and of a cut file what came before the cut.
#include <gtest/gtest.h>

#include <algorithm>

#include "data/events/event_format.h"
#include "tests/data/events/event_file_samples.h"

namespace nightjar {
namespace {

EventFileContent DecodeFile(const std::vector<uint8_t>& bytes, size_t piece = SIZE_MAX,
                            bool raw = false) {
  const std::string_view begin(reinterpret_cast<const char*>(bytes.data()),
                               std::min(bytes.size(), kFormatBytes));
  size_t skip = 0;
  auto decoder = MakeEventDecoder(begin, raw, skip);
  if (decoder) return Decode(**decoder, std::span<const uint8_t>(bytes).subspan(skip), piece);
  EventFileContent content;
  content.error = decoder.error().Message();
  return content;
}

class EventDamageTest : public testing::TestWithParam<EventFileSample> {
 protected:
  // What holds of every content, however damaged its file is.
  void Check(const std::vector<uint8_t>& bytes) const {
    const EventFileContent content = DecodeFile(bytes, 4096);
    const std::string& name = GetParam().name;
    if (content.info.format == name.substr(0, name.find(' ')) && GetParam().most_per_byte > 0) {
      EXPECT_LE(static_cast<double>(content.events.size()),
                GetParam().most_per_byte * static_cast<double>(bytes.size()));
    }
    EXPECT_TRUE(std::is_sorted(
        content.events.begin(), content.events.end(),
        [](const TimedEvent& a, const TimedEvent& b) { return a.time_us < b.time_us; }));
  }
};

TEST_P(EventDamageTest, WholeItIsReadExactly) {
  const EventFileSample& sample = GetParam();
  const EventFileContent content = DecodeFile(sample.bytes);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.events, sample.events);
  EXPECT_EQ(content.Anomaly("time steps back"), 0);
  EXPECT_EQ(DecodeFile(sample.bytes, SIZE_MAX, true).events, sample.events);
}

TEST_P(EventDamageTest, BytesMayBeCutAnywhere) {
  for (const size_t piece : {1U, 2U, 3U, 5U, 8U, 61U, 997U})
    EXPECT_EQ(DecodeFile(GetParam().bytes, piece).events, GetParam().events) << piece;
}

TEST_P(EventDamageTest, CutItGivesWhatCameBefore) {
  const EventFileSample& sample = GetParam();
  for (size_t size = 0; size < sample.bytes.size(); size += size < 400 ? 1 : 997) {
    const EventFileContent content = DecodeFile(
        {sample.bytes.begin(), sample.bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_LE(content.events.size(), sample.events.size());
    EXPECT_TRUE(std::equal(content.events.begin(), content.events.end(), sample.events.begin()))
        << size;
  }
}

TEST_P(EventDamageTest, FlippedBits) {
  const EventFileSample& sample = GetParam();
  for (size_t at = 0; at < sample.bytes.size(); at += at < 300 ? 1 : 61) {
    std::vector<uint8_t> bytes = sample.bytes;
    bytes[at] ^= static_cast<uint8_t>(1U << (at % 8));
    Check(bytes);
    bytes[at] = 0xFF;
    Check(bytes);
  }
}

TEST_P(EventDamageTest, PartsInAnotherOrder) {
  const EventFileSample& sample = GetParam();
  const auto begin = static_cast<std::ptrdiff_t>(sample.bytes.size() / 4);
  for (std::ptrdiff_t length = 100; begin + 2 * length < std::ssize(sample.bytes); length += 1001) {
    std::vector<uint8_t> bytes = sample.bytes;
    std::rotate(bytes.begin() + begin, bytes.begin() + begin + length,
                bytes.begin() + begin + 2 * length);
    Check(bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EventDamageTest, testing::ValuesIn(MakeEventFileSamples()),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) c = c == ' ' || c == '.' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace nightjar
