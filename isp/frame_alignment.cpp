// SPDX-License-Identifier: Apache-2.0
#include "isp/frame_alignment.h"

#include <tile_alignment.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "isp/coarse_shift.h"
#include "isp/kernel_call.h"

namespace nightjar {
namespace {

/// What white noise of 1 has on each level at low frequencies, per pixel of the level: there
/// nothing is smoothed, only pixels get fewer. Neighbours err together, so this and not the
/// variance says what a sum over a tile is worth.
constexpr double kNoiseDensityOfLevel[kPyramidLevels] = {1, 1.0 / 4, 1.0 / 16, 1.0 / 64};

/// Variance that it leaves in each derivative.
constexpr double kGradientNoiseOfLevel[kPyramidLevels] = {0.0460052, 0.0169424, 0.0046176,
                                                          0.0011785};
/// Squared derivatives of noise, of which neighbours share three in ten, scatter around their sum
/// by sqrt(7 / pixels) of it; directions with less than three of that beyond tell nothing.
constexpr double kScatterOfOnePixel = 7;
constexpr double kLeastScatters = 3;

/// Tiles whose mean squared difference is above this, in units of the noise's, count less.
constexpr double kFittingEnergy = 1.5;
/// Variance of a difference of two intensities, which are whole numbers.
constexpr double kRounding = 2.0 / 12;

/// The same motion on another level: `scale` times as many pixels.
MotionField Scaled(const MotionField& field, double scale, int width, int height) {
  MotionField scaled = MotionField::Still(width, height);
  for (int r = 0; r < scaled.rows(); ++r) {
    for (int c = 0; c < scaled.columns(); ++c) {
      const Eigen::Vector2d at = MotionField::Centre(c, r) / scale;
      scaled.SetNode(c, r, scale * field.At(at.x(), at.y()));
    }
  }
  return scaled;
}

/// Every how many rows of a level are looked at: of many there are enough, and those beside each
/// other share half of what their gradients tell.
int RowStep(const Image<int16_t>& intensity) { return intensity.height() > 200 ? 2 : 1; }

enum Sum { kXX, kXY, kYY, kXR, kYR, kRR, kLight, kCount, kSums };

/// Sums of g g^T (xx, xy, yy) and of g r over a tile.
struct GradientSums {
  double squares[3];
  double differences[2];
};

/// What is left of a tile's equations without the gradients of its noise, of which every direction
/// has `of_noise`. They lead nowhere: with them steps are too short, and where there is nothing but
/// noise they would be taken at random. With s of a direction's sum l being signal, its step is b /
/// s and has the information s^2 / l.
TileEquations OfSignal(const GradientSums& sums, double of_noise, double pixels) {
  Eigen::Matrix2d full;
  full << sums.squares[0], sums.squares[1], sums.squares[1], sums.squares[2];
  Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> eigen;
  eigen.computeDirect(full);
  const Eigen::Vector2d b(sums.differences[0], sums.differences[1]);
  TileEquations tile;
  for (int i = 0; i < 2; ++i) {
    const double all = eigen.eigenvalues()[i];
    if (!(all > of_noise * (1 + kLeastScatters * std::sqrt(kScatterOfOnePixel / pixels)))) continue;
    const double share = (all - of_noise) / all;
    const Eigen::Vector2d direction = eigen.eigenvectors().col(i);
    tile.H += share * share * all * (direction * direction.transpose());
    tile.b += share * direction.dot(b) * direction;
  }
  return tile;
}

Result<std::vector<TileEquations>> Equations(const PyramidLevel& reference,
                                             const PyramidLevel& other, const PyramidNoise& noise,
                                             int level, MotionField& motion) {
  Image<int16_t> here = reference.intensity, there = other.intensity;
  PlanarImage<int16_t> gradient = reference.gradient;
  PlanarImage<float> sums(motion.columns(), motion.rows(), kSums);
  KernelCall call("tile_alignment");
  if (Status status = call.Finish(
          tile_alignment(call.context(), here, gradient, there, RowStep(here), motion.nodes, sums));
      !status) {
    return tl::unexpected(status.error());
  }
  std::vector<TileEquations> tiles;
  tiles.reserve(static_cast<size_t>(motion.columns() * motion.rows()));
  const double range = noise.white - noise.black;
  for (int r = 0; r < motion.rows(); ++r) {
    for (int c = 0; c < motion.columns(); ++c) {
      const auto sum = [&](Sum s) { return static_cast<double>(sums(c, r, s)); };
      TileEquations tile;
      if (sum(kCount) > 0) {
        const double x = std::max(0.0, (sum(kLight) / sum(kCount) - noise.black) / range);
        const double of_one = (noise.scale * x + noise.offset) * range * range;
        const double variance = of_one * (noise.reference_share + noise.other_share);
        const double energy =
            sum(kRR) / sum(kCount) / (variance * kNoiseOfPyramidLevel[level] + kRounding);
        const double weight = 1 / ((variance * kNoiseDensityOfLevel[level] + kRounding) *
                                   (1 + std::max(0.0, energy - kFittingEnergy)));
        tile = OfSignal({{sum(kXX), sum(kXY), sum(kYY)}, {sum(kXR), sum(kYR)}},
                        of_one * noise.reference_share * kGradientNoiseOfLevel[level] * sum(kCount),
                        sum(kCount));
        tile.H *= weight;
        tile.b *= weight;
      }
      tiles.push_back(tile);
    }
  }
  return tiles;
}

bool SameSize(const PyramidLevel& a, const PyramidLevel& b) {
  return a.intensity.width() == b.intensity.width() && a.intensity.height() == b.intensity.height();
}

}  // namespace

Status FrameAlignmentOptions::Validate() const {
  const auto steps = [](int n) { return n >= 1 && n <= 10; };
  for (const double px : {prior.between_neighbours_px, prior.from_affine_px}) {
    if (!(px >= 1e-3 && px <= 100)) {
      return Fail(ErrorKind::kUsage,
                  "between_neighbours_px and from_affine_px must be 0.001 to 100");
    }
  }
  if (steps(coarse_steps) && steps(fine_steps)) return {};
  return Fail(ErrorKind::kUsage, "coarse_steps and fine_steps must be 1 to 10");
}

Result<MotionField> AlignFrames(const TrackingPyramid& reference, const TrackingPyramid& other,
                                const PyramidNoise& noise, const FrameAlignmentOptions& options,
                                const MotionField* expected) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  if (!SameSize(reference.levels[0], other.levels[0]))
    return Fail(ErrorKind::kUsage, "images of different sizes cannot be brought to match");
  const auto width = [&](int level) { return reference.levels[level].intensity.width(); };
  const auto height = [&](int level) { return reference.levels[level].intensity.height(); };
  const int coarsest = kPyramidLevels - 1;
  const auto expected_at = [&](int level) {
    return expected != nullptr
               ? Scaled(*expected, std::pow(0.5, level), width(level), height(level))
               : MotionField::Still(width(level), height(level));
  };
  MotionField motion = expected_at(coarsest);
  if (expected == nullptr) {
    const Eigen::Vector2d shift =
        CoarseShift(reference.levels[coarsest].intensity, other.levels[coarsest].intensity);
    for (int r = 0; r < motion.rows(); ++r) {
      for (int c = 0; c < motion.columns(); ++c) motion.SetNode(c, r, shift);
    }
  }
  for (int level = coarsest; level >= 0; --level) {
    if (level < coarsest) motion = Scaled(motion, 2, width(level), height(level));
    const MotionField prior = expected_at(level);
    const int steps = level > 0 ? options.coarse_steps : options.fine_steps;
    for (int step = 0; step < steps; ++step) {
      const auto tiles =
          Equations(reference.levels[level], other.levels[level], noise, level, motion);
      if (!tiles) return tl::unexpected(tiles.error());
      SolveMotion(*tiles, prior, options.prior, motion);
    }
  }
  return motion;
}

}  // namespace nightjar
