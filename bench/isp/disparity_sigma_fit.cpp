// SPDX-License-Identifier: Apache-2.0
// Fits the law of stereo's sigma (isp/depth/sigma_law.h) to made-up pairs of which every disparity
// is known, from good light to 20 electrons at white, by maximum likelihood of errors below 3 px;
// prints its coefficients, and how true the law that is built in is on other made-up pairs and on
// cones.
//
//   isp_disparity_sigma_fit [RECORDINGS/stereo/cones [PAIRS]]
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "isp/depth/coarse_match.h"
#include "isp/depth/sigma_law.h"
#include "isp/depth/stereo_steps.h"
#include "tests/isp/depth/cones.h"
#include "tests/isp/depth/sigma_bins.h"
#include "tests/isp/depth/simulated_pair.h"

namespace nightjar {
namespace {

constexpr double kClean = 0;  // electrons: 8 bits, of whose noise nothing is said
constexpr double kExposures[] = {kClean, 10000, 3000, 1000, 400, 150, 60, 30, 20};
// px, 1 sigma: no pair that was taken is rectified better. Made-up ones are, and this is added to
// their errors.
constexpr double kRectified = 0.08;
constexpr int kDisparities = 64;
constexpr float kMiss = 3;  // px: what is off by more is no error of a disparity but another one

struct Sample {
  SigmaEvidence evidence;
  double noise;  // of the pair
  float error;
};

Image<uint8_t> Bytes(const Image<uint16_t>& linear) {
  Image<uint8_t> bytes(linear.width(), linear.height());
  bytes.for_each_element([&](int x, int y) {
    bytes(x, y) =
        static_cast<uint8_t>(std::lrint(std::clamp(255 * FromLinear(linear(x, y)), 0.0, 255.0)));
  });
  return bytes;
}

void Must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().Message().c_str());
  std::exit(1);
}

// Evidence and errors of the disparities that are known, of pixels that both cameras see.
std::vector<Sample> SamplesOf(const Image<float>& left, const Image<float>& right,
                              const Image<float>& truth, const Image<uint8_t>& both_see,
                              double electrons, uint64_t seed, int step) {
  DenseStereoOptions options;
  options.disparities = kDisparities;
  StereoMemory memory;
  StereoPair pair;
  const NoisyPair noisy = Expose(left, right, electrons > 0 ? electrons : 1e9, seed);
  if (electrons > 0) {
    Must(PrepareStereoPair(noisy.left, noisy.right, noisy.noise, RunInTurn, pair));
  } else {
    Must(PrepareStereoPair(Bytes(noisy.left), Bytes(noisy.right), {}, RunInTurn, pair));
  }
  EqualiseLight(MatchCoarsely(pair.left, pair.right, kDisparities, RunInTurn).value(), pair.right);
  Image<float> disparity;
  Must(FindDisparities(pair, options, RunInTurn, memory, disparity));
  SigmaEvidenceRows rows(disparity, memory.levels, memory.source, pair);
  std::vector<Sample> samples;
  for (int y = 0; y < disparity.height(); y += step) {
    const std::vector<SigmaEvidence>& row = rows.Row(y);
    for (int x = 0; x < disparity.width(); x += step) {
      if (both_see(x, y) == 0 || !(truth(x, y) > 0) || !IsKnown(disparity(x, y))) continue;
      samples.push_back({row[x], pair.noise, disparity(x, y) - truth(x, y)});
    }
  }
  return samples;
}

std::vector<Sample> SamplesOf(uint64_t scene, double electrons, int step) {
  SimulatedPairOptions options;
  options.seed = scene;
  options.contrast = scene % 3 == 0 ? 0.5 : 1;
  const SimulatedPair pair = SimulatePair(options);
  std::vector<Sample> samples =
      SamplesOf(pair.left, pair.right, pair.truth_px, pair.both_see, electrons, scene, step);
  std::mt19937_64 random(scene);
  std::normal_distribution<double> rectified(0, kRectified);
  for (Sample& sample : samples) sample.error += static_cast<float>(rectified(random));
  return samples;
}

// Coefficients c that make the sum of -c.b - e^2 exp(-2 c.b) / 2 largest, b the basis of a sample:
// Newton's steps, as it has one maximum.
Eigen::VectorXd Fit(const std::vector<Sample>& samples) {
  const auto count = static_cast<Eigen::Index>(SigmaCoefficients());
  Eigen::VectorXd fitted = Eigen::VectorXd::Zero(count), basis(count);
  const auto likelihood = [&](const Eigen::VectorXd& c) {
    double sum = 0;
    for (const Sample& sample : samples) {
      FillSigmaBasis(sample.evidence, sample.noise, basis.data());
      const double log = c.dot(basis), error = sample.error;
      sum += -log - 0.5 * error * error * std::exp(-2 * log);
    }
    // A little of a prior: what no sample tells stays where it is.
    return sum - 0.5 * c.squaredNorm();
  };
  double before = likelihood(fitted);
  for (int i = 0; i < 100; ++i) {
    Eigen::MatrixXd curvature = Eigen::MatrixXd::Identity(count, count);
    Eigen::VectorXd slope = -fitted;
    for (const Sample& sample : samples) {
      FillSigmaBasis(sample.evidence, sample.noise, basis.data());
      const double error = sample.error;
      const double square = error * error * std::exp(-2 * fitted.dot(basis));
      slope += (square - 1) * basis;
      curvature.selfadjointView<Eigen::Lower>().rankUpdate(basis, 2 * square);
    }
    const Eigen::VectorXd step = curvature.selfadjointView<Eigen::Lower>().ldlt().solve(slope);
    double share = 1, now = likelihood(fitted + step);
    while (now < before && share > 1e-6) share /= 2, now = likelihood(fitted + share * step);
    fitted += share * step;
    if (now - before < 1e-3) break;
    before = now;
  }
  return fitted;
}

void PrintBins(const std::string& name, const std::vector<Sample>& samples,
               const std::optional<Eigen::VectorXd>& fitted) {
  if (samples.empty()) return;
  const SigmaLaw law(samples.front().noise);
  std::vector<SigmaAndError> judged;
  Eigen::VectorXd basis(static_cast<Eigen::Index>(SigmaCoefficients()));
  for (const Sample& sample : samples) {
    FillSigmaBasis(sample.evidence, sample.noise, basis.data());
    const double sigma =
        fitted ? std::exp(fitted->dot(basis)) : static_cast<double>(law.Of(sample.evidence));
    judged.push_back({static_cast<float>(sigma), sample.error});
  }
  std::printf("%-22s", name.c_str());
  for (const SigmaBin& bin : SigmaBins(std::move(judged), kMiss)) {
    std::printf("  %.2f: %.2f %4.1f %% %4.1f %%", bin.sigma, bin.spread, 100 * bin.misses,
                100 * bin.beyond);
  }
  std::printf("\n");
  std::fflush(stdout);
}

std::string NameOf(const char* scene, double electrons) {
  return electrons > 0 ? scene + (" " + std::to_string(static_cast<int>(electrons))) + " e-"
                       : scene + std::string(" clean");
}

void Run(const char* folder, uint64_t pairs) {
  std::vector<Sample> samples;
  for (uint64_t scene = 1; scene <= pairs; ++scene) {
    for (const double electrons : kExposures) {
      for (const Sample& sample : SamplesOf(scene, electrons, 5)) {
        if (std::abs(sample.error) < kMiss) samples.push_back(sample);
      }
    }
  }
  const Eigen::VectorXd fitted = Fit(samples);
  std::printf("of %zu samples:\n", samples.size());
  for (const double value : fitted) std::printf("%.4f, ", value);
  std::printf(
      "\n\nof five bins of sigma: mean of sigma: std(e / sigma), errors >= 3 px, > 5 sigma\n");
  const auto print = [&](const std::string& name, const std::vector<Sample>& others) {
    PrintBins(name + " fit", others, fitted);
    PrintBins(name + " built", others, {});
  };
  for (const double electrons : kExposures) {
    std::vector<Sample> others;
    for (uint64_t scene = 1001; scene <= 1000 + pairs / 2; ++scene) {
      const std::vector<Sample> more = SamplesOf(scene, electrons, 2);
      others.insert(others.end(), more.begin(), more.end());
    }
    print(NameOf("others", electrons), others);
  }
  if (folder == nullptr) return;
  const Cones cones = ReadCones(folder);
  const auto light = [](const Image<uint8_t>& image) {
    Image<float> out(image.width(), image.height());
    out.for_each_element([&](int x, int y) { out(x, y) = image(x, y) / 255.0F; });
    return out;
  };
  for (const double electrons : kExposures) {
    print(NameOf("cones", electrons), SamplesOf(light(cones.left), light(cones.right), cones.truth,
                                                cones.masked, electrons, 1, 1));
  }
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  nightjar::Run(argc > 1 ? argv[1] : nullptr, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10);
}
