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
    -0.9406, -0.2707, 0.1531, -0.0420, 0.1017,  -0.0078, 0.3752, -0.5625, 0.5993,
    -0.0208, 0.2463,  0.4905, -0.2265, -1.6651, -1.5168, 0.1149, 0.2606,  -0.3152,
    0.0247,  -0.4752, 0.2405, -0.3365, 0.3854,  -0.4684, 0.3149, 0.0413,  0.0045,
    0.2187,  0.7424,  0.4231, -0.0152, -0.0510, 0.0572,  0.0007, 0.1823,  -0.0553,
    0.0637,  -0.0606, 0.0692, -0.0505, -0.0131, -0.0421, 0.0332, -0.1621, -0.0173,
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
