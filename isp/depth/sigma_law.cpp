// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/sigma_law.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/check.h"
#include "core/portable_math.h"

namespace nightjar {
namespace {

constexpr size_t kPowers = 3;      // 1, the noise's level, its square
constexpr double kMostNoise = 60;  // steps: more is taken for this

// Printed by isp_disparity_sigma_fit: all of one power after the other.
constexpr double kFitted[] = {
    -1.0998, 0.0069,  -0.0354, -0.2281, -0.0584, 0.0875,  0.2519,  -0.1237, 0.1987,
    0.0556,  0.4243,  0.4929,  -0.2818, -1.7576, -1.3460, 0.2417,  -0.0105, -0.1014,
    0.1821,  -0.3139, 0.1100,  -0.2180, 0.1151,  -0.2462, 0.2226,  -0.0717, -0.0699,
    0.4515,  0.6543,  0.3611,  0.0361,  0.0023,  0.0110,  -0.0317, 0.1245,  -0.0246,
    0.0347,  -0.0211, 0.0413,  -0.0228, 0.0043,  -0.0217, -0.1148, -0.0385, -0.0151,
};

// 0 without noise.
double LevelOf(double noise) { return portable::Log(1 + std::min(noise, kMostNoise)); }

// Of one term.
void FillTerm(const SigmaTerm& term, double argument, double* basis) {
  const double log = portable::Log(std::min(argument, term.most) + term.offset);
  *basis++ = log;
  for (const double knot : term.knots)
    *basis++ = std::max(0.0, log - portable::Log(knot + term.offset));
}

}  // namespace

const std::vector<SigmaTerm>& SigmaTerms() {
  static const std::vector<SigmaTerm> terms = {
      {&SigmaEvidence::margin, 128, 0.5, {2, 5, 12}}, {&SigmaEvidence::cost, 128, 1, {8}},
      {&SigmaEvidence::curvature, 64, 0.1, {1, 4}},   {&SigmaEvidence::roughness, 2, 0.05, {0.3}},
      {&SigmaEvidence::noise, 32, 0.5, {2, 6}},
  };
  return terms;
}

size_t SigmaCoefficients() {
  size_t count = 1;
  for (const SigmaTerm& term : SigmaTerms()) count += 1 + term.knots.size();
  return kPowers * count;
}

void FillSigmaBasis(const SigmaEvidence& evidence, double noise, double* basis) {
  const size_t count = SigmaCoefficients() / kPowers;
  double* to = basis;
  *to++ = 1;
  for (const SigmaTerm& term : SigmaTerms()) {
    FillTerm(term, static_cast<double>(evidence.*term.argument), to);
    to += 1 + term.knots.size();
  }
  const double level = LevelOf(noise);
  for (size_t i = count; i < kPowers * count; ++i) basis[i] = level * basis[i - count];
}

SigmaLaw::SigmaLaw(double noise) {
  const size_t count = SigmaCoefficients() / kPowers;
  NIGHTJAR_CHECK(std::size(kFitted) == kPowers * count, "a law of other terms");
  std::vector<double> coefficients(count);
  for (size_t i = 0; i < count; ++i) {
    for (size_t power = kPowers; power-- > 0;)
      coefficients[i] = coefficients[i] * LevelOf(noise) + kFitted[power * count + i];
  }
  const double* own = coefficients.data();
  double constant = *own++;
  for (const SigmaTerm& term : SigmaTerms()) {
    std::vector<double> basis(1 + term.knots.size());
    Factor factor = {term.argument, static_cast<float>(kSteps / term.most), {}};
    for (size_t i = 0; i <= kSteps; ++i) {
      FillTerm(term, term.most * static_cast<double>(i) / kSteps, basis.data());
      double log = constant;
      for (size_t k = 0; k < basis.size(); ++k) log += own[k] * basis[k];
      factor.values.push_back(static_cast<float>(portable::Exp(log)));
    }
    factors_.push_back(std::move(factor));
    own += basis.size();
    constant = 0;
  }
}

}  // namespace nightjar
