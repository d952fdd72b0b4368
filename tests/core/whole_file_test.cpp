// SPDX-License-Identifier: Apache-2.0
#include "core/whole_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class WholeFileTest : public testing::Test {
 protected:
  size_t Entries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_.path()), {}));
  }
  fs::path file() const { return folder_.path() / "file"; }

  TemporaryFolder folder_;
};

TEST_F(WholeFileTest, IsWrittenReplacedAndAlone) {
  ASSERT_TRUE(WriteWholeFile(file(), "one"));
  ASSERT_TRUE(WriteWholeFile(file(), "two"));
  EXPECT_EQ(ReadText(file()), "two");
  EXPECT_EQ(Entries(), 1u);
  ASSERT_TRUE(WriteWholeFile(folder_.path() / "a/b/file", "deep"));
  EXPECT_EQ(ReadText(folder_.path() / "a/b/file"), "deep");
}

TEST_F(WholeFileTest, AWriteThatFailsLeavesTheEarlierFileAndNothingElse) {
  ASSERT_TRUE(WriteWholeFile(file(), "earlier"));
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1024;
  setrlimit(RLIMIT_FSIZE, &small);
  const Status written = WriteWholeFile(file(), std::string(4096, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kTryAgain);
  EXPECT_EQ(ReadText(file()), "earlier");
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(WholeFileTest, WhatCannotBeAFileIsRefused) {
  fs::create_directories(folder_.path() / "folder");
  for (const fs::path& target : {fs::path(), folder_.path() / "folder", fs::path("/")}) {
    const Status written = WriteWholeFile(target, "text");
    ASSERT_FALSE(written) << target;
    EXPECT_EQ(written.error().kind, ErrorKind::kUsage) << target;
  }
}

}  // namespace
}  // namespace nightjar
