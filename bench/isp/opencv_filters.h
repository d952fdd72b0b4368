// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <span>
#include <vector>

#include "core/image.h"
#include "tests/isp/noisy_scenes.h"

namespace nightjar {

/// What OpenCV offers against the noise of frames in electrons.

/// The generalised Anscombe transform to 8 bits that hold all of the frames, and back by the exact
/// unbiased inverse in closed form: Makitalo, Foi, "Optimal inversion of the generalized Anscombe
/// transformation for Poisson-Gaussian noise", IEEE TIP 22 (2013).
class Stabilisation {
 public:
  /// `read_variance`: electrons^2.
  Stabilisation(std::span<const Image<double>> frames_e, double read_variance);

  cv::Mat Bytes(const Image<double>& frame_e) const;
  Image<double> Inverse(const cv::Mat& bytes) const;
  /// Standard deviation of the noise in those bytes.
  double sigma() const { return sigma_; }

 private:
  cv::Mat Stabilised(const Image<double>& frame_e) const;

  double read_variance_, low_ = 0, sigma_ = 1;
};

/// A filter for 8-bit images whose noise has the standard deviation `sigma`, at a `strength`.
using Filter = std::function<cv::Mat(const cv::Mat& image, double sigma, double strength)>;

cv::Mat NonLocalMeans_7_21(const cv::Mat& image, double sigma, double strength);  // its default
cv::Mat NonLocalMeans_5_11(const cv::Mat& image, double sigma, double strength);
cv::Mat Bilateral_9(const cv::Mat& image, double sigma, double strength);
cv::Mat Gaussian(const cv::Mat& image, double sigma, double strength);

/// What a filter of a stabilised frame reaches at the strength that suits this frame best, from
/// `weakest` to 4 in steps of 15 %; dB.
double PeerPsnr(const Image<double>& frame_e, double read_variance, const Image<float>& scene,
                double full_e, const Filter& filter, double weakest = 0.5);

/// Where an image is scored: where it is not 0; nullptr: all of it.
using Where = const Image<uint8_t>*;

/// The same for each of several parts of the frame, each at the strength that suits it best.
std::vector<double> PeerPsnrs(const Image<double>& frame_e, double read_variance,
                              const Image<float>& scene, double full_e, const Filter& filter,
                              double weakest, const std::vector<Where>& parts);

}  // namespace nightjar
