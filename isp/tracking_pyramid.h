// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/image.h"
#include "core/pyramid.h"
#include "core/result.h"

namespace nightjar {

/// The DN of no light and of full scale. What lies outside is clamped to [black, white].
struct LevelOptions {
  /// DN, 0 .. white - 1. 0: what cameras that deliver 8 bits have already subtracted.
  int black = 0;
  /// DN, black + 1 .. the largest value of a pixel: 255 of 8-bit and 65535 of 16-bit images, which
  /// is also what no value means.
  std::optional<int> white;

  /// Whether black < white, both in 0 .. 65535 (for an absent white level: black < 255). Whether
  /// the pixels reach so far is seen with the image.
  Status Validate() const;
};

/// Smallest width and height of an image that has a pyramid, px.
inline constexpr int kSmallestPyramidImage = 16;

/// The tracking pyramid of a frame: level 0 is
///     clamp(16383 * (binomial3x3(DN) - black) / (white - black), 0, 16383),
/// level k + 1 is level k convolved with [1 4 6 4 1] x [1 4 6 4 1] / 256 at even pixels ((n + 1) /
/// 2 of them), and gradients are Scharr's 3-10-3 / 32; edges repeat. Integers throughout: the same
/// bytes on every machine.
///
/// The mosaic of a Bayer sensor may come as it is: wherever the 3x3 binomial stands on it, a
/// quarter of its weights lie on red, a half on green and a quarter on blue, so level 0 is (R + 2 G
/// + B) / 4 at full resolution and without a trace of the tile, but for the outermost row and
/// column on each side, of which the repeated one has no right to be there. What it cannot do is
/// demosaic: at an edge between colours of one luminance R, G and B are taken from pixels up to one
/// apart.
///
/// Fails with kUnusableInput when a side is shorter than 16 px or pixels of a row are not adjacent,
/// with kUsage when the levels are wrong or not those of this kind of pixel.
Result<TrackingPyramid> BuildTrackingPyramid(const MonoImage& image,
                                             const LevelOptions& levels = {});

/// The same into `pyramid`, whose memory is used again when its size fits: it then must not be
/// shared with anybody who still reads it (buffers are reference counted; a FeatureTracker reads
/// the pyramids of its last call).
Status BuildTrackingPyramid(const MonoImage& image, const LevelOptions& levels,
                            TrackingPyramid& pyramid);

}  // namespace nightjar
