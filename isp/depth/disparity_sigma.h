// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/image.h"
#include "isp/depth/row_kernels.h"
#include "isp/depth/semi_global_aggregation.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

/// What a disparity's error is told from, each >= 0.
struct SigmaEvidence {
  /// Of the level that the pixel's disparity comes from (LevelMap).
  float margin = 0, cost = 0, curvature = 0;
  /// px: RMS difference of the disparities of the 5 x 5 px around from the pixel's, each at most
  /// 2 px; an unknown one counts as 1 px.
  float roughness = 0;
  /// Steps of light: 1 sigma of the noise that denoising left in both pictures, where the left
  /// picture is matched and where the right one is; 0 where it is not known.
  float noise = 0;
};

/// Evidence of a map, row by row; for one thread.
class SigmaEvidenceRows {
 public:
  /// All outlive this. `levels` and `source` (SourceOf) are what the disparities were taken from.
  SigmaEvidenceRows(const Image<float>& disparity_px, const LevelMap& levels,
                    const Image<uint8_t>& source, const StereoPair& pair,
                    const RowKernels& kernels = BestRowKernels());

  /// Of row y, one for each pixel; of those whose disparity is not known, nothing in particular.
  const std::vector<SigmaEvidence>& Row(int y);

 private:
  void Fetch(int y);

  const Image<float>& disparity_px_;
  const LevelMap& levels_;
  const Image<uint8_t>& source_;
  const StereoPair& pair_;
  const RowKernels& kernels_;
  int next_ = -1;                              // row that the rows in memory are around; -1: none
  std::array<std::vector<uint16_t>, 5> rows_;  // disparities, in steps
  std::vector<uint16_t> sums_;
  std::vector<float> roughness_;
  std::vector<SigmaEvidence> evidence_;
};

/// Rows first .. end - 1 of the expected RMS error of each disparity, px; +inf where there is none:
///
///   sigma = f(margin) g(cost) h(curvature) k(roughness) l(noise)
///
/// each made of powers of its argument, piece by piece, fitted to made-up pairs from good light to
/// 20 electrons at white, for errors below 3 px (bench/isp/disparity_sigma_fit.cpp;
/// docs/maths/dense-stereo.md says how true it is on others).
void FindDisparitySigma(const Image<float>& disparity_px, const LevelMap& levels,
                        const Image<uint8_t>& source, const StereoPair& pair, int first, int end,
                        Image<float>& sigma_px);

}  // namespace nightjar
