// SPDX-License-Identifier: Apache-2.0
// Stereo in the dark: cones with Poisson-Gaussian noise of 3 electrons on both views, at 1000, 150
// and 30 electrons of white; share of errors over 2 px where both cameras see, holes filled from
// the lower neighbour of the row. Ours beside OpenCV's MODE_HH after each denoiser at each strength
// and with each block; of either denoiser the best, mean and
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
#include <random>
#include <string>
#include <vector>

#include "isp/depth/dense_stereo.h"
#include "isp/depth/disparity_checks.h"
#include "tests/isp/depth/cones.h"

namespace nightjar {
namespace {

constexpr double kReadNoise = 3;  // electrons
constexpr int kDisparities = 64;

// Light as a share of white, with noise.
cv::Mat Expose(const Image<uint8_t>& picture, double electrons, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> reading(0, kReadNoise);
  cv::Mat light(picture.height(), picture.width(), CV_32F);
  for (int y = 0; y < light.rows; ++y) {
    for (int x = 0; x < light.cols; ++x) {
      std::poisson_distribution<int> photons(picture(x, y) / 255.0 * electrons + 1e-9);
      const int counted = photons(random);
      light.at<float>(y, x) = static_cast<float>((counted + reading(random)) / electrons);
    }
  }
  return light;
}

Image<uint16_t> AsLinear(const cv::Mat& light) {
  Image<uint16_t> image(light.cols, light.rows);
  for (int y = 0; y < light.rows; ++y) {
    for (int x = 0; x < light.cols; ++x) {
      image(x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(static_cast<double>(light.at<float>(y, x))) + 0.5, 0.0, 65535.0));
    }
  }
  return image;
}

double Ours(const cv::Mat& left, const cv::Mat& right, double electrons, const Cones& cones) {
  DenseStereoOptions options;
  options.disparities = kDisparities;
  const PictureNoise noise = {{}, {1 / electrons, kReadNoise * kReadNoise / electrons / electrons}};
  auto map =
      DenseStereo::Create(options).value().Match(AsLinear(left), AsLinear(right), noise).value();
  FillFromBackground(map.disparity_px);
  return BadShare(map.disparity_px, cones, 0);
}

double OpenCv(const cv::Mat& left, const cv::Mat& right, int block, const Cones& cones) {
  const int area = block * block;
  cv::Mat found;
  cv::StereoSGBM::create(0, kDisparities, block, 8 * area, 32 * area, 1, 0, 10, 100, 2,
                         cv::StereoSGBM::MODE_HH)
      ->compute(left, right, found);
  Image<float> disparity(found.cols, found.rows);
  for (int y = 0; y < found.rows; ++y) {
    for (int x = 0; x < found.cols; ++x) {
      const int value = found.at<int16_t>(y, x);
      disparity(x, y) = value < 0 ? kNoDisparity : static_cast<float>(value) / 16;
    }
  }
  FillFromBackground(disparity);
  return BadShare(disparity, cones, 0);
}

// Pictures of 8 bits, denoised in each way.
std::map<std::string, cv::Mat> Denoise(const cv::Mat& light) {
  cv::Mat bytes;
  light.convertTo(bytes, CV_8U, 255);
  std::map<std::string, cv::Mat> all;
  for (const int strength : {10, 15, 20, 30, 40, 50})
    cv::fastNlMeansDenoising(bytes, all["nlm " + std::to_string(strength)],
                             static_cast<float>(strength), 5, 11);
  for (const double sigma : {1.0, 1.5, 2.0, 3.0})
    cv::GaussianBlur(bytes, all["gauss " + std::to_string(sigma).substr(0, 3)], {}, sigma);
  return all;
}

void Print(const std::string& name, const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  std::printf("  %-18s %6.2f +- %.2f %%\n", name.c_str(), mean,
              std::sqrt(squares / static_cast<double>(values.size())));
}

void Study(double electrons, unsigned seeds, const Cones& cones) {
  std::vector<double> ours;
  std::map<std::string, std::vector<double>> peers;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const cv::Mat left = Expose(cones.left, electrons, 2 * seed + 1);
    const cv::Mat right = Expose(cones.right, electrons, 2 * seed + 2);
    ours.push_back(Ours(left, right, electrons, cones));
    const auto lefts = Denoise(left), rights = Denoise(right);
    for (const auto& [name, denoised] : lefts) {
      for (const int block : {5, 7, 9, 11}) {
        peers[name + " block " + std::to_string(block)].push_back(
            OpenCv(denoised, rights.at(name), block, cones));
      }
    }
  }
  std::printf("%g electrons, %u seeds\n", electrons, seeds);
  for (const char* family : {"nlm", "gauss"}) {
    const std::pair<const std::string, std::vector<double>>* best = nullptr;
    const auto total = [](const std::vector<double>& values) {
      double sum = 0;
      for (const double value : values) sum += value;
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

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "isp_dark_stereo_study RECORDINGS/stereo/cones [SEEDS]\n");
    return 2;
  }
  const nightjar::Cones cones = nightjar::ReadCones(argv[1]);
  const unsigned seeds = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 10;
  for (const double electrons : {150.0, 30.0, 1000.0}) {
    nightjar::Study(electrons, seeds, cones);
    std::fflush(stdout);
  }
}
