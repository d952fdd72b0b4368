// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

namespace nightjar::generators {

/// Poisson and Gaussian noise together, var(x) = S x + O, made white noise of 1, after
/// Anscombe (1948) in the generalised form of Starck, Murtagh and Bijaoui (1998), written so that
/// it holds for S = 0 too:
///
///     f(x) = 2 x / (sqrt(S x + c) + sqrt(c)),   c = O + 3/8 S^2
///
/// which is 2/S (sqrt(S x + c) - sqrt(c)). Below x0, where S x + c falls under c / 16 (2.9 sigma
/// under black at 3 electrons read noise, 1.3 sigma at 1), f goes on as a straight line: noise
/// below black is not clipped and so does not raise the mean.
///
/// T is Halide::Expr in a kernel, float in its plain reference.
template <typename T>
class VarianceStabilisation {
 public:
  /// Of scalars S >= 0, O > 0.
  VarianceStabilisation(const T& S, const T& O)
      : S_(S),
        c_(O + 0.375F * (S * S)),
        root_(Root(c_)),
        x0_(c_ * -0.9375F / Larger(S, kLeastS)),
        f0_(root_ * -1.5F / Larger(S, kLeastS)) {}

  T Forward(const T& x) const {
    const T below = Smaller(x - x0_, 0.F);
    const T root = Root(Larger(S_ * x + c_, c_ * 0.0625F));
    return 2.F * (x - below) / (root + root_) + below / root;
  }

  /// x whose f has the mean `f`: to 0.05 S, 0.05 electrons, at 3 electrons read
  /// noise, to 0.13 S at 1 (Mäkitalo, Foi, "A closed-form
  /// approximation of the exact unbiased inverse of the Anscombe variance-stabilizing
  /// transformation", IEEE TIP 2011; here added to the algebraic inverse). What a root takes from
  /// the mean goes with the variance, of which only the share `left` remains in a mean of frames.
  T UnbiasedInverse(const T& f, const T& left = T(1.F)) const {
    const T d = 0.5F * S_ / Slope(f);  // 1 / (2 sqrt(electrons + ...))
    const T bias = 0.25F + d * (0.30618622F + d * (-1.375F + d * 0.76546554F));
    const T curved = Larger(f, f0_);
    return curved * (root_ + 0.25F * (S_ * curved)) + (f - curved) * (0.25F * root_) +
           S_ * bias * left;
  }

  /// Standard deviation of x for white noise of 1 in f, at the f of that x: sqrt(S x + c).
  T Slope(const T& f) const { return Larger(root_ + 0.5F * (S_ * f), root_ * 0.25F); }

 private:
  // Found for Halide's expressions by their arguments.
  static T Root(const T& v) {
    using std::sqrt;
    return sqrt(v);
  }
  static T Larger(const T& v, const T& w) {
    using std::max;
    return max(v, w);
  }
  static T Smaller(const T& v, const T& w) {
    using std::min;
    return min(v, w);
  }

  static constexpr float kLeastS = 1e-12F;  // far below any sensor's

  T S_, c_, root_, x0_, f0_;
};

}  // namespace nightjar::generators
