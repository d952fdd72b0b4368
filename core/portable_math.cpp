// SPDX-License-Identifier: Apache-2.0
#include "core/portable_math.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace nightjar::portable {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// pi/2 in three parts of 33 bits: n * part is exact for n < 2^20 (Cody and Waite).
constexpr double kTwoOverPi = 6.36619772367581382433e-01;
constexpr double kHalfPi1 = 1.57079632673412561417e+00;
constexpr double kHalfPi2 = 6.07710050630396597660e-11;
constexpr double kHalfPi3 = 2.02226624871116645580e-21;
constexpr double kHalfPi3Tail = 8.47842766036889956997e-32;

constexpr double kLn2High = 6.93147180369123816490e-01;  // 32 bits: k * kLn2High is exact
constexpr double kLn2Low = 1.90821492927058770002e-10;

// sin(x + tail) and cos(x + tail) for |x| <= pi/4.
SineCosine Kernel(double x, double tail) {
  const double z = x * x;
  const double v = z * x;
  const double s = 8.33333333332248946124e-03 +
                   z * (-1.98412698298579493134e-04 +
                        z * (2.75573137070700676789e-06 +
                             z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
  const double sine = x - ((z * (0.5 * tail - v * s) - tail) - v * -1.66666666666666324348e-01);
  const double c =
      z * (4.16666666666666019037e-02 +
           z * (-1.38888888888741095749e-03 +
                z * (2.48015872894767294178e-05 +
                     z * (-2.75573143513906633035e-07 +
                          z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  const double half = 0.5 * z;
  const double w = 1 - half;
  const double cosine = w + (((1 - w) - half) + (z * c - x * tail));
  return {sine, cosine};
}

}  // namespace

SineCosine SinCos(double x) {
  if (!std::isfinite(x)) return {x - x, x - x};
  if (std::abs(x) > 1e6) x = std::fmod(x, 6.28318530717958647693);  // exact, of a rounded 2 pi
  const double n = std::nearbyint(x * kTwoOverPi);
  const double first = (x - n * kHalfPi1) - n * kHalfPi2;  // exact but for the last subtraction
  const double lost = ((x - n * kHalfPi1) - first) - n * kHalfPi2;
  const double rest = lost - (n * kHalfPi3 + n * kHalfPi3Tail);
  const double reduced = first + rest;
  const double tail = (first - reduced) + rest;
  const SineCosine k = Kernel(reduced, tail);
  switch (static_cast<int64_t>(n) & 3) {
    case 0: return k;
    case 1: return {k.cosine, -k.sine};
    case 2: return {-k.sine, -k.cosine};
    default: return {-k.cosine, k.sine};
  }
}

double Atan(double x) {
  // atan(x) = atan(c) + atan((x - c) / (1 + c x)) with c of 0, 1/2, 1, 3/2 and infinity.
  constexpr double kHigh[] = {4.63647609000806093515e-01, 7.85398163397448278999e-01,
                              9.82793723247329054082e-01, 1.57079632679489655800e+00};
  constexpr double kLow[] = {2.26987774529616870924e-17, 3.06161699786838301793e-17,
                             1.39033110312309984516e-17, 6.12323399573676603587e-17};
  const double a = std::abs(x);
  int interval = -1;
  double t = a;
  if (a >= 2.4375) {
    interval = 3;
    t = -1 / a;
  } else if (a >= 1.1875) {
    interval = 2;
    t = (a - 1.5) / (1 + 1.5 * a);
  } else if (a >= 0.6875) {
    interval = 1;
    t = (a - 1) / (a + 1);
  } else if (a >= 0.4375) {
    interval = 0;
    t = (2 * a - 1) / (2 + a);
  }
  const double z = t * t;
  const double w = z * z;
  const double even =
      z * (3.33333333333329318027e-01 +
           w * (1.42857142725034663711e-01 +
                w * (9.09088713343650656196e-02 +
                     w * (6.66107313738753120669e-02 +
                          w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))));
  const double odd =
      w * (-1.99999999998764832476e-01 +
           w * (-1.11111104054623557880e-01 +
                w * (-7.69187620504482999495e-02 +
                     w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02))));
  const double correction = t * (even + odd);
  const double angle =
      interval < 0 ? t - correction : kHigh[interval] - ((correction - kLow[interval]) - t);
  return x < 0 ? -angle : angle;
}

double Atan2(double y, double x) {
  constexpr double kPi = 3.14159265358979311600e+00;
  constexpr double kPiLow = 1.22464679914735317722e-16;
  if (y == 0) return x < 0 ? kPi : y - y + x * 0;
  if (x == 0) return y > 0 ? 0.5 * kPi : -0.5 * kPi;
  const double angle = Atan(std::abs(y / x));
  const double upper = x > 0 ? angle : kPi - (angle - kPiLow);
  return y > 0 ? upper : -upper;
}

double Exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.78) return kInfinity;
  if (x < -708.39) return 0;
  const double k = std::nearbyint(x * 1.44269504088896338700e+00);
  const double high = x - k * kLn2High;
  const double low = k * kLn2Low;
  const double r = high - low;
  const double t = r * r;
  const double c =
      r - t * (1.66666666666666019037e-01 +
               t * (-2.77777777770155933842e-03 +
                    t * (6.61375632143793436117e-05 +
                         t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
  const double y = 1 - ((low - (r * c) / (2 - c)) - high);
  return std::ldexp(y, static_cast<int>(k));
}

double Log(double x) {
  if (std::isnan(x) || x == kInfinity) return x;
  if (x <= 0) return x == 0 ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
  int k = 0;
  double m = std::frexp(x, &k);  // [1/2, 1)
  if (m < 0.70710678118654752440) {
    m *= 2;
    --k;
  }
  const double f = m - 1;
  const double s = f / (2 + f);
  const double z = s * s;
  const double w = z * z;
  const double even = w * (3.999999999940941908e-01 +
                           w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double odd = z * (6.666666666666735130e-01 +
                          w * (2.857142874366239149e-01 +
                               w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const double half = 0.5 * f * f;
  return k * kLn2High - ((half - (s * (half + even + odd) + k * kLn2Low)) - f);
}

}  // namespace nightjar::portable
