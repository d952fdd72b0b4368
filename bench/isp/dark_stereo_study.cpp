// SPDX-License-Identifier: Apache-2.0
// Stereo in the dark: cones and three made-up scenes that nothing was chosen on, with
// Poisson-Gaussian noise of 3 electrons on both views, at 150, 30 and 1000 electrons of white;
// share of errors over 2 px where both cameras see, of the whole picture and right of its first 64
// columns, holes filled from the lower neighbour of the row. Ours beside OpenCV's MODE_HH after
// each denoiser at each strength, on linear and on root-coded bytes, with each block and
// uniqueness, the left edge padded so that it too can be matched; of each family the best, mean and
// spread over the seeds.
//
//   isp_dark_stereo_study RECORDINGS/stereo/cones [SEEDS]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <string>
#include <utility>
#include <vector>

#include "isp/depth/dense_stereo.h"
#include "isp/depth/disparity_checks.h"
#include "tests/isp/depth/cones.h"
#include "tests/isp/depth/simulated_pair.h"

namespace nightjar {
namespace {

constexpr int kDisparities = 64;

struct Scene {
  std::string name;
  Image<float> left, right;
  Cones judge;  // its truth and mask
};

// Errors over 2 px, %.
struct Bad {
  double whole = 0, right = 0;
};

Bad Judge(Image<float> disparity_px, const Scene& scene) {
  FillFromBackground(disparity_px);
  return {BadShare(disparity_px, scene.judge, 0),
          BadShare(disparity_px, scene.judge, kDisparities)};
}

Bad Ours(const NoisyPair& pair, const Scene& scene) {
  DenseStereoOptions options;
  options.disparities = kDisparities;
  const auto stereo = DenseStereo::Create(options).value();
  return Judge(stereo.Match(pair.left, pair.right, pair.noise).value().disparity_px, scene);
}

struct Settings {
  int block, uniqueness;
};

// On pictures with kDisparities more columns at the left, for what OpenCV would not match there.
Bad OpenCv(const cv::Mat& left, const cv::Mat& right, const Settings& settings,
           const Scene& scene) {
  cv::Mat lefts, rights, found;
  cv::copyMakeBorder(left, lefts, 0, 0, kDisparities, 0, cv::BORDER_REPLICATE);
  cv::copyMakeBorder(right, rights, 0, 0, kDisparities, 0, cv::BORDER_REPLICATE);
  const int area = settings.block * settings.block;
  cv::StereoSGBM::create(0, kDisparities, settings.block, 8 * area, 32 * area, 1, 0,
                         settings.uniqueness, 100, 2, cv::StereoSGBM::MODE_HH)
      ->compute(lefts, rights, found);
  Image<float> disparity(left.cols, left.rows);
  for (int y = 0; y < left.rows; ++y) {
    for (int x = 0; x < left.cols; ++x) {
      const int value = found.at<int16_t>(y, x + kDisparities);
      disparity(x, y) = value < 0 ? kNoDisparity : static_cast<float>(value) / 16;
    }
  }
  return Judge(disparity, scene);
}

// Bytes of light, linear or its root, in which nothing is below black.
cv::Mat Bytes(const Image<uint16_t>& linear, bool root) {
  cv::Mat bytes(linear.height(), linear.width(), CV_8U);
  for (int y = 0; y < bytes.rows; ++y) {
    for (int x = 0; x < bytes.cols; ++x) {
      const double light = std::clamp(FromLinear(linear(x, y)), 0.0, 1.0);
      bytes.at<uint8_t>(y, x) =
          static_cast<uint8_t>(std::lrint(255 * (root ? std::sqrt(light) : light)));
    }
  }
  return bytes;
}

// Each picture, denoised in each way.
std::map<std::string, cv::Mat> Denoise(const Image<uint16_t>& linear) {
  std::map<std::string, cv::Mat> all;
  for (const bool root : {false, true}) {
    const cv::Mat bytes = Bytes(linear, root);
    const std::string of = root ? " of roots" : "";
    for (const int strength : {10, 15, 20, 30, 40, 50})
      cv::fastNlMeansDenoising(bytes, all["nlm " + std::to_string(strength) + of],
                               static_cast<float>(strength), 5, 11);
    for (const double sigma : {1.0, 1.5, 2.0, 3.0})
      cv::GaussianBlur(bytes, all["gauss " + std::to_string(sigma).substr(0, 3) + of], {}, sigma);
  }
  return all;
}

void Print(const std::string& name, const std::vector<Bad>& values) {
  const auto count = static_cast<double>(values.size());
  std::printf("  %-44s", name.c_str());
  for (const auto of : {&Bad::whole, &Bad::right}) {
    double sum = 0, squares = 0;
    for (const Bad& value : values) sum += value.*of;
    for (const Bad& value : values) squares += std::pow(value.*of - sum / count, 2);
    std::printf("  %6.2f +- %.2f %%", sum / count, std::sqrt(squares / count));
  }
  std::printf("\n");
  std::fflush(stdout);
}

void Study(const Scene& scene, double electrons, unsigned seeds) {
  std::vector<Bad> ours;
  std::map<std::string, std::vector<Bad>> peers;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const NoisyPair pair = Expose(scene.left, scene.right, electrons, seed);
    ours.push_back(Ours(pair, scene));
    const auto lefts = Denoise(pair.left), rights = Denoise(pair.right);
    for (const auto& [name, denoised] : lefts) {
      for (const Settings settings :
           {Settings{5, 0}, {5, 10}, {7, 0}, {7, 10}, {9, 0}, {9, 10}, {11, 0}, {11, 10}}) {
        peers[name + ", block " + std::to_string(settings.block) + ", uniqueness " +
              std::to_string(settings.uniqueness)]
            .push_back(OpenCv(denoised, rights.at(name), settings, scene));
      }
    }
  }
  std::printf("%s, %g electrons, %u seeds: whole, right of column 64\n", scene.name.c_str(),
              electrons, seeds);
  for (const char* family : {"nlm", "gauss"}) {
    const std::pair<const std::string, std::vector<Bad>>* best = nullptr;
    const auto total = [](const std::vector<Bad>& values) {
      double sum = 0;
      for (const Bad& value : values) sum += value.whole;
      return sum;
    };
    for (const auto& peer : peers) {
      if (peer.first.starts_with(family) && (!best || total(peer.second) < total(best->second)))
        best = &peer;
    }
    Print(best->first, best->second);
  }
  Print("ours", ours);
}

Scene OfCones(const char* folder) {
  Scene scene = {"cones", {}, {}, ReadCones(folder)};
  for (const auto& [bytes, light] :
       {std::pair{&scene.judge.left, &scene.left}, std::pair{&scene.judge.right, &scene.right}}) {
    *light = Image<float>(bytes->width(), bytes->height());
    for (int y = 0; y < bytes->height(); ++y) {
      for (int x = 0; x < bytes->width(); ++x) (*light)(x, y) = (*bytes)(x, y) / 255.0F;
    }
  }
  return scene;
}

Scene MadeUp(uint64_t seed) {
  SimulatedPairOptions options;
  options.width = 450;
  options.height = 375;
  options.seed = seed;
  SimulatedPair pair = SimulatePair(options);
  return {"made up " + std::to_string(seed),
          pair.left,
          pair.right,
          {{}, {}, pair.truth_px, pair.both_see}};
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "isp_dark_stereo_study RECORDINGS/stereo/cones [SEEDS]\n");
    return 2;
  }
  const unsigned seeds = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 5;
  std::vector<nightjar::Scene> scenes = {nightjar::OfCones(argv[1])};
  for (const uint64_t seed : {3001, 3002, 3003}) scenes.push_back(nightjar::MadeUp(seed));
  for (const nightjar::Scene& scene : scenes) {
    for (const double electrons : {150.0, 30.0, 1000.0}) nightjar::Study(scene, electrons, seeds);
  }
}
