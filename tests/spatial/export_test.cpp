// SPDX-License-Identifier: Apache-2.0
#include "spatial/export/export.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <sstream>

#include "core/so3.h"
#include "spatial/export/formats.h"
#include "spatial/text_format.h"
#include "tests/spatial/furnished_session.h"
#include "tests/spatial/synthetic_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::SizeIs;

// A session with files behind its pictures.
class ExportTest : public testing::Test {
 protected:
  ExportTest() {
    for (const KeyframeImage& image : session_.images) Put(image.file, "jpeg " + image.file);
    for (const KeyframeDepth& depth : session_.depth) Put(depth.file, "png " + depth.file);
  }
  void Put(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    WriteText(folder_ / name, text);
  }
  Result<ExportSummary> Export(const ExportOptions& options, const char* out = "out") {
    return ExportSession(session_, folder_, temporary_.path() / out, options);
  }
  std::map<std::string, std::string> Out() { return Files(temporary_.path() / "out"); }

  TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path() / "session";
  Session session_ = FurnishedSession(60);
};

std::vector<double> Numbers(const std::string& text) {
  std::istringstream stream(text);
  std::vector<double> numbers;
  for (double value; stream >> value;) numbers.push_back(value);
  return numbers;
}

std::string LineAt(const std::string& text, size_t number) {
  std::istringstream stream(text);
  std::string line;
  for (size_t k = 0; k <= number; ++k) std::getline(stream, line);
  return line;
}

TEST_F(ExportTest, EveryFormatPassesItsOwnCheck) {
  for (const std::string& format : ExportFormatNames()) {
    for (const bool aligned : {false, true}) {
      const auto exported =
          Export({format, aligned, Privacy::kFull, false}, ("out." + format).c_str());
      ASSERT_TRUE(exported) << format << ": " << exported.error().Message();
      EXPECT_GT(exported->projections, 1000) << format;
      EXPECT_LT(exported->worst_px, 1e-3) << format;
      EXPECT_GT(exported->poses, 0) << format;
    }
  }
}

// A camera that looks along the world's y axis, its right along x: all numbers by hand.
Session LooksNorth() {
  Session session = FurnishedSession(60);
  session.rig.cameras[0].T_body_camera = {so3::Exp({-M_PI / 2, 0, 0}), {0, 0, 0}};
  for (Keyframe& keyframe : session.keyframes)
    keyframe.state.T_world_body = {Eigen::Quaterniond::Identity(), {1, 2, 3}};
  return session;
}

TEST_F(ExportTest, ColmapIsWorldToCameraWithTheFirstCentreAtAHalf) {
  session_ = LooksNorth();
  ASSERT_TRUE(Export({"colmap", false, Privacy::kFull, true}));
  const auto files = Out();
  EXPECT_EQ(LineAt(files.at("sparse/0/cameras.txt"), 3),
            "1 PINHOLE 600 400 350.500000000 350.500000000 301.750000000 199.250000000");
  const std::vector<double> image = Numbers(LineAt(files.at("sparse/0/images.txt"), 4));
  // R_camera_world turns by +90 degrees about x; t = -R p = -(1, -3, 2): down is -z, ahead is y.
  const std::vector<double> expected = {1, std::sqrt(0.5), std::sqrt(0.5), 0, 0, -1, 3, -2, 1};
  ASSERT_GE(image.size(), 9u);
  for (size_t k = 0; k < 9; ++k) EXPECT_NEAR(image[k], expected[k], 1e-9) << k;
  EXPECT_THAT(LineAt(files.at("sparse/0/images.txt"), 4), HasSubstr(" 10000000000.jpg"));
  EXPECT_EQ(LineAt(files.at("sparse/0/images.txt"), 5), "") << "no points of the picture";
  EXPECT_EQ(files.at("images/10000000000.jpg"), "jpeg images/cam0/10000000000.jpg");
  EXPECT_THAT(LineAt(files.at("sparse/0/points3D.txt"), 3), HasSubstr("128 128 128 -1"));
}

TEST_F(ExportTest, NerfstudioIsCameraToWorldOfOpenGl) {
  session_ = LooksNorth();
  ASSERT_TRUE(Export({"nerfstudio", false, Privacy::kFull, true}));
  const auto files = Out();
  const Json json = Json::parse(files.at("transforms.json"));
  EXPECT_DOUBLE_EQ(json["cx"].get<double>(), 301.75);
  EXPECT_DOUBLE_EQ(json["cy"].get<double>(), 199.25);
  EXPECT_DOUBLE_EQ(json["fl_x"].get<double>(), 350.5);
  // Columns: right = x, up = z, backwards = -y; then the place.
  const double expected[3][4] = {{1, 0, 0, 1}, {0, 0, -1, 2}, {0, 1, 0, 3}};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      EXPECT_NEAR(json["frames"][0]["transform_matrix"][row][column].get<double>(),
                  expected[row][column], 1e-12);
    }
  }
  EXPECT_EQ(json["frames"][0]["file_path"], "images/10000000000.jpg");
  EXPECT_EQ(json["frames"][0]["depth_file_path"], "depth/10000000000.png");
  EXPECT_EQ(files.at("depth/10000000000.png"), "png depth/cam0/10000000000.png");
  EXPECT_THAT(files.at("points.ply"), HasSubstr("element vertex 700\n"));
}

TEST_F(ExportTest, ScannetIsCameraToWorldWithTheFirstCentreAtZero) {
  session_ = LooksNorth();
  ASSERT_TRUE(Export({"scannet", false, Privacy::kFull, true}));
  const auto files = Out();
  const std::vector<double> pose = Numbers(files.at("pose/0.txt"));
  const std::vector<double> expected = {1, 0, 0, 1, 0, 0, 1, 2, 0, -1, 0, 3, 0, 0, 0, 1};
  ASSERT_EQ(pose.size(), 16u);
  for (size_t k = 0; k < 16; ++k) EXPECT_NEAR(pose[k], expected[k], 1e-12) << k;
  const std::vector<double> K = Numbers(files.at("intrinsic/intrinsic_color.txt"));
  EXPECT_EQ(K[0], 350.5);
  EXPECT_EQ(K[2], 301.25);
  EXPECT_EQ(K[6], 198.75);
  // axisAlignment = Rz(-0.2), floor from -0.3 to 0.
  const std::string scene = files.at("out.txt");
  const std::vector<double> M = Numbers(scene.substr(scene.find('=') + 1));
  ASSERT_GE(M.size(), 16u);
  EXPECT_NEAR(M[0], std::cos(0.2), 1e-6);
  EXPECT_NEAR(M[1], std::sin(0.2), 1e-6);
  EXPECT_NEAR(M[11], 0.3, 1e-6);
  EXPECT_EQ(files.at("color/3.jpg"), "jpeg " + session_.images[3].file);
  EXPECT_EQ(files.at("depth/3.png"), "png " + session_.depth[3].file);
}

TEST_F(ExportTest, AlignedPutsTheFloorAtZeroAndTheWallsAlongTheAxes) {
  const Eigen::Vector3d before = session_.keyframes[4].state.T_world_body.translation;
  ASSERT_TRUE(Export({"tum", true, Privacy::kFull, false}));
  ASSERT_TRUE(Export({"scannet", true, Privacy::kFull, false}, "scene"));
  const std::string text = ReadText(temporary_.path() / "out");
  const std::vector<double> row = Numbers(LineAt(text.substr(text.find("\n10.")), 1 + 20));
  ASSERT_EQ(row.size(), 8u);
  EXPECT_NEAR(row[0], 11, 1e-9);
  const double c = std::cos(-0.2), s = std::sin(-0.2);
  EXPECT_NEAR(row[1], c * before.x() - s * before.y(), 1e-8);
  EXPECT_NEAR(row[2], s * before.x() + c * before.y(), 1e-8);
  EXPECT_NEAR(row[3], before.z() + 0.3, 1e-8);
  EXPECT_THAT(Files(temporary_.path() / "scene").at("scene.txt"),
              HasSubstr("axisAlignment = 1.000000 0.000000 0.000000 0.000000 0.000000 1.000000"));
}

TEST_F(ExportTest, RowsWithoutAUsablePoseAreLeftOutOfWhatHasNoQuality) {
  session_.closed_loop[5].status = TrackingStatus::kLost;
  ASSERT_TRUE(Export({"tum", false, Privacy::kFull, false}));
  const std::string text = ReadText(temporary_.path() / "out");
  EXPECT_THAT(text, HasSubstr("\n10.200000000 "));
  EXPECT_THAT(text, Not(HasSubstr("\n10.250000000 ")));
  EXPECT_THAT(text, HasSubstr("\n10.300000000 "));
}

TEST_F(ExportTest, PicturesAreHandedOnOnlyWhenAskedFor) {
  for (const char* format : {"colmap", "nerfstudio", "scannet", "euroc"}) {
    ASSERT_TRUE(Export({format, false, Privacy::kFull, false}));
    for (const auto& [name, bytes] : Out()) {
      EXPECT_THAT(bytes, Not(HasSubstr("jpeg ")));
      EXPECT_THAT(bytes, Not(HasSubstr("png depth"))) << format << ' ' << name;
    }
  }
}

TEST_F(ExportTest, PrivacyReachesEveryFormatAndIsWrittenDown) {
  for (const std::string& format : ExportFormatNames()) {
    const auto exported = Export({format, false, Privacy::kPlanesOnly, false}, "private");
    if (format == "ply") {
      EXPECT_EQ(exported.error().kind, ErrorKind::kNoAnswer);
      continue;
    }
    ASSERT_TRUE(exported) << format << exported.error().Message();
    EXPECT_EQ(exported->points, 0);
    if (format == "tum") {
      EXPECT_THAT(ReadText(temporary_.path() / "private"), HasSubstr("planes-only"));
      fs::remove(temporary_.path() / "private");
      continue;
    }
    const auto files = Files(temporary_.path() / "private");
    const Json manifest = Json::parse(files.at("nightjar_export.json"));
    EXPECT_EQ(manifest["privacy"]["profile"], "planes-only");
    EXPECT_THAT(files, Not(Contains(Key("points.ply"))));
  }
  const auto asked = Export({"colmap", false, Privacy::kNoImages, true});
  EXPECT_EQ(asked.error().kind, ErrorKind::kUsage) << "the two contradict each other";
  EXPECT_EQ(Export({"colmap", false, Privacy::kRelativeOnly, false}).error().kind,
            ErrorKind::kUsage);
  ASSERT_TRUE(Export({"tum", false, Privacy::kRelativeOnly, false}, "relative"));
  EXPECT_THAT(ReadText(temporary_.path() / "relative"), HasSubstr("\n0.000000000 "));
}

TEST_F(ExportTest, WhatASessionDoesNotHoldIsSaid) {
  Session bare = session_;
  bare.images.clear();
  bare.depth.clear();
  Session edge = bare;
  edge.closed_loop.clear();
  edge.keyframes.clear();
  edge.pairs.clear();
  edge.landmarks.clear();
  edge.scene = {};
  const auto error = [&](const Session& session, const ExportOptions& options) {
    const auto exported = ExportSession(session, folder_, temporary_.path() / "out", options);
    return exported ? "none" : exported.error().Message();
  };
  for (const char* format : {"colmap", "nerfstudio", "scannet", "euroc"}) {
    EXPECT_THAT(error(bare, {format}), HasSubstr("pictures"));
    EXPECT_THAT(error(edge, {format}), HasSubstr("--profile offline"));
  }
  EXPECT_THAT(error(edge, {"ply"}), HasSubstr("--profile offline"));
  EXPECT_EQ(error(edge, {"tum"}), "none") << "the causal trajectory";
  fs::remove(temporary_.path() / "out");
  EXPECT_EQ(error(edge, {"aria-mps"}), "none");
  EXPECT_THAT(error(edge, {"tum", true}), HasSubstr("aligned"));
  EXPECT_THAT(error(session_, {"obj"}), HasSubstr("tum, euroc, aria-mps"));
  EXPECT_THAT(error(session_, {"tum", false, Privacy::kFull, true}), HasSubstr("--images"));
  session_.images[2].file = "images/cam0/gone.jpg";
  EXPECT_THAT(error(session_, {"colmap", false, Privacy::kFull, true}), HasSubstr("gone.jpg"));
}

TEST_F(ExportTest, OfSeveralMapsTheLargestIsExported) {
  SplitIntoTwoMaps(session_, 20);
  const auto exported = Export({"tum", false, Privacy::kFull, false});
  ASSERT_TRUE(exported) << exported.error().Message();
  EXPECT_THAT(exported->notes, Contains(HasSubstr("1 of 2 maps")));
  const std::string text = ReadText(temporary_.path() / "out");
  EXPECT_THAT(text, Not(HasSubstr("\n10.950000000 ")));
  EXPECT_THAT(text, HasSubstr("\n11.000000000 "));
}

TEST_F(ExportTest, AMeshIsAlignedAndReadBack) {
  const Mesh mesh{{{0, 0, -0.3F}, {1, 0, -0.3F}, {0, 1, -0.3F}}, {{0, 1, 2}}};
  ExportOptions options{"ply", true, Privacy::kFull, false, true};
  const auto exported = ExportSession(session_, folder_, temporary_.path() / "out", options, mesh);
  ASSERT_TRUE(exported) << exported.error().Message();
  EXPECT_EQ(exported->points, 3);
  EXPECT_EQ(exported->triangles, 1);
  const std::string bytes = ReadText(temporary_.path() / "out");
  EXPECT_THAT(bytes, HasSubstr("comment to: ply\n"));
  float vertices[9];
  std::memcpy(vertices, bytes.data() + bytes.find("end_header\n") + 11, sizeof vertices);
  EXPECT_NEAR(vertices[2], 0, 1e-6) << "the floor";
  EXPECT_NEAR(vertices[3], std::cos(0.2), 1e-6);
  EXPECT_NEAR(vertices[4], -std::sin(0.2), 1e-6);
  EXPECT_EQ(ExportSession(session_, folder_, temporary_.path() / "out", options).error().kind,
            ErrorKind::kNoAnswer);
  options.privacy = Privacy::kPlanesOnly;
  EXPECT_EQ(ExportSession(session_, folder_, temporary_.path() / "out", options, mesh).error().kind,
            ErrorKind::kUsage);
}

TEST_F(ExportTest, AnEarlierExportIsReplacedAndNobodyElsesFolder) {
  ASSERT_TRUE(Export({"colmap", false, Privacy::kFull, true}));
  ASSERT_TRUE(Export({"scannet", false, Privacy::kFull, false})) << "another format, same place";
  EXPECT_THAT(Out(), Not(Contains(Key("sparse/0/images.txt"))));
  WriteText(temporary_.path() / "out" / "notes.txt", "precious");
  const auto refused = Export({"scannet", false, Privacy::kFull, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(refused.error().Message(), HasSubstr("notes.txt"));
  const auto into = ExportSession(session_, folder_, folder_, {"colmap"});
  EXPECT_EQ(into.error().kind, ErrorKind::kUsage) << "the session itself";
}

// What the check is for: each convention that people get wrong moves points by pixels.
TEST_F(ExportTest, TheCheckSeesWrongConventions) {
  const auto pictures = PosedPictures(session_);
  ASSERT_TRUE(pictures);
  const ExportScope scope{session_, *pictures, false, "out", nullptr, {}};
  std::vector<ReadBackView> own;
  for (const PosedPicture& p : *pictures)
    own.push_back({p.view.focal, p.view.focal, p.view.cx, p.view.cy, p.T_world_camera});
  const auto worst = [&](const auto& change) {
    ReadBack read{own, {}};
    for (ReadBackView& view : read.views) change(view);
    return Reproject(own, scope, read)->worst_px;
  };
  EXPECT_EQ(worst([](ReadBackView&) {}), 0);
  EXPECT_GT(worst([](ReadBackView& v) { v.cx += 0.5; }), 0.4);
  EXPECT_GT(worst([](ReadBackView& v) { v.T_world_camera = v.T_world_camera.Inverse(); }), 1);
  EXPECT_GT(worst([](ReadBackView& v) {
              v.T_world_camera.rotation = v.T_world_camera.rotation * so3::Exp({M_PI, 0, 0});
            }),
            1);
  EXPECT_GT(worst([](ReadBackView& v) {
              auto& q = v.T_world_camera.rotation;
              q = Eigen::Quaterniond(q.x(), q.y(), q.z(), q.w());
            }),
            1);
}

TEST_F(ExportTest, AFileThatWasChangedFailsTheCheck) {
  const auto pictures = PosedPictures(session_);
  ASSERT_TRUE(pictures);
  const ExportScope scope{session_, *pictures, false, "out", nullptr, {}};
  Exported exported = *formats::WriteColmap(scope);
  std::string& cameras = exported.files[0].bytes;
  cameras.replace(cameras.find("301.75"), 6, "301.25");
  std::vector<ReadBackView> own;
  for (const PosedPicture& p : *pictures)
    own.push_back({p.view.focal, p.view.focal, p.view.cx, p.view.cy, p.T_world_camera});
  const Result<ReadBack> read = formats::ReadColmap(exported, scope);
  ASSERT_TRUE(read) << read.error().Message();
  EXPECT_NEAR(Reproject(own, scope, *read)->worst_px, 0.5, 1e-4);
}

}  // namespace
}  // namespace nightjar
