// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

namespace nightjar::generators {

/// What is done to the brightness of a picture's pixels beside the tone curve: a gain for each,
/// equal for its colours.
///
/// Local tone: the curve e x / (1 + e x), for a pixel of light Y in a surrounding of light V, is
/// wanted as e Y / (1 + e V) (Reinhard et al., "Photographic tone reproduction for digital images",
/// SIGGRAPH 2002, equation 9): contrast within a surrounding is that of the scene, however much the
/// curve takes from the contrast between surroundings. That is the curve of Y / (1 + e (V - Y)).
/// The surrounding is a guided filter's (He, Sun, Tang, "Guided image filtering", PAMI 2013; its
/// coefficients at low resolution: He, Sun, "Fast guided filter", 2015), by fourth roots, which are
/// near to logarithms and so serve dark sides of edges as well as bright ones: V = (a Y^1/4 + b)^4,
/// which follows strong edges (a = 1) and so has no halos. Where the scene is flat, V = Y and
/// nothing changes.
///
/// Sharpening: in u = sqrt(Y), near to how people see and where noise is nearly white, the
/// difference d from a binomial mean of 5 x 5 pixels is added as far as it stands out of the noise,
/// d^2 / (d^2 + kCoring var(u)), and never farther than kOvershoot of the range of the 3 x 3
/// pixels beyond them.
class PictureDetail {
 public:
  static constexpr int kBlock = 16;  // px from node to node of the coefficients
  static constexpr float kCoring = 4;
  static constexpr float kOvershoot = 0.1F;
  static constexpr float kLeastRoot = 1e-3F;     // of light: darker pixels get no larger gain
  static constexpr float kLeastEnergy = 1e-18F;  // no division by 0 in flat places

  /// `light`(x, y): luminance, linear. `nodes`(i, j, k): a, b and var(Y) at pixel 16 i - 8.5,
  /// 16 j - 8.5. `local`: share of the local tone times the curve's exposure; 0: none.
  /// `sharpening`: what d is multiplied with.
  template <typename Nodes>
  PictureDetail(const Halide::Func& light, Nodes& nodes, const Halide::Expr& local,
                const Halide::Expr& sharpening) {
    using Halide::Expr;
    using Halide::max;
    using Halide::min;
    const auto fraction = [](const Expr& i) {
      return (Halide::cast<float>(i) + 0.5F) * (1.F / kBlock);
    };
    const Expr row = (y + kBlock / 2) / kBlock;
    rows_(i, y, k) = nodes(i, row, k) + fraction((y + kBlock / 2) % kBlock) *
                                            (nodes(i, row + 1, k) - nodes(i, row, k));
    smooth_(t, i, y, k) = rows_(i, y, k) + fraction(t) * (rows_(i + 1, y, k) - rows_(i, y, k));

    u_(x, y) = Halide::sqrt(Halide::clamp(light(x, y), 0.F, 1.F));
    const auto binomial = [](const Expr& far, const Expr& near, const Expr& middle) {
      return ((far + 4.F * near) + 6.F * middle) * (1.F / 16);
    };
    down_(x, y) =
        Halide::Tuple(binomial(u_(x, y - 2) + u_(x, y + 2), u_(x, y - 1) + u_(x, y + 1), u_(x, y)),
                      min(min(u_(x, y - 1), u_(x, y + 1)), u_(x, y)),
                      max(max(u_(x, y - 1), u_(x, y + 1)), u_(x, y)));
    const auto at = [&](int h, int what) { return down_(x + h, y)[what]; };
    const Expr mean = binomial(at(-2, 0) + at(2, 0), at(-1, 0) + at(1, 0), at(0, 0));
    const Expr low = min(min(at(-1, 1), at(1, 1)), at(0, 1));
    const Expr high = max(max(at(-1, 2), at(1, 2)), at(0, 2));

    const auto smooth = [&](int what) {
      return smooth_((x + kBlock / 2) % kBlock, (x + kBlock / 2) / kBlock, y, what);
    };
    const Expr u = u_(x, y), light_here = u * u;
    const Expr around = smooth(0) * Halide::sqrt(u) + smooth(1);
    const Expr around_2 = around * around;
    const Expr darker = 1.F + local * (around_2 * around_2 - light_here);
    const Expr d = u - mean;
    // var(u) = var(Y) / (4 Y).
    const Expr energy = d * d * light_here;
    const Expr kept = energy / (energy + (smooth(2) * (0.25F * kCoring) + kLeastEnergy));
    const Expr beyond = (high - low) * kOvershoot;
    const Expr sharp = max(min(u + sharpening * kept * d, high + beyond), max(low - beyond, 0.F));
    const Expr divisor = max(u, kLeastRoot), moved = divisor + (sharp - u);
    gain_(x, y) = moved * moved / (divisor * divisor * Halide::clamp(darker, 0.25F, 4.F));
  }

  Halide::Expr Gain(const Halide::Expr& column, const Halide::Expr& line) const {
    return gain_(column, line);
  }

  /// Of an output in strips of rows: what several rows need by strip, the rest by row.
  void Schedule(const Halide::Func& output, const Halide::Var& strip, const Halide::Var& line,
                int lanes) {
    const auto round_up = Halide::TailStrategy::RoundUp;
    u_.compute_at(output, strip).vectorize(x, lanes, round_up);
    down_.compute_at(output, line).vectorize(x, lanes, round_up);
    rows_.compute_at(output, line);
    smooth_.compute_at(output, line).bound(t, 0, kBlock).vectorize(t, lanes);
    gain_.compute_at(output, line).vectorize(x, lanes, round_up);
  }

 private:
  Halide::Var x{"x"}, y{"y"}, i{"i"}, t{"t"}, k{"k"};
  Halide::Func rows_{"rows"}, smooth_{"smooth"}, u_{"u"}, down_{"down"}, gain_{"gain"};
};

}  // namespace nightjar::generators
