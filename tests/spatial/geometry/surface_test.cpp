// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "core/so3.h"
#include "spatial/geometry/plane_fit.h"
#include "spatial/geometry/surface_extraction.h"
#include "spatial/geometry/surface_outline.h"
#include "tests/spatial/geometry/box_room.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;
using testing::Each;
using testing::ElementsAre;

std::vector<int> All(size_t count) {
  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// Surfels every 5 cm of a rectangle: corner + a u + b v.
void AddRectangle(const Vector3d& corner, const Vector3d& u, const Vector3d& v, double sigma,
                  std::vector<Surfel>& surfels) {
  constexpr double kStep = 0.05;
  for (double a = 0.5 * kStep; a < u.norm(); a += kStep) {
    for (double b = 0.5 * kStep; b < v.norm(); b += kStep) {
      Surfel surfel;
      surfel.position_world = corner + a * u.normalized() + b * v.normalized();
      surfel.normal_world = u.cross(v).normalized();
      surfel.sigma_m = sigma;
      surfel.area_m2 = kStep * kStep;
      surfels.push_back(surfel);
    }
  }
}

TEST(PlaneFitTest, GivesBackAnExactPlane) {
  std::vector<Surfel> surfels;
  const Vector3d u(1.2, 0.3, 0.1), v = Vector3d(-0.1, 0.2, 0.9).cross(u);
  AddRectangle({3, -2, 1}, u, v, 0.01, surfels);
  const auto plane = FitPlane(surfels, All(surfels.size()), {});
  ASSERT_TRUE(plane);
  EXPECT_NEAR((plane->normal_world - u.cross(v).normalized()).norm(), 0, 1e-9);
  EXPECT_NEAR(plane->Distance(Vector3d(3, -2, 1)), 0, 1e-9);
  EXPECT_NEAR(plane->rms_m, 0, 1e-7);
}

TEST(PlaneFitTest, IsNotDrawnAsideByAFew) {
  std::vector<Surfel> surfels;
  AddRectangle({0, 0, 0}, {2, 0, 0}, {0, 2, 0}, 0.005, surfels);
  for (size_t i = 0; i < surfels.size(); i += 20) surfels[i].position_world.z() += 0.08;
  const auto plane = FitPlane(surfels, All(surfels.size()), {});
  ASSERT_TRUE(plane);
  EXPECT_LT(std::abs(plane->Distance(Vector3d(1, 1, 0))), 0.002);  // the mean is 4 mm off
}

TEST(PlaneFitTest, TooFewOrALineAreNoPlane) {
  std::vector<Surfel> surfels;
  EXPECT_FALSE(FitPlane(surfels, {}, {}));
  for (int i = 0; i < 50; ++i) {
    Surfel surfel;
    surfel.position_world = Vector3d(0.1 * i, 0, 0);
    surfel.sigma_m = 0.01;
    surfel.area_m2 = 0.01;
    surfels.push_back(surfel);
  }
  EXPECT_FALSE(FitPlane(surfels, All(2), {}));
  EXPECT_FALSE(FitPlane(surfels, All(50), {}));
}

// Errors that are one in each square of correlation_m, and one that all have in common: what the
// covariance takes them to be.
TEST(PlaneFitTest, CovarianceIsThatOfItsErrors) {
  const Vector3d normal = Vector3d(0.5, -0.3, 0.7).normalized();
  const Vector3d u = normal.unitOrthogonal(), v = normal.cross(u);
  const PlaneFitOptions options;
  constexpr double kSigma = 0.02;
  constexpr int kPatches = 6, kPerPatch = 5, kRuns = 300;
  double nees = 0;
  for (int run = 0; run < kRuns; ++run) {
    RandomStream random(5, 1, static_cast<uint64_t>(run));
    const double common = options.common_share * kSigma * random.Normal();
    std::vector<Surfel> surfels;
    for (int i = 0; i < kPatches; ++i) {
      for (int j = 0; j < kPatches; ++j) {
        const double error = kSigma * random.Normal();
        for (int a = 0; a < kPerPatch; ++a) {
          for (int b = 0; b < kPerPatch; ++b) {
            const double step = options.correlation_m / kPerPatch;
            Surfel surfel;
            surfel.position_world = Vector3d(2, 1, -1) + (i * kPerPatch + a) * step * u +
                                    (j * kPerPatch + b) * step * v + (error + common) * normal;
            surfel.normal_world = normal;
            surfel.sigma_m = kSigma;
            surfel.area_m2 = step * step;
            surfels.push_back(surfel);
          }
        }
      }
    }
    const auto plane = FitPlane(surfels, All(surfels.size()), options);
    ASSERT_TRUE(plane);
    Eigen::Vector4d error;
    error << plane->normal_world - normal, plane->offset_m - normal.dot(Vector3d(2, 1, -1));
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix4d> P(plane->covariance);
    EXPECT_NEAR(P.eigenvalues()[0] / P.eigenvalues()[3], 0, 1e-9);  // of rank 3
    for (int i = 1; i < 4; ++i) {
      const double along = P.eigenvectors().col(i).dot(error);
      nees += along * along / P.eigenvalues()[i] / kRuns;
    }
  }
  EXPECT_GT(nees, 2.5);
  EXPECT_LT(nees, 3.6);
}

TEST(PlaneFitTest, PoseCovarianceIsThatOfMovedPlanes) {
  FittedPlane plane;
  plane.normal_world = Vector3d(0.6, 0, 0.8);
  plane.offset_m = 1.5;
  Keyframe keyframe;
  keyframe.state.T_world_body.translation = Vector3d(1, -2, 0.5);
  Eigen::Matrix<double, 6, 6> A;
  for (int i = 0; i < 36; ++i) A(i / 6, i % 6) = 1e-3 * ((i * 7) % 11 - 5);
  keyframe.covariance.topLeftCorner<6, 6>() = A * A.transpose();
  // Moves the plane by the pose's errors, one column of A after the other.
  Eigen::Matrix4d expected = Eigen::Matrix4d::Zero();
  for (int i = 0; i < 6; ++i) {
    const Vector3d dp = A.col(i).head<3>(), dr = A.col(i).tail<3>();
    const Vector3d body = keyframe.state.T_world_body.translation;
    const Vector3d foot = plane.offset_m * plane.normal_world;
    const Vector3d n = so3::Exp(dr) * plane.normal_world;
    const Vector3d moved = body + dp + so3::Exp(dr) * (foot - body);
    Eigen::Vector4d change;
    change << n - plane.normal_world, n.dot(moved) - plane.offset_m;
    expected += change * change.transpose();
  }
  EXPECT_LT((PoseCovarianceOfPlane(plane, keyframe) - expected).norm(), 0.02 * expected.norm());
}

TEST(SurfaceOutlineTest, FollowsAnL) {
  std::vector<Vector2d> points;
  for (double x = 0.05; x < 3; x += 0.1)
    for (double y = 0.05; y < 2; y += 0.1)
      if (x < 1 || y < 1) points.emplace_back(x, y);
  const auto patches = PatchesOf(points, 0.1, 0);
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_NEAR(patches[0].area_m2, 4, 1e-9);
  EXPECT_EQ(patches[0].outline.size(), 6U);
  EXPECT_NEAR(PolygonArea(patches[0].outline), 4, 0.05);
  EXPECT_TRUE(IsInside(patches[0].outline, {0.5, 1.5}));
  EXPECT_FALSE(IsInside(patches[0].outline, {2, 1.5}));
}

TEST(SurfaceOutlineTest, PartsAreApartByMoreThanTheGap) {
  std::vector<Vector2d> points;
  for (double x = 0.05; x < 1; x += 0.1) {
    for (double y = 0.05; y < 1; y += 0.1) {
      points.emplace_back(x, y);
      if (y < 0.5) points.emplace_back(x + 1.3, y);
    }
  }
  const auto apart = PatchesOf(points, 0.1, 0.1);
  ASSERT_EQ(apart.size(), 2U);
  EXPECT_NEAR(apart[0].area_m2, 1, 1e-9);
  EXPECT_NEAR(apart[1].area_m2, 0.5, 1e-9);
  EXPECT_EQ(apart[0].members.size() + apart[1].members.size(), points.size());
  const auto joined = PatchesOf(points, 0.1, 0.5);
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_NEAR(joined[0].area_m2, 1.5, 1e-9);
  EXPECT_GT(PolygonArea(joined[0].outline), 1.6);
}

TEST(SurfaceOutlineTest, OnePointAndNone) {
  EXPECT_TRUE(PatchesOf({}, 0.1, 0).empty());
  const std::vector<Vector2d> one = {{-3.21, 4.56}};
  const auto patches = PatchesOf(one, 0.1, 0);
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_NEAR(PolygonArea(patches[0].outline), 0.01, 1e-9);
  EXPECT_TRUE(IsInside(patches[0].outline, one[0]));
  const std::vector<Vector2d> far = {{0, 0}, {1e9, 0}};
  EXPECT_TRUE(PatchesOf(far, 0.1, 0).empty());
}

TEST(SurfaceOutlineTest, ARingHasItsOuterBorder) {
  std::vector<Vector2d> points;
  for (double x = 0.05; x < 1; x += 0.1)
    for (double y = 0.05; y < 1; y += 0.1)
      if (x < 0.2 || x > 0.8 || y < 0.2 || y > 0.8) points.emplace_back(x, y);
  const auto patches = PatchesOf(points, 0.1, 0);
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_NEAR(PolygonArea(patches[0].outline), 1, 1e-9);
  EXPECT_LT(patches[0].area_m2, 0.7);
}

TEST(PlaneAxesTest, AreCounterClockwiseAgainstTheNormal) {
  for (const Vector3d& normal :
       {Vector3d(0, 0, 1), Vector3d(0, 0, -1), Vector3d(1, 0, 0), Vector3d(-0.6, 0.8, 0),
        Vector3d(Vector3d(0.1, 0.4, 0.5).normalized())}) {
    const PlaneAxes axes(normal);
    EXPECT_LT((axes.u.cross(axes.v) - normal).norm(), 1e-9) << normal.transpose();
  }
}

// Kinds of all surfaces, largest first.
std::vector<SurfaceKind> Kinds(const std::vector<FoundSurface>& found) {
  std::vector<SurfaceKind> kinds;
  for (const FoundSurface& f : found) kinds.push_back(f.surface.kind);
  return kinds;
}

TEST(SurfaceExtractionTest, NamesWhatARoomIsMadeOf) {
  std::vector<Surfel> surfels;
  AddRectangle({0, 0, -1.5}, {6, 0, 0}, {0, 5, 0}, 0.01, surfels);         // floor, 30 m2
  AddRectangle({0, 0, 1.2}, {0, 4.9, 0}, {6, 0, 0}, 0.01, surfels);        // ceiling, 29.4 m2
  AddRectangle({0, 0, -1.5}, {0, 5, 0}, {0, 0, 2.7}, 0.01, surfels);       // wall, faces +x
  AddRectangle({6, 2, -1.5}, {0, 0, 2.7}, {0, 3, 0}, 0.01, surfels);       // wall, faces -x
  AddRectangle({2, 2, -0.78}, {1.2, 0, 0}, {0, 0.7, 0}, 0.01, surfels);    // table
  AddRectangle({2, 4, -1.5}, {0.9, 0, 0}, {0, 0, 0.8}, 0.01, surfels);     // a cupboard's front
  AddRectangle({4, 0, -1.2}, {0, 0.9, 0}, {-0.7, 0, 0.9}, 0.01, surfels);  // a ramp
  std::vector<Keyframe> keyframes = Turning(BoxRoom(), 5);
  for (Keyframe& k : keyframes) k.state.T_world_body.translation = Vector3d(3, 2.5, 0);
  const auto found = ExtractSurfaces(surfels, keyframes, {});
  using enum SurfaceKind;
  ASSERT_THAT(Kinds(found), ElementsAre(kFloor, kCeiling, kWall, kWall, kPlane, kTable, kPlane));
  const std::vector<double> areas = {30, 29.4, 13.5, 8.1, 1.03, 0.84, 0.72};
  for (size_t i = 0; i < found.size(); ++i) {
    const Surface& surface = found[i].surface;
    EXPECT_EQ(surface.id, static_cast<int>(i));
    EXPECT_NEAR(surface.area_m2, areas[i], 0.12 + 0.03 * areas[i]) << i;
    const PlaneAxes axes(surface.normal_world);
    std::vector<Vector2d> outline;
    for (const Vector3d& corner : surface.polygon_world) {
      outline.push_back(axes.ToPlane(corner));
      EXPECT_NEAR(surface.normal_world.dot(corner), surface.offset_m, 1e-9);
    }
    EXPECT_GT(PolygonArea(outline), 0.9 * areas[i]) << i;
    EXPECT_EQ(surface.first_seen, keyframes.front().state.time);
  }
  EXPECT_NEAR(found[0].surface.offset_m, -1.5, 1e-6);
  EXPECT_NEAR(found[2].surface.normal_world.x(), 1, 1e-6);
  EXPECT_NEAR(found[3].surface.offset_m, -6, 1e-6);
}

TEST(SurfaceExtractionTest, NothingAndTooLittle) {
  EXPECT_TRUE(ExtractSurfaces({}, {}, {}).empty());
  std::vector<Surfel> surfels;
  AddRectangle({0, 0, 0}, {0.2, 0, 0}, {0, 0.2, 0}, 0.01, surfels);
  EXPECT_TRUE(ExtractSurfaces(surfels, {}, {}).empty());
}

}  // namespace
}  // namespace nightjar
