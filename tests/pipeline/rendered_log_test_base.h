// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>

#include "apps/pipeline/evaluate.h"
#include "apps/pipeline/process.h"
#include "tests/pipeline/rendered_log.h"
#include "tests/pipeline/session_reading.h"

namespace nightjar {

/// Tests on the rendered log, which is rendered, written and processed once for all of them.
class RenderedLogTest : public testing::Test {
 protected:
  static void TearDownTestSuite() {
    std::error_code ignored;
    std::filesystem::remove_all(shared_folder(), ignored);
    rendered_.reset();
  }

  void SetUp() override {
    if (rendered_) return;
    std::filesystem::remove_all(shared_folder());
    rendered_ = std::make_unique<RenderedLog>(RenderLog());
    const Status written = WriteRenderedLog(*rendered_, log());
    ASSERT_TRUE(written) << written.error().Message();
    const Result<ProcessSummary> summary = Process(Options(log(), session()));
    ASSERT_TRUE(summary) << summary.error().Message();
    summary_ = *summary;
  }

  static const RenderedLog& rendered() { return *rendered_; }
  /// Not to be changed: the log, its session by default options, and its summary.
  static std::filesystem::path log() { return shared_folder() / "log"; }
  static std::filesystem::path session() { return shared_folder() / "session"; }
  static std::filesystem::path truth() { return log() / "mav0" / "groundtruth" / "truth.txt"; }
  static const ProcessSummary& summary() { return summary_; }

  static ProcessOptions Options(const std::filesystem::path& log,
                                const std::filesystem::path& session) {
    ProcessOptions options;
    options.log = log;
    options.session = session;
    return options;
  }

  /// A copy of the log, for this test alone, to damage.
  std::filesystem::path CopyLog(const std::string& name = "damaged") const {
    const std::filesystem::path copy = folder_.path() / name;
    std::filesystem::remove_all(copy);
    std::filesystem::copy(log(), copy, std::filesystem::copy_options::recursive);
    return copy;
  }

  /// Time of the reference camera's k-th frame.
  static SensorTime FrameTime(int k) { return rendered().frames[2 * static_cast<size_t>(k)].time; }

  TemporaryFolder folder_;

 private:
  static std::filesystem::path shared_folder() {
    return std::filesystem::path(testing::TempDir()) /
           ("nightjar.rendered_log." + std::to_string(getpid()));
  }

  static inline std::unique_ptr<RenderedLog> rendered_;
  static inline ProcessSummary summary_;
};

}  // namespace nightjar
