// SPDX-License-Identifier: Apache-2.0
#include "core/staged_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void WriteFile(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Why a folder without a mark has to stay.
std::string NoMark(const fs::path& folder) {
  return fs::exists(folder / "mark") ? "" : "has no mark";
}

class StagedFolderTest : public testing::Test {
 protected:
  StagedFolderTest() {
    std::string pattern = (fs::temp_directory_path() / "staged_folder_test-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~StagedFolderTest() override { fs::remove_all(root_); }

  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_))
      names.insert(entry.path().filename().string());
    return names;
  }
  Status Make(const fs::path& target, const std::string& text) const {
    Result<StagedFolder> staged = StagedFolder::Create(target, NoMark);
    if (!staged) return tl::unexpected(staged.error());
    for (const char* name : {"mark", "deep/er/file"}) {
      if (Status written = staged->Write(name, text); !written) return written;
    }
    return staged->Commit();
  }

  fs::path root_;
};

TEST_F(StagedFolderTest, AppearsOnlyWhenCommitted) {
  {
    Result<StagedFolder> staged = StagedFolder::Create(root_ / "a/b", NoMark);
    ASSERT_TRUE(staged);
    ASSERT_TRUE(staged->Write("deep/er/file", "x"));
    EXPECT_FALSE(fs::exists(root_ / "a/b"));
  }
  EXPECT_TRUE(fs::is_empty(root_ / "a")) << "what is not committed leaves nothing";
  ASSERT_TRUE(Make(root_ / "a/b", "text"));
  EXPECT_EQ(ReadFile(root_ / "a/b/deep/er/file"), "text");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "a"), fs::directory_iterator()), 1);
}

TEST_F(StagedFolderTest, AFileMayComeInParts) {
  {
    Result<StagedFolder> staged = StagedFolder::Create(root_ / "out", NoMark);
    ASSERT_TRUE(staged);
    for (const char* part : {"one ", "", "two"}) ASSERT_TRUE(staged->Append("deep/table", part));
    ASSERT_TRUE(staged->Append("empty", ""));
    ASSERT_TRUE(staged->Write("mark", ""));
    StagedFolder moved = *std::move(staged);
    ASSERT_TRUE(moved.Commit());
  }
  EXPECT_EQ(ReadFile(root_ / "out/deep/table"), "one two");
  EXPECT_EQ(ReadFile(root_ / "out/empty"), "");
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(StagedFolderTest, TakesATrailingSlashAndAnEmptyFolder) {
  fs::create_directory(root_ / "out");
  ASSERT_TRUE(Make(root_ / "out/", "text"));
  EXPECT_EQ(ReadFile(root_ / "out/mark"), "text");
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(StagedFolderTest, ReplacesAnEarlierResultAndNothingOfItStays) {
  ASSERT_TRUE(Make(root_ / "out", "old"));
  WriteFile(root_ / "out/extra", "left by the earlier one");
  ASSERT_TRUE(Make(root_ / "out", "new"));
  EXPECT_EQ(ReadFile(root_ / "out/mark"), "new");
  EXPECT_FALSE(fs::exists(root_ / "out/extra"));
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(StagedFolderTest, FollowsALinkToTheFolder) {
  ASSERT_TRUE(Make(root_ / "real", "old"));
  fs::create_directory_symlink(root_ / "real", root_ / "link");
  ASSERT_TRUE(Make(root_ / "link", "new"));
  EXPECT_EQ(ReadFile(root_ / "real/mark"), "new");
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
}

TEST_F(StagedFolderTest, RefusesALinkThatLeadsNowhereAtTheStart) {
  fs::create_symlink(root_ / "nowhere", root_ / "link");
  for (const fs::path& target : {root_ / "link", root_ / "link/deep/er"}) {
    for (const Status& tried : {StagedFolder::Probe(target, NoMark), Make(target, "x")}) {
      ASSERT_FALSE(tried) << target;
      EXPECT_EQ(tried.error().kind, ErrorKind::kUsage);
      EXPECT_THAT(tried.error().Message(), HasSubstr("link: is a link to a place that is not"));
    }
  }
  EXPECT_THAT(Names(), ElementsAre("link"));
}

TEST_F(StagedFolderTest, DoesNotTouchWhatIsNotOurs) {
  fs::create_directory(root_ / "photos");
  WriteFile(root_ / "photos/one", "precious");
  WriteFile(root_ / "file", "precious");
  for (const char* name : {"photos", "file"}) {
    const Status made = Make(root_ / name, "x");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(made.error().Message(), HasSubstr(name));
  }
  EXPECT_THAT(Make(root_ / "photos", "x").error().what, HasSubstr("it has no mark"));
  EXPECT_EQ(ReadFile(root_ / "photos/one"), "precious");
  EXPECT_EQ(ReadFile(root_ / "file"), "precious");
  EXPECT_THAT(Names(), ElementsAre("file", "photos"));
}

TEST_F(StagedFolderTest, DoesNotReplaceWhatAppearedMeanwhile) {
  Result<StagedFolder> staged = StagedFolder::Create(root_ / "out", NoMark);
  ASSERT_TRUE(staged);
  fs::create_directory(root_ / "out");
  WriteFile(root_ / "out/theirs", "precious");
  EXPECT_EQ(staged->Commit().error().kind, ErrorKind::kUsage);
  EXPECT_EQ(ReadFile(root_ / "out/theirs"), "precious");
}

TEST_F(StagedFolderTest, RemovesWhatAnInterruptedRunLeft) {
  fs::create_directories(root_ / ".out.partial-123-0/slam");
  WriteFile(root_ / ".out.partial-123-0/slam/half", "x");
  fs::create_directory(root_ / ".other.partial-123-0");
  ASSERT_TRUE(Make(root_ / "out", "text"));
  EXPECT_THAT(Names(), ElementsAre(".other.partial-123-0", "out"));
}

TEST_F(StagedFolderTest, LeavesALivingRunAlone) {
  Result<StagedFolder> first = StagedFolder::Create(root_ / "out", NoMark);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->Write("mark", "first"));
  ASSERT_TRUE(Make(root_ / "out", "second"));
  ASSERT_TRUE(first->Commit());
  EXPECT_EQ(ReadFile(root_ / "out/mark"), "first") << "the last commit wins";
}

TEST_F(StagedFolderTest, SaysWhenNothingCanBeWritten) {
  WriteFile(root_ / "file", "x");
  const Status made = Make(root_ / "file/out", "x");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(made.error().Message().find('\n'), std::string::npos);
  EXPECT_FALSE(Make("/proc/out", "x"));
  EXPECT_FALSE(Make("/", "x"));
}

TEST_F(StagedFolderTest, ProbesWhetherItWillBeAbleToWrite) {
  for (const char* name : {"out", "out/", "deep/er/out"}) {
    EXPECT_TRUE(StagedFolder::Probe(root_ / name, NoMark)) << name;
    EXPECT_THAT(Names(), IsEmpty()) << "leaves nothing, no parents either";
  }
  ASSERT_TRUE(Make(root_ / "out", "old"));
  EXPECT_TRUE(StagedFolder::Probe(root_ / "out", NoMark));
  EXPECT_EQ(ReadFile(root_ / "out/mark"), "old");
  WriteFile(root_ / "file", "x");
  for (const fs::path& target : {root_ / "file", root_ / "file/out", fs::path("/proc/out"),
                                 fs::path("/proc/deep/out"), fs::path("/"), fs::path()}) {
    const Status probed = StagedFolder::Probe(target, NoMark);
    ASSERT_FALSE(probed) << target;
    EXPECT_EQ(probed.error().kind, ErrorKind::kUsage) << target;
  }
  EXPECT_FALSE(Make("", "x"));
  EXPECT_THAT(Names(), ElementsAre("file", "out"));
}

TEST_F(StagedFolderTest, ProbesAFolderThatMayNotBeWritten) {
  constexpr auto kReadOnly = static_cast<fs::perms>(0555);
  fs::create_directory(root_ / "locked");
  fs::permissions(root_ / "locked", kReadOnly);
  fs::permissions(root_, static_cast<fs::perms>(0755));
  const bool is_root = geteuid() == 0;  // who may write anywhere, and has to be somebody else
  constexpr uid_t kNobody = 65534;
  if (is_root && seteuid(kNobody) != 0) GTEST_SKIP() << "cannot become another user";
  const Status probed = StagedFolder::Probe(root_ / "locked/out", NoMark);
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  fs::permissions(root_ / "locked", fs::perms::owner_all);
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(probed.error().where, HasSubstr("locked"));
}

TEST_F(StagedFolderTest, LeavesTheEarlierResultWhenTheDiskIsFull) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  ASSERT_TRUE(Make(root_ / "out", "old"));
  Result<StagedFolder> staged = StagedFolder::Create(root_ / "out", NoMark);
  ASSERT_TRUE(staged);
  for (const auto& entry :
       fs::directory_iterator(root_)) {  // every write to this name fails with "no space left"
    if (entry.path().filename() != "out") fs::create_symlink("/dev/full", entry.path() / "points");
  }
  const Status written = staged->Write("points", std::string(1 << 16, 'x'));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kTryAgain);
  EXPECT_THAT(written.error().where, HasSubstr("out/points")) << "the name that the user knows";
  EXPECT_EQ(ReadFile(root_ / "out/mark"), "old");
}

TEST_F(StagedFolderTest, GivesTheFolderTheUsualPermissions) {
  const mode_t mask = umask(022);
  ASSERT_TRUE(Make(root_ / "out", "x"));
  umask(mask);
  EXPECT_EQ(static_cast<int>(fs::status(root_ / "out").permissions()), 0755);
  EXPECT_EQ(static_cast<int>(fs::status(root_ / "out/mark").permissions()), 0644);
}

TEST(StagedFolder, SaysThatAnInputWouldBeReplaced) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "inputs_in_target";
  EXPECT_TRUE(StagedFolder::CheckInputs(folder, {}).has_value());
  EXPECT_TRUE(StagedFolder::CheckInputs(folder, {"", folder.string() + "_other"}).has_value());
  for (const fs::path& input :
       {folder, folder / "truth" / "state.csv", folder / ".." / "inputs_in_target" / "rig.yaml"}) {
    const Status status = StagedFolder::CheckInputs(folder, {input});
    ASSERT_FALSE(status.has_value()) << input;
    EXPECT_EQ(status.error().kind, ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace nightjar
