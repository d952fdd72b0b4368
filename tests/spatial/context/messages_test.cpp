// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/messages.h"

#include <gmock/gmock.h>

#include <cmath>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "spatial/context/picture_choice.h"
#include "spatial/context/revisits.h"
#include "spatial/text_format.h"
#include "tests/spatial/synthetic_scene.h"
#include "tests/spatial/synthetic_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

// In the synthetic room, with a picture of every second keyframe from a camera that looks ahead.
Session Pictured(int frames = 201) {
  Session session = SyntheticSession(frames);
  RigCamera& camera = session.rig.cameras[0];
  camera.model = *MakeCameraModel("none", {300, 300, 319.5, 239.5}, {});
  Eigen::Matrix3d R_body_camera;
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  camera.T_body_camera.rotation = Eigen::Quaterniond(R_body_camera);
  session.scene = SyntheticScene(session);
  for (size_t k = 0; k < session.keyframes.size(); k += 2) {
    const SensorTime time = session.keyframes[k].state.time;
    session.images.push_back({time, 0,
                              "images/cam0/" + std::to_string(ToNanoseconds(time)) + ".jpg", 320,
                              240, 150, 159.5, 119.5});
  }
  return session;
}

ContextMoment MomentOf(const Session& session, double at_s = 10, double from_s = 0) {
  const SensorTime first = session.open_loop.front().state.time;
  return *ContextMoment::At(session, {first + FromSeconds(at_s), first + FromSeconds(from_s)});
}

TEST(ContextMessages, PutsACaptionBeforeEachPicture) {
  const Session session = Pictured();
  const auto text = ContextMessages(MomentOf(session), "nowhere", {2000, 3, false});
  ASSERT_TRUE(text);
  const Json parts = Json::parse(*text);
  ASSERT_EQ(parts.size(), 7u);
  EXPECT_EQ(parts[0]["type"], "text");
  EXPECT_LE(parts[0]["text"].get<std::string>().size(), 2000u);
  for (size_t k = 1; k < 7; k += 2) {
    EXPECT_EQ(parts[k]["type"], "text");
    EXPECT_THAT(parts[k]["text"].get<std::string>(), HasSubstr("of all known places"));
    EXPECT_THAT(parts[k]["text"].get<std::string>(), HasSubstr("±0.0"));
    EXPECT_EQ(parts[k + 1]["type"], "image_url");
    EXPECT_THAT(parts[k + 1]["image_url"]["url"].get<std::string>(),
                testing::MatchesRegex("images/cam0/[0-9]+\\.jpg"));
  }
  EXPECT_THAT(parts[1]["text"].get<std::string>(), HasSubstr("picture 1 of 3: t="));
}

TEST(ContextMessages, SaysWhenThereAreFewerPictures) {
  const Session session = Pictured(21);
  const auto text = ContextMessages(MomentOf(session, 1), "nowhere", {500, 50, false});
  ASSERT_TRUE(text);
  const Json parts = Json::parse(*text);
  const size_t pictures = (parts.size() - 2) / 2;
  EXPECT_EQ(parts.back()["text"], "pictures: " + std::to_string(pictures) +
                                      " of 50 that were asked for; the session has no more of "
                                      "this time and map");
  EXPECT_GE(pictures, 1u);
}

TEST(ContextMessages, HandsOnNoPictureUnlessAsked) {
  const Session session = Pictured();
  const auto text = ContextMessages(MomentOf(session), "nowhere", {65536, 0, true});
  ASSERT_TRUE(text);
  EXPECT_EQ(Json::parse(*text).size(), 1u);
  EXPECT_THAT(*text, testing::Not(HasSubstr("image")));
}

TEST(ContextMessages, EmbedsPictures) {
  const TemporaryFolder folder;
  const Session session = Pictured(21);
  const auto missing = ContextMessages(MomentOf(session, 1), folder.path(), {500, 1, true});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kUnusableInput);
  EXPECT_THAT(missing.error().Message(), HasSubstr("images/cam0/"));
  std::filesystem::create_directories(folder.path() / "images/cam0");
  for (const KeyframeImage& image : session.images)
    WriteText(folder.path() / image.file, "\xff\xd8jpg");
  const auto text = ContextMessages(MomentOf(session, 1), folder.path(), {500, 1, true});
  ASSERT_TRUE(text);
  EXPECT_EQ(Json::parse(*text)[2]["image_url"]["url"], "data:image/jpeg;base64,/9hqcGc=");
}

TEST(ChoosePictures, SeesMoreWithEachAndTheMostFirst) {
  const Session session = Pictured();
  const auto chosen = ChoosePictures(MomentOf(session), 5);
  ASSERT_EQ(chosen.size(), 5u);
  for (size_t k = 1; k < chosen.size(); ++k)
    EXPECT_GE(chosen[k - 1].new_share.value_or(0), chosen[k].new_share.value_or(0));
  // It turns by 340 degrees in that time: three pictures of 94 degrees see much of the walls.
  EXPECT_GT(*chosen[0].new_share + *chosen[1].new_share + *chosen[2].new_share, 0.6);
}

TEST(ChoosePictures, TakesThemFromThePastThatIsTold) {
  const Session session = Pictured();
  const SensorTime first = session.open_loop.front().state.time;
  const auto chosen = ChoosePictures(MomentOf(session, 6, 3), 100);
  EXPECT_EQ(chosen.size(), 7u) << "every half second from 3 to 6 s";
  for (const ChosenPicture& picture : chosen) {
    EXPECT_GE(ToSeconds(picture.image->time - first), 3);
    EXPECT_LE(ToSeconds(picture.image->time - first), 6);
    EXPECT_EQ(session.keyframes[picture.keyframe].state.time, picture.image->time);
  }
}

// Nothing measured what is seen: poses that are far apart.
TEST(ChoosePictures, SpreadsPosesWhereNothingIsKnownOfTheScene) {
  Session session = Pictured();
  session.scene = {};
  session.landmarks.clear();
  const auto chosen = ChoosePictures(MomentOf(session), 3);
  ASSERT_EQ(chosen.size(), 3u);
  EXPECT_EQ(chosen[0].keyframe, 40u) << "the latest";
  const auto apart = [&](size_t a, size_t b) {
    const Se3& A = session.keyframes[chosen[a].keyframe].state.T_world_body;
    const Se3& B = session.keyframes[chosen[b].keyframe].state.T_world_body;
    return (A.translation - B.translation).norm() + A.rotation.angularDistance(B.rotation);
  };
  EXPECT_GT(apart(0, 1), 3.0);
  EXPECT_GT(std::min(apart(0, 2), apart(1, 2)), 1.5);
  EXPECT_FALSE(chosen[1].new_share);
}

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xfb\xff\xfe"), "+//+");
}

// Walks a circle of 2 m radius in 20 s, three times round, each 10 cm farther out.
Session Circles() {
  Session session;
  for (int frame = 0; frame <= 1200; ++frame) {
    const double t = 0.05 * frame, angle = 2 * 3.141592653589793 * t / 20;
    TrajectoryRow row;
    row.state.time = FromNanoseconds(50'000'000 * int64_t{frame});
    row.state.T_world_body.translation = {(2 + 0.1 * t / 20) * std::cos(angle),
                                          (2 + 0.1 * t / 20) * std::sin(angle), 1.6};
    row.status = TrackingStatus::kTracking;
    session.closed_loop.push_back(row);
    session.open_loop.push_back(row);
  }
  return session;
}

TEST(FindRevisits, FindsTheSecondRound) {
  const Session session = Circles();
  const Timeline timeline(session);
  EXPECT_TRUE(FindRevisits(timeline, 0, 380).empty()) << "the first round is not closed there";
  const auto revisits = FindRevisits(timeline, 0, 1200);
  ASSERT_EQ(revisits.size(), 1u) << "from then on it never leaves where it was before";
  EXPECT_NEAR(revisits[0].distance_m, 0.1, 0.05);
  EXPECT_FALSE(std::isfinite(revisits[0].sigma_m)) << "there are no keyframes";
}

TEST(FindRevisits, CountsEachReturnOnceWithItsSigma) {
  Session session = SyntheticSession(600);  // a figure of eight of 12.6 s, twice
  const Timeline timeline(session);
  const auto revisits = FindRevisits(timeline, 0, 599);
  ASSERT_FALSE(revisits.empty());
  for (const Revisit& revisit : revisits) {
    const double t = 0.05 * static_cast<double>(revisit.row);
    const double was = 0.05 * static_cast<double>(revisit.earlier);
    EXPECT_LT(was + 5, t);
    EXPECT_NEAR((SyntheticPose(t).translation - SyntheticPose(was).translation).norm(),
                revisit.distance_m, 1e-6);
  }
  // At half time it comes through the middle, where it began.
  EXPECT_NEAR(0.05 * static_cast<double>(revisits[0].row), 6.28, 0.3);
}

}  // namespace
}  // namespace nightjar
