// SPDX-License-Identifier: Apache-2.0
#include "bench/isp/opencv_filters.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

namespace nightjar {
namespace {

cv::Mat NonLocalMeans(const cv::Mat& image, double sigma, double strength, int patch, int search) {
  cv::Mat result;
  cv::fastNlMeansDenoising(image, result, static_cast<float>(strength * sigma), patch, search);
  return result;
}

}  // namespace

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
  return PeerPsnrs(frame_e, read_variance, scene, full_e, filter, weakest, {nullptr})[0];
}

std::vector<double> PeerPsnrs(const Image<double>& frame_e, double read_variance,
                              const Image<float>& scene, double full_e, const Filter& filter,
                              double weakest, const std::vector<Where>& parts) {
  const Stabilisation stabilisation({&frame_e, 1}, read_variance);
  const cv::Mat bytes = stabilisation.Bytes(frame_e);
  std::vector<double> best(parts.size(), 0.0);
  for (double strength = weakest; strength < 4; strength *= 1.15) {
    const Image<double> filtered =
        stabilisation.Inverse(filter(bytes, stabilisation.sigma(), strength));
    for (size_t i = 0; i < parts.size(); ++i)
      best[i] = std::max(best[i], Psnr(filtered, scene, full_e, parts[i]));
  }
  return best;
}

}  // namespace nightjar
