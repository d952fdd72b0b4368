// SPDX-License-Identifier: Apache-2.0
// Sessions of which a number somewhere was changed: refused in one line, or read, and then
// whatever is asked of them comes to an end with an answer or an error, and never with a fault of
// ours. More of them: --gtest_random_seed=N --gtest_repeat=M.
#include <gmock/gmock.h>

#include <array>
#include <cstring>

#include "core/random.h"
#include "spatial/context/context_text.h"
#include "spatial/context/messages.h"
#include "spatial/export/export.h"
#include "spatial/privacy.h"
#include "spatial/query/questions.h"
#include "spatial/session_reader.h"
#include "spatial/session_writer.h"
#include "tests/spatial/query/asked_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr std::array kNumbers = {"0",     "-1",   "1",          "1e-300",   "1e300", "-1e12", "1e6",
                                 "-0.01", "1e12", "2147483647", "999999.5", "null",  "1e-9",  "[]"};

bool IsNumberCharacter(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == 'e' || c == '+';
}

// Another number in the place of one of a text.
std::string WithOtherNumber(const std::string& text, RandomStream& random) {
  const auto start = static_cast<size_t>(random.Uniform() * static_cast<double>(text.size()));
  size_t begin = start;
  while (begin < text.size() && !(text[begin] >= '0' && text[begin] <= '9')) ++begin;
  if (begin == text.size()) return text;
  while (begin > 0 && IsNumberCharacter(text[begin - 1])) --begin;
  size_t end = begin;
  while (end < text.size() && IsNumberCharacter(text[end])) ++end;
  const auto which = static_cast<size_t>(random.Uniform() * kNumbers.size());
  return text.substr(0, begin) + kNumbers[which] + text.substr(end);
}

// Another double in the place of one of an array.
std::string WithOtherDouble(std::string bytes, RandomStream& random) {
  constexpr double kValues[] = {0, -1, 1e-300, 1e300, 1e-12, 1, 1e6, HUGE_VAL, NAN};
  const size_t place =
      128 + 8 * static_cast<size_t>(random.Uniform() * static_cast<double>(bytes.size() / 8 - 17));
  const double value = kValues[static_cast<size_t>(random.Uniform() * std::size(kValues))];
  std::memcpy(bytes.data() + place, &value, sizeof(value));
  return bytes;
}

void ExpectOneLine(const Error& error, const std::string& what) {
  EXPECT_EQ(error.Message().find('\n'), std::string::npos) << what;
  EXPECT_NE(error.kind, ErrorKind::kInternal) << what << ": " << error.Message();
}

void AskEverything(const Session& session, const std::string& what) {
  const Questions questions(session);
  for (const char* request :
       {R"({"verb":"context"})", R"({"verb":"context","at":2.1,"from":1,"max_bytes":65536})",
        R"({"verb":"pose","t":1.1})", R"({"verb":"relative_pose","t0":1.1,"t1":2.6})",
        R"({"verb":"distance","a":1.1,"b":2.1})", R"({"verb":"bearing","t":1.1,"p":[1,2,0.5]})",
        R"({"verb":"motion","t0":0.1,"t1":2.9})", R"({"verb":"clearance","t":1.25})",
        R"({"verb":"clearance","t":1.1,"range_m":100})",
        R"({"verb":"is_free","path":[[-50,0,1],[50,-1.8,0.5]],"radius_m":1})",
        R"({"verb":"raycast","origin":[0,0,1],"direction":[1,0.2,0],"range_m":100})",
        R"({"verb":"surfaces_near","p":1,"r":1000,"max":100})",
        R"({"verb":"keyframes_seeing","p":[3,1,1],"range_m":100})", R"({"verb":"cover"})"}) {
    const auto answer = questions.Ask(Json::parse(request));
    if (!answer) ExpectOneLine(answer.error(), what + request);
  }
}

void Tell(const Session& session, const fs::path& folder, const std::string& what) {
  const auto moment = ContextMoment::At(session, {});
  if (!moment) return ExpectOneLine(moment.error(), what);
  const ContextParts parts(*moment);
  for (const size_t most : {0, 300, 4096}) {
    EXPECT_LE(parts.Text(most).size(), most) << what;
    EXPECT_LE(parts.JsonText(most).size(), std::max<size_t>(most, 2)) << what;
  }
  const auto messages = ContextMessages(*moment, folder, {4096, 4, false});
  if (!messages) ExpectOneLine(messages.error(), what);
}

void Export(const Session& session, const fs::path& folder, const fs::path& out,
            const std::string& what) {
  for (const std::string& format : ExportFormatNames()) {
    ExportOptions options;
    options.format = format;
    const auto exported = ExportSession(session, folder, out / format, options);
    if (!exported) ExpectOneLine(exported.error(), what + format);
  }
}

TEST(SpoiltSession, IsRefusedOrAnswers) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "s";
  Session session = AskedSession(60);
  for (const Keyframe& keyframe : session.keyframes) {
    session.images.push_back(
        {keyframe.state.time, 0,
         "images/cam0/" + std::to_string(ToNanoseconds(keyframe.state.time)) + ".jpg", 320, 240,
         200.5, 159.5, 119.5});
  }
  const WritePictures pictures = [](StagedFolder& staged, Session& of) -> Status {
    for (const KeyframeImage& image : of.images)
      if (Status written = staged.Write(image.file, "picture"); !written) return written;
    return {};
  };
  ASSERT_TRUE(WriteSession(session, folder, pictures, {}));
  constexpr const char* kFiles[] = {"session.json",
                                    "summary.json",
                                    "health.jsonl",
                                    "keyframes.jsonl",
                                    "scene.json",
                                    "surfaces.json",
                                    "occupancy.json",
                                    "slam/open_loop_trajectory.csv",
                                    "slam/closed_loop_trajectory.csv",
                                    "slam/online_calibration.jsonl",
                                    "trajectory_covariance.npy",
                                    "trajectory_cross_covariance.npz"};
  int accepted = 0;
  static int round = 0;
  RandomStream random(static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)), 31,
                      static_cast<uint64_t>(round++));
  for (int trial = 0; trial < 120; ++trial) {
    const std::string name = kFiles[static_cast<size_t>(trial) % std::size(kFiles)];
    const std::string bytes = ReadText(folder / name);
    const std::string spoilt = name.find(".np") != std::string::npos
                                   ? WithOtherDouble(bytes, random)
                                   : WithOtherNumber(bytes, random);
    WriteText(folder / name, spoilt);
    const auto differs = std::mismatch(spoilt.begin(), spoilt.end(), bytes.begin(), bytes.end());
    const auto at = static_cast<size_t>(differs.first - spoilt.begin());
    const std::string what =
        name + " at byte " + std::to_string(at) + " " +
        (name.find(".np") == std::string::npos ? spoilt.substr(at > 60 ? at - 60 : 0, 90) + " "
                                               : "");
    const Result<Session> read = ReadSession(folder);
    if (!read) {
      ExpectOneLine(read.error(), what);
      EXPECT_EQ(read.error().kind, ErrorKind::kUnusableInput) << what;
    } else {
      ++accepted;
      AskEverything(*read, what);
      Tell(*read, folder, what);
      for (const Privacy privacy :
           {Privacy::kNoImages, Privacy::kPlanesOnly, Privacy::kRelativeOnly})
        Tell(WithPrivacy(*read, privacy), folder, what + PrivacyName(privacy));
      if (trial % 4 == 0) Export(*read, folder, temporary.path(), what);
    }
    WriteText(folder / name, bytes);
  }
  EXPECT_GT(accepted, 15);
}

}  // namespace
}  // namespace nightjar
