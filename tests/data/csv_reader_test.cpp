// SPDX-License-Identifier: Apache-2.0
#include "data/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::ElementsAre;

class CsvReaderTest : public testing::Test {
 protected:
  // Every line with its number.
  std::vector<std::pair<int64_t, std::string>> Lines(const std::string& text) {
    WriteText(file_, text);
    CsvReader reader = CsvReader::Open(file_).value();
    std::vector<std::pair<int64_t, std::string>> lines;
    while (reader.Next().value()) lines.emplace_back(reader.line_number(), reader.line());
    return lines;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "data.csv";
};

TEST_F(CsvReaderTest, CommentsAndBlankLinesArePassedOverAndCounted) {
  EXPECT_THAT(Lines("#t,x\n1,2\n\n  \t\n# more\n3,4\n"),
              ElementsAre(std::pair(2, std::string("1,2")), std::pair(6, std::string("3,4"))));
  EXPECT_THAT(Lines(""), ElementsAre());
  EXPECT_THAT(Lines("#only\n"), ElementsAre());
}

TEST_F(CsvReaderTest, LineEndsOfOtherSystemsAndMissingOnes) {
  EXPECT_THAT(Lines("1,2\r\n3,4\r\n"),
              ElementsAre(std::pair(1, std::string("1,2")), std::pair(2, std::string("3,4"))));
  EXPECT_THAT(Lines("1,2\n3,4"),
              ElementsAre(std::pair(1, std::string("1,2")), std::pair(2, std::string("3,4"))));
}

TEST_F(CsvReaderTest, ByteOrderMarkIsNotPartOfTheFirstLine) {
  EXPECT_THAT(Lines("\xEF\xBB\xBF#t\n1\n"), ElementsAre(std::pair(2, std::string("1"))));
  EXPECT_THAT(Lines("\xEF\xBB\xBF"
                    "7\n"),
              ElementsAre(std::pair(1, std::string("7"))));
}

TEST_F(CsvReaderTest, FieldsAreTrimmedAndEmptyOnesKept) {
  Lines(" 1 ,\t2,, \n");
  CsvReader reader = CsvReader::Open(file_).value();
  ASSERT_TRUE(reader.Next().value());
  EXPECT_THAT(reader.Fields(), ElementsAre("1", "2", "", ""));
  EXPECT_EQ(reader.Where(), file_.string() + ":1");
}

TEST_F(CsvReaderTest, WordsAreSplitAtAnyBlanks) {
  Lines("  1 2\t 3  \n");
  CsvReader reader = CsvReader::Open(file_).value();
  ASSERT_TRUE(reader.Next().value());
  EXPECT_THAT(reader.Words(), ElementsAre("1", "2", "3"));
}

TEST_F(CsvReaderTest, LongLinesAreCutNotGathered) {
  const auto lines = Lines(std::string(10 << 20, 'x') + "\n5\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].second.size(), CsvReader::kMaxLine);
  EXPECT_EQ(lines[1], std::pair(int64_t{2}, std::string("5")));
}

TEST_F(CsvReaderTest, OnlyFilesAreOpened) {
  const auto missing = CsvReader::Open(file_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(missing.error().what, "is missing");
  EXPECT_EQ(missing.error().where, file_.string());
  const auto folder = CsvReader::Open(folder_.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().what, "is not a file");
}

}  // namespace
}  // namespace nightjar
