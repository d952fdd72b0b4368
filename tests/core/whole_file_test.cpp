// SPDX-License-Identifier: Apache-2.0
#include "core/whole_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

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

TEST_F(WholeFileTest, InAFolderThatMayBeWrittenAndNotReadItIsThereAllTheSame) {
  constexpr auto kWriteOnly = static_cast<fs::perms>(0333);
  const fs::path drop = folder_.path() / "drop";
  fs::create_directory(drop);
  fs::permissions(drop, kWriteOnly);
  fs::permissions(folder_.path(), static_cast<fs::perms>(0755));
  const bool is_root = geteuid() == 0;  // who may read anything, and has to be somebody else
  constexpr uid_t kNobody = 65534;
  if (is_root && seteuid(kNobody) != 0) GTEST_SKIP() << "cannot become another user";
  const Status written = WriteWholeFile(drop / "file", "x");
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  fs::permissions(drop, fs::perms::owner_all);
  EXPECT_TRUE(written) << written.error().Message();
  EXPECT_EQ(ReadText(drop / "file"), "x");
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
