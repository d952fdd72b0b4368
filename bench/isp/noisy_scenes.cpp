// SPDX-License-Identifier: Apache-2.0
#include "bench/isp/noisy_scenes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <variant>

#include "core/random.h"
#include "data/png_image.h"
#include "data/simulator/poisson.h"
#include "data/simulator/texture.h"
#include "data/tiff_image.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

std::optional<std::filesystem::path> Recordings() {
  const char* folder = std::getenv("NIGHTJAR_RECORDINGS");
  if (folder == nullptr) return std::nullopt;
  return folder;
}

cv::Mat NonLocalMeans(const cv::Mat& image, double sigma, double strength, int patch, int search) {
  cv::Mat result;
  cv::fastNlMeansDenoising(image, result, static_cast<float>(strength * sigma), patch, search);
  return result;
}

}  // namespace

Image<float> LeavesScene(int width, int height, uint64_t seed) {
  const Texture texture = DeadLeaves(1024, 0.05F, 1, seed, 0);
  Image<float> scene(width, height);
  scene.for_each_element([&](int x, int y) {
    const auto middle = [](int i) { return 2 * (static_cast<float>(i) + 0.5F); };
    scene(x, y) = texture.At(middle(x), middle(y), 1);
  });
  return scene;
}

Scenes Leaves() {
  Scenes scenes;
  for (const uint64_t seed : {1, 2, 3}) scenes.push_back(LeavesScene(384, 384, seed));
  return scenes;
}

Scenes Photographs() {
  Scenes scenes;
  const auto recordings = Recordings();
  if (!recordings) return scenes;
  const auto folder = *recordings / "euroc_mh01_12s/mav0/cam0/data";
  for (const char* name :
       {"1403636584763555584.png", "1403636589713555456.png", "1403636594713555456.png"}) {
    const auto image = ReadMonoPng(folder / name);
    if (!image) continue;
    const auto& dn = std::get<Image<uint8_t>>(*image);
    Image<float> scene(dn.width() / 2, dn.height() / 2);
    scene.for_each_element([&](int x, int y) {
      const int sum =
          dn(2 * x, 2 * y) + dn(2 * x + 1, 2 * y) + dn(2 * x, 2 * y + 1) + dn(2 * x + 1, 2 * y + 1);
      scene(x, y) = static_cast<float>(sum) / (4 * 255.0F);
    });
    scenes.push_back(scene);
  }
  return scenes;
}

std::optional<Image<float>> Cones() {
  const auto recordings = Recordings();
  if (!recordings) return std::nullopt;
  const auto pages = ReadTiff(*recordings / "stereo/cones/left.png");  // a TIFF all the same
  if (!pages) return std::nullopt;
  const Image<uint16_t>& dn = pages->front();
  Image<float> scene(dn.width(), dn.height());
  scene.for_each_element(
      [&](int x, int y) { scene(x, y) = static_cast<float>(dn(x, y)) / 255.0F; });
  return scene;
}

Image<double> Expose(const Image<float>& scene, double full_e, uint64_t seed) {
  static const PoissonSampler poisson;
  Image<double> frame(scene.width(), scene.height());
  for (int y = 0; y < scene.height(); ++y) {
    RandomStream random(seed, 0, static_cast<uint64_t>(y));
    for (int x = 0; x < scene.width(); ++x) {
      const int arrived = poisson.Sample(full_e * static_cast<double>(scene(x, y)), random);
      frame(x, y) = arrived + kReadNoise_e * random.Normal();
    }
  }
  return frame;
}

double Psnr(const Image<double>& estimate_e, const Image<float>& scene, double full_e,
            const Image<uint8_t>* where) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < scene.height(); ++y) {
    for (int x = 0; x < scene.width(); ++x) {
      if (where != nullptr && (*where)(x, y) == 0) continue;
      const double error =
          std::clamp(estimate_e(x, y) / full_e, 0.0, 1.0) - static_cast<double>(scene(x, y));
      sum += error * error;
      ++count;
    }
  }
  return -10 * std::log10(sum / count);
}

Image<uint16_t> Linear(const Image<double>& frame_e, double white_e) {
  Image<uint16_t> linear(frame_e.width(), frame_e.height());
  linear.for_each_element([&](int x, int y) {
    linear(x, y) =
        static_cast<uint16_t>(std::clamp(ToLinear(frame_e(x, y) / white_e) + 0.5, 0.0, 65535.0));
  });
  return linear;
}

NoiseProfile::Channel LinearNoise(double white_e) {
  return {1 / white_e, kReadNoise_e * kReadNoise_e / (white_e * white_e)};
}

Image<double> Electrons(const Image<uint16_t>& linear, double white_e) {
  Image<double> frame_e(linear.width(), linear.height());
  frame_e.for_each_element(
      [&](int x, int y) { frame_e(x, y) = FromLinear(linear(x, y)) * white_e; });
  return frame_e;
}

Stabilisation::Stabilisation(std::span<const Image<double>> frames_e, double read_variance)
    : read_variance_(read_variance) {
  double high = 0;
  for (const Image<double>& frame : frames_e) {
    double least = 0, most = 0;
    cv::minMaxLoc(Stabilised(frame), &least, &most);
    const bool first = &frame == frames_e.data();
    low_ = first ? least : std::min(low_, least);
    high = first ? most : std::max(high, most);
  }
  sigma_ = 255 / (high - low_);
}

cv::Mat Stabilisation::Stabilised(const Image<double>& frame_e) const {
  cv::Mat stabilised(frame_e.height(), frame_e.width(), CV_32F);
  for (int y = 0; y < frame_e.height(); ++y) {
    for (int x = 0; x < frame_e.width(); ++x) {
      stabilised.at<float>(y, x) =
          static_cast<float>(2 * std::sqrt(std::max(0.0, frame_e(x, y) + 0.375 + read_variance_)));
    }
  }
  return stabilised;
}

cv::Mat Stabilisation::Bytes(const Image<double>& frame_e) const {
  cv::Mat bytes;
  Stabilised(frame_e).convertTo(bytes, CV_8U, sigma_, -low_ * sigma_);
  return bytes;
}

Image<double> Stabilisation::Inverse(const cv::Mat& bytes) const {
  Image<double> frame_e(bytes.cols, bytes.rows);
  frame_e.for_each_element([&](int x, int y) {
    const double d = std::max(bytes.at<uint8_t>(y, x) / sigma_ + low_, 1.0);
    frame_e(x, y) = d * d / 4 + std::sqrt(1.5) / 4 / d - 11.0 / 8 / (d * d) +
                    5 * std::sqrt(1.5) / 8 / (d * d * d) - 0.125 - read_variance_;
  });
  return frame_e;
}

cv::Mat NonLocalMeans_7_21(const cv::Mat& image, double sigma, double strength) {
  return NonLocalMeans(image, sigma, strength, 7, 21);
}

cv::Mat NonLocalMeans_5_11(const cv::Mat& image, double sigma, double strength) {
  return NonLocalMeans(image, sigma, strength, 5, 11);
}

cv::Mat Bilateral_9(const cv::Mat& image, double sigma, double strength) {
  cv::Mat result;
  cv::bilateralFilter(image, result, 9, 2 * strength * sigma, 3);
  return result;
}

cv::Mat Gaussian(const cv::Mat& image, double, double strength) {
  cv::Mat result;
  cv::GaussianBlur(image, result, cv::Size(), strength);
  return result;
}

double PeerPsnr(const Image<double>& frame_e, double read_variance, const Image<float>& scene,
                double full_e, const Filter& filter, double weakest) {
  const Stabilisation stabilisation({&frame_e, 1}, read_variance);
  const cv::Mat bytes = stabilisation.Bytes(frame_e);
  double best = 0;
  for (double strength = weakest; strength < 4; strength *= 1.15) {
    const cv::Mat filtered = filter(bytes, stabilisation.sigma(), strength);
    best = std::max(best, Psnr(stabilisation.Inverse(filtered), scene, full_e));
  }
  return best;
}

}  // namespace nightjar
