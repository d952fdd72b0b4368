// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/pose_correlation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/so3.h"
#include "spatial/cross_covariance_file.h"
#include "spatial/query/relative_pose.h"
#include "spatial/stored_zip.h"

namespace nightjar {
namespace {

constexpr int kKeyframes = 150;

// Numbers that look random, in [-1, 1).
double Scattered(int k) { return 2 * std::fmod(0.6180339887498949 * k * k + 0.37 * k, 1.0) - 1; }

Eigen::Vector3d Position(int k) { return {0.2 * k, std::sin(0.1 * k), 0.3 * std::cos(0.07 * k)}; }

// The errors of a dead-reckoned walk as a linear function of independent noise: rotation wanders,
// velocity wanders and turns with it, position adds both up. So poses alone are no Markov chain.
// The first pose has a tilt only.
Eigen::MatrixXd DenseCovariance() {
  constexpr int kNoise = 9;
  const int columns = kNoise * kKeyframes;
  Eigen::MatrixXd errors = Eigen::MatrixXd::Zero(6 * kKeyframes, columns);
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(3, columns), v = p, r = p;
  r(0, 0) = r(1, 1) = 2e-3;
  for (int k = 0; k < kKeyframes; ++k) {
    errors.middleRows<3>(6 * k) = p;
    errors.middleRows<3>(6 * k + 3) = r;
    const Eigen::Vector3d step = Position(k + 1) - Position(k);
    const int from = kNoise * k;
    for (int axis = 0; axis < 3; ++axis) {
      r(axis, from + 3 + axis) += 1e-3;
      v(axis, from + axis) += 4e-3;
      p(axis, from + 6 + axis) += 1e-3;
    }
    p += 0.5 * v - so3::Hat(step) * r;
    v *= 0.9;  // seen again and again, velocity does not wander for ever
  }
  return errors * errors.transpose();
}

struct Problem {
  Eigen::MatrixXd dense = DenseCovariance();
  std::vector<Keyframe> keyframes;
  std::vector<KeyframePair> pairs;

  Matrix6d Block(int a, int b) const { return dense.block<6, 6>(6 * a, 6 * b); }

  Problem() {
    for (int k = 0; k < kKeyframes; ++k) {
      Keyframe keyframe;
      keyframe.state.time = FromNanoseconds(1'000'000'000 + int64_t{k} * 300'000'000);
      keyframe.state.T_world_body = {so3::Exp({0, 0, 0.05 * k}), Position(k)};
      keyframe.covariance.topLeftCorner<6, 6>() = Block(k, k);
      keyframes.push_back(keyframe);
    }
    for (const auto& [a, b] : PairsToKeep(kKeyframes)) pairs.push_back({a, b, Block(a, b)});
  }

  Matrix6d Relative(int a, int b, const Matrix6d& cross) const {
    return RelativeCovariance(keyframes[static_cast<size_t>(a)].state.T_world_body,
                              keyframes[static_cast<size_t>(b)].state.T_world_body, Block(a, a),
                              Block(b, b), cross);
  }
};

const Problem& TheProblem() {
  static const Problem problem;
  return problem;
}

// The largest relative error of a sigma.
double SigmaError(const Matrix6d& is, const Matrix6d& exact) {
  const Vector6d ratio =
      is.diagonal().cwiseMax(0).cwiseSqrt().cwiseQuotient(exact.diagonal().cwiseSqrt());
  return (ratio.array() - 1).abs().maxCoeff();
}

TEST(PoseCorrelation, KeepsFewOfAllPairs) {
  EXPECT_EQ(HubStride(128), 1);
  EXPECT_EQ(PairsToKeep(128).size(), 128u * 127u / 2);
  // Those that their description names, of numbers beside multiples of the stride as well.
  for (const int count : {0, 1, 2, 127, 129, 130, 211, 216, 217, 218, 343}) {
    std::vector<std::pair<int, int>> named;
    for (int a = 0; a < count; ++a) {
      for (int b = a + 1; b < count; ++b) {
        if (b - a <= HubStride(count) || (IsHub(a, count) && IsHub(b, count)))
          named.emplace_back(a, b);
      }
    }
    EXPECT_EQ(PairsToKeep(count), named) << count;
  }
  EXPECT_EQ(HubStride(1200), 11);
  EXPECT_LT(PairsToKeep(1200).size(), 20'000u);  // of 719 400
  EXPECT_TRUE(PairsToKeep(1).empty());
  const auto pairs = PairsToKeep(kKeyframes);
  EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
}

TEST(PoseCorrelation, GivesTheRelativeSigmaOfAnyPair) {
  const Problem& problem = TheProblem();
  const PoseCorrelation correlation(problem.keyframes, problem.pairs);
  double worst = 0, worst_sum = 0;
  for (int a = 0; a < kKeyframes; a += 3) {
    for (int b = a + 1; b < kKeyframes; b += 2) {
      const auto cross = correlation.Cross(a, b);
      ASSERT_TRUE(cross);
      const Matrix6d exact = problem.Relative(a, b, problem.Block(a, b));
      worst = std::max(worst, SigmaError(problem.Relative(a, b, *cross), exact));
      worst_sum = std::max(worst_sum, SigmaError(problem.Relative(a, b, Matrix6d::Zero()), exact));
      EXPECT_EQ(*correlation.Cross(b, a), cross->transpose());
    }
  }
  EXPECT_LT(worst, 0.05);
  EXPECT_GT(worst_sum, 5) << "the sum of both would do as well: the test says nothing";
}

// Why hubs: the chain of successors, each the best guess from the one before, forgets the velocity.
TEST(PoseCorrelation, AChainOfSuccessorsIsNotGoodEnough) {
  const Problem& problem = TheProblem();
  double worst = 0;
  for (int a = 5; a + 20 < kKeyframes; a += 5) {
    Matrix6d chain = problem.Block(a, a + 1);
    for (int k = a + 1; k < a + 20; ++k)
      chain = chain * problem.Block(k, k).ldlt().solve(problem.Block(k, k + 1));
    const Matrix6d exact = problem.Relative(a, a + 20, problem.Block(a, a + 20));
    worst = std::max(worst, SigmaError(problem.Relative(a, a + 20, chain), exact));
  }
  EXPECT_GT(worst, 0.15);
}

TEST(PoseCorrelation, VarianceOfASumIsThatOfTheDenseSystem) {
  const Problem& problem = TheProblem();
  const PoseCorrelation correlation(problem.keyframes, problem.pairs);
  for (const auto& [begin, end] : {std::pair(0, 150), std::pair(7, 16), std::pair(12, 101)}) {
    PoseCorrelation::Weights weights;
    Eigen::VectorXd dense = Eigen::VectorXd::Zero(6 * kKeyframes);
    for (int k = begin; k < end; ++k) {
      Vector6d weight;
      for (int axis = 0; axis < 6; ++axis) weight[axis] = Scattered(7 * k + axis);
      weights.emplace_back(k, weight);
      dense.segment<6>(6 * k) = weight;
    }
    const auto variance = correlation.VarianceOfSum(weights);
    ASSERT_TRUE(variance);
    EXPECT_NEAR(*variance / dense.dot(problem.dense * dense), 1, 0.05) << begin;
  }
}

TEST(PoseCorrelation, KnowsWhatItDoesNotKnow) {
  Problem problem;
  const PoseCorrelation none(problem.keyframes, {});
  EXPECT_FALSE(none.Cross(3, 4));
  EXPECT_EQ(none.Cross(3, 3), problem.Block(3, 3));
  EXPECT_FALSE(none.VarianceOfSum({{3, Vector6d::Ones()}, {9, Vector6d::Ones()}}));
  for (size_t k = 100; k < problem.keyframes.size(); ++k) problem.keyframes[k].map = 1;
  const PoseCorrelation two_maps(problem.keyframes, problem.pairs);
  EXPECT_FALSE(two_maps.Cross(98, 101));
  EXPECT_TRUE(two_maps.Cross(40, 50));
}

// Against the definition, numerically.
TEST(RelativePose, CovarianceIsThatOfTheErrorsInTheAxesOfTheFirst) {
  const Problem& problem = TheProblem();
  const int a = 20, b = 37;
  const std::vector<Se3> poses = {problem.keyframes[a].state.T_world_body,
                                  problem.keyframes[b].state.T_world_body};
  const Se3 way = poses[0].Inverse() * poses[1];
  const PoseFunction error = [&](const std::vector<Se3>& moved) {
    const Se3 is = moved[0].Inverse() * moved[1];
    Eigen::VectorXd e(6);
    e << is.translation - way.translation, so3::Log(is.rotation * way.rotation.conjugate());
    return e;
  };
  Eigen::MatrixXd joint(12, 12);
  joint << problem.Block(a, a), problem.Block(a, b), problem.Block(b, a), problem.Block(b, b);
  const Eigen::MatrixXd expected = Propagate(error, poses, joint);
  const Matrix6d is = problem.Relative(a, b, problem.Block(a, b));
  EXPECT_LT((is - expected).norm(), 1e-6 * expected.norm());
}

TEST(CrossCovarianceFile, ComesBackBitForBit) {
  const Problem& problem = TheProblem();
  const std::string file = CrossCovarianceNpz(problem.pairs);
  const auto pairs = ParseCrossCovarianceNpz(file, "file", kKeyframes);
  ASSERT_TRUE(pairs) << pairs.error().Message();
  ASSERT_EQ(pairs->size(), problem.pairs.size());
  for (size_t m = 0; m < pairs->size(); ++m) {
    EXPECT_EQ((*pairs)[m].first, problem.pairs[m].first);
    EXPECT_EQ((*pairs)[m].second, problem.pairs[m].second);
    EXPECT_EQ((*pairs)[m].cross_covariance, problem.pairs[m].cross_covariance);
  }
  EXPECT_EQ(CrossCovarianceNpz(problem.pairs), file) << "the same bytes twice";
  const auto empty = ParseCrossCovarianceNpz(CrossCovarianceNpz({}), "file", 0);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->empty());
}

TEST(CrossCovarianceFile, AFaultIsAnError) {
  const std::vector<KeyframePair> pairs = {{0, 1, Matrix6d::Identity()}, {0, 2, Matrix6d::Ones()}};
  const std::string file = CrossCovarianceNpz(pairs);
  EXPECT_FALSE(ParseCrossCovarianceNpz(file, "file", 2)) << "a keyframe that is not there";
  for (size_t size = 0; size < file.size(); size += 7)
    EXPECT_FALSE(ParseCrossCovarianceNpz(file.substr(0, size), "file", 3)) << size;
  int broken = 0;
  for (size_t k = 0; k < file.size(); ++k) {
    std::string wrong = file;
    wrong[k] = static_cast<char>(wrong[k] ^ 0x10);
    const auto read = ParseCrossCovarianceNpz(wrong, "file", 3);
    broken += !read;
  }
  // All but fields of the archive that say nothing of its content (times, attributes).
  EXPECT_GT(broken, static_cast<int>(0.85 * static_cast<double>(file.size())));
  EXPECT_FALSE(ParseCrossCovarianceNpz(StoredZip({{"pairs.npy", "x"}}), "file", 3));
  EXPECT_FALSE(ParseCrossCovarianceNpz(StoredZip({}), "file", 3));
}

}  // namespace
}  // namespace nightjar
