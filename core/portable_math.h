// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Transcendental functions that give the same bits on every machine.
///
/// libm's do not: it picks another implementation where the processor has a fused multiply-add
/// (docs/decisions/0003-determinism.md). These are made of +, -, *, / and sqrt alone, with the
/// argument reductions and polynomials of Sun's fdlibm (1993), and are within 1 ulp of the exact
/// value. NaN gives NaN; nothing sets errno.
namespace nightjar::portable {

struct SineCosine {
  double sine;
  double cosine;
};

/// x in radians. Reduced modulo pi/2 to full accuracy up to |x| = 1e6; beyond, the argument's own
/// rounding is what the error is made of.
SineCosine SinCos(double x);
inline double Sin(double x) { return SinCos(x).sine; }
inline double Cos(double x) { return SinCos(x).cosine; }

/// In [0, pi/2] for x >= 0, odd.
double Atan(double x);
/// The angle of (x, y) in (-pi, pi]; 0 for (0, 0).
double Atan2(double y, double x);

/// 0 below about -708 (no denormals), +inf above about 709.
double Exp(double x);
/// Natural logarithm of a positive normal number; -inf of 0, NaN of a negative one.
double Log(double x);

}  // namespace nightjar::portable
