// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "bench/isp/burst_exposures.h"
#include "bench/isp/opencv_filters.h"

namespace nightjar {

/// What OpenCV offers for a burst: frames aligned by ECC and averaged, and non-local means over
/// several frames. PSNR in dB, of each of the parts in turn, at the filter and strength that suit
/// it best.

/// Frames in electrons as floats.
std::vector<cv::Mat> Mats(const Exposures& exposures);

/// Where each frame lies, against the first: a turn and a shift. Begins where the one before was.
std::vector<cv::Mat> EccMotions(const std::vector<cv::Mat>& frames);

/// The mean over the first frame times the number of frames: electrons of the whole burst.
Image<double> EccTotal(const std::vector<cv::Mat>& frames, const std::vector<cv::Mat>& motions,
                       int interpolation);

/// Warped bilinearly, filtered and not; by the cubic kernel, filtered and not.
std::vector<double> EccPsnr(const Exposures& exposures,
                            const std::vector<Where>& parts = {nullptr});

inline constexpr int kWindow = 7;  // frames that non-local means compares, about the middle one

cv::Mat NonLocalMeansMulti(const std::vector<cv::Mat>& bytes, double strength);

/// Of the frame in the middle.
std::vector<double> NonLocalMeansMultiPsnr(const Exposures& exposures,
                                           const std::vector<Where>& parts = {nullptr});

}  // namespace nightjar
