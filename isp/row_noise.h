// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// What the readout added to each row of a frame, DN; 0 where nothing is known to be.
struct RowNoise {
  std::vector<float> offset_dn;  // one a row
  double sigma_dn = 0;           // of the offsets over the frame; 0: no row noise was found
};

/// Measures the offsets of rows: by how much each is above the mean of its eight nearest rows of
/// the same colours. What belongs to the scene is told from them by three signs, and left alone: it
/// is not the same in sixteen parts of the row (chi^2 above twice its expectation), it is larger
/// than the noise of one pixel, and over the frame the offsets do not vary more than chance lets
/// them (twice its variance). What is taken for real is shrunk by its share of chance.
///
/// `raw`: at least 32 px wide and 16 high, or there is nothing to measure. The noise of `samples`
/// has to be known.
RowNoise MeasureRowNoise(const Image<uint16_t>& raw, const RawSamples& samples);

}  // namespace nightjar
