// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "core/image.h"

namespace nightjar {

/// Middlebury's cones of 2003, as the recordings have them.
struct Cones {
  Image<uint8_t> left, right;
  Image<float> truth;     // px; 0 where it is not known
  Image<uint8_t> masked;  // 0: only one camera sees it
};

template <typename T>
Image<T> FromMat(const cv::Mat& mat) {
  Image<T> image(mat.cols, mat.rows);
  for (int y = 0; y < mat.rows; ++y) std::copy_n(mat.ptr<T>(y), mat.cols, &image(0, y));
  return image;
}

inline Cones ReadCones(const std::filesystem::path& folder) {
  const auto grey = [&](const char* name) {
    return FromMat<uint8_t>(cv::imread((folder / name).string(), cv::IMREAD_GRAYSCALE));
  };
  return {grey("left.png"), grey("right.png"),
          FromMat<float>(cv::imread((folder / "disp_left.tif").string(), cv::IMREAD_UNCHANGED)),
          grey("occlusion.png")};
}

/// Share of the pixels seen by both cameras whose disparity is off by more than 2 px, %, from
/// column `first` on.
inline double BadShare(const Image<float>& disparity_px, const Cones& cones, int first) {
  int count = 0, bad = 0;
  for (int y = 0; y < cones.truth.height(); ++y) {
    for (int x = first; x < cones.truth.width(); ++x) {
      const float truth = cones.truth(x, y);
      if (cones.masked(x, y) == 0 || !(truth > 0)) continue;
      ++count;
      bad += !(std::abs(disparity_px(x, y) - truth) <= 2);
    }
  }
  return 100.0 * bad / count;
}

}  // namespace nightjar
