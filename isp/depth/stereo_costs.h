// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/image.h"
#include "isp/depth/cost_rows.h"
#include "isp/depth/large_memory.h"
#include "isp/depth/row_kernels.h"
#include "isp/depth/run_tasks.h"

namespace nightjar {

/// A picture as the matcher wants it.
struct StereoPicture {
  Image<uint16_t> fine;  // what is brighter has the larger value: for comparisons
  Image<uint8_t> light;  // in steps that mean the same difference in shadow and light
  /// 1 sigma of the noise that is left, in 1/16 of such a step; empty where noise is not known.
  Image<uint8_t> noise;
};

/// Costs of a rectified pair, 0 .. 34: which of the 24 neighbours of a pixel are darker than
/// itself, as a census over 5 x 5 px (Zabih & Woodfill, ECCV 1994), one for each that differs, and
/// half of the difference of light, up to 20. The census does not care for exposure and the light
/// keeps edges where they are: on Middlebury's cones the two have 2.0 % of errors over 2 px, a
/// census of 9 x 7 px alone 2.9 %. (The sum of a census and of differences: Mei et al., "On
/// building an accurate stereo matching system", ICCV workshops 2011.)
class StereoCosts : public CostRows {
 public:
  /// Pictures of the same size. `levels`: disparities 0 .. levels - 1. What would be left of the
  /// right picture is taken for its first column. A neighbour counts as darker when it is by more
  /// than `dead_zone`, in units of StereoPicture::fine: where noise decides, a flat place has no
  /// bits set on either side, instead of random ones. What costs are made of lies in `memory`,
  /// which outlives this.
  StereoCosts(const StereoPicture& left, const StereoPicture& right, int levels, int dead_zone,
              LargeBlock& memory, const RunTasks& run = RunInTurn,
              const RowKernels& kernels = BestRowKernels());

  int width() const override { return width_; }
  int height() const override { return height_; }
  int levels() const override { return levels_; }
  void Row(int y, int stride, uint8_t* costs) const override;

 private:
  int width_, height_, levels_, right_width_;
  const RowKernels* kernels_;
  const uint8_t *left_[kCostPlanes], *right_[kCostPlanes];  // row after row
};

}  // namespace nightjar
