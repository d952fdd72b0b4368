// SPDX-License-Identifier: Apache-2.0
#include "bench/isp/opencv_burst.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <opencv2/video/tracking.hpp>

namespace nightjar {

std::vector<cv::Mat> Mats(const Exposures& exposures) {
  std::vector<cv::Mat> mats;
  for (const Image<double>& frame : exposures.frames_e) {
    cv::Mat mat(frame.height(), frame.width(), CV_32F);
    for (int y = 0; y < mat.rows; ++y) {
      for (int x = 0; x < mat.cols; ++x) mat.at<float>(y, x) = static_cast<float>(frame(x, y));
    }
    mats.push_back(mat);
  }
  return mats;
}

std::vector<cv::Mat> EccMotions(const std::vector<cv::Mat>& frames) {
  constexpr double kBlur_px = 1.5;  // the mean's error is within 0.05 dB of that of 0.8 to 2.5 px
  const auto blurred = [&](const cv::Mat& frame) {
    cv::Mat result;
    cv::GaussianBlur(frame, result, cv::Size(), kBlur_px);
    return result;
  };
  const cv::Mat reference = blurred(frames[0]);
  std::vector<cv::Mat> motions = {cv::Mat::eye(2, 3, CV_32F)};
  for (size_t k = 1; k < frames.size(); ++k) {
    cv::Mat motion = motions.back().clone();
    try {
      cv::findTransformECC(reference, blurred(frames[k]), motion, cv::MOTION_EUCLIDEAN,
                           {cv::TermCriteria::COUNT + cv::TermCriteria::EPS, 200, 1e-6},
                           cv::noArray(), 5);
    } catch (const cv::Exception&) {
      motion = motions.back().clone();  // did not converge
    }
    motions.push_back(motion);
  }
  return motions;
}

Image<double> EccTotal(const std::vector<cv::Mat>& frames, const std::vector<cv::Mat>& motions,
                       int interpolation) {
  const cv::Size size = frames[0].size();
  cv::Mat sum = cv::Mat::zeros(size, CV_32F), count = cv::Mat::zeros(size, CV_32F);
  for (size_t k = 0; k < frames.size(); ++k) {
    cv::Mat warped, seen;
    cv::warpAffine(frames[k], warped, motions[k], size, interpolation | cv::WARP_INVERSE_MAP,
                   cv::BORDER_REFLECT_101);
    cv::warpAffine(cv::Mat::ones(size, CV_32F), seen, motions[k], size,
                   cv::INTER_NEAREST | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    sum += warped.mul(seen);
    count += seen;
  }
  const cv::Mat total = sum / count * static_cast<double>(frames.size());
  Image<double> result(size.width, size.height);
  result.for_each_element(
      [&](int x, int y) { result(x, y) = static_cast<double>(total.at<float>(y, x)); });
  return result;
}

std::vector<double> EccPsnr(const Exposures& exposures, const std::vector<Where>& parts) {
  const std::vector<cv::Mat> frames = Mats(exposures);
  const std::vector<cv::Mat> motions = EccMotions(frames);
  const Image<float>& scene = exposures.burst.views[0];
  const double full_e = kBurstFrames * exposures.full_e;
  std::vector<double> scores(4 * parts.size());
  for (const size_t first : {0, 2}) {
    const Image<double> total_e =
        EccTotal(frames, motions, first == 0 ? cv::INTER_LINEAR : cv::INTER_CUBIC);
    for (size_t i = 0; i < parts.size(); ++i) {
      double* score = &scores[4 * i + first];
      score[0] = score[1] = Psnr(total_e, scene, full_e, parts[i]);
    }
    for (const Filter& filter :
         {Filter(NonLocalMeans_5_11), Filter(Bilateral_9), Filter(Gaussian)}) {
      const auto filtered =
          PeerPsnrs(total_e, kBurstFrames * kReadVariance, scene, full_e, filter, 0.3, parts);
      for (size_t i = 0; i < parts.size(); ++i)
        scores[4 * i + first] = std::max(scores[4 * i + first], filtered[i]);
    }
  }
  return scores;
}

cv::Mat NonLocalMeansMulti(const std::vector<cv::Mat>& bytes, double strength) {
  cv::Mat result;
  cv::fastNlMeansDenoisingMulti(bytes, result, kWindow / 2, kWindow, static_cast<float>(strength),
                                7, 21);
  return result;
}

std::vector<double> NonLocalMeansMultiPsnr(const Exposures& exposures,
                                           const std::vector<Where>& parts) {
  const Stabilisation stabilisation(exposures.frames_e, kReadVariance);
  std::vector<cv::Mat> bytes;
  for (const Image<double>& frame : exposures.frames_e) bytes.push_back(stabilisation.Bytes(frame));
  std::vector<double> best(parts.size(), 0.0);
  for (const double strength : {0.8, 0.95, 1.15, 1.4, 1.7}) {
    const Image<double> filtered =
        stabilisation.Inverse(NonLocalMeansMulti(bytes, strength * stabilisation.sigma()));
    const Image<float>& scene = exposures.burst.views[kWindow / 2];
    for (size_t i = 0; i < parts.size(); ++i)
      best[i] = std::max(best[i], Psnr(filtered, scene, exposures.full_e, parts[i]));
  }
  return best;
}

}  // namespace nightjar
