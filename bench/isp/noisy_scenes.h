// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/image.h"

namespace nightjar {

/// Scenes, what a sensor in the dark makes of them, and what OpenCV offers against its noise.
/// Scenes and estimates of them are shares of full scale, 0 .. 1; frames are in electrons, with
/// Poisson noise and that of reading, nothing clipped.

inline constexpr double kReadNoise_e = 3;

using Scenes = std::vector<Image<float>>;

/// Overlapping discs of all sizes with a fine grain; repeats itself after 512 px.
Image<float> LeavesScene(int width, int height, uint64_t seed);

/// Three of 384 x 384 px.
Scenes Leaves();

/// Frames of a recording ($NIGHTJAR_RECORDINGS) at half their size, which takes most of their own
/// noise away: 376 x 240 px. None without recordings.
Scenes Photographs();

/// Middlebury's "cones", 450 x 375 px; nothing without recordings.
std::optional<Image<float>> Cones();

/// What arrives, in electrons, of a scene whose full scale is `full_e`.
Image<double> Expose(const Image<float>& scene, double full_e, uint64_t seed);

/// Peak signal to noise ratio of an estimate in electrons, dB; only `where` it is not 0.
double Psnr(const Image<double>& estimate_e, const Image<float>& scene, double full_e,
            const Image<uint8_t>* where = nullptr);

/// Frames as Nightjar takes them (isp/linear_frame.h): what x = 1 holds, in electrons, and back.
Image<uint16_t> Linear(const Image<double>& frame_e, double white_e);
NoiseProfile::Channel LinearNoise(double white_e);
Image<double> Electrons(const Image<uint16_t>& linear, double white_e);

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

}  // namespace nightjar
