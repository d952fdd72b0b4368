// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "isp/depth/disparity_sigma.h"

namespace nightjar {

/// ln sigma is a sum over what SigmaEvidence holds: of ln(argument + offset) and of how much that
/// is above each knot. Each coefficient is a polynomial of the pair's noise: in noise other things
/// tell an error than in good light.
struct SigmaTerm {
  float SigmaEvidence::*argument;
  double most;    // arguments above are taken for this one
  double offset;  // above 0
  std::vector<double> knots;
};

const std::vector<SigmaTerm>& SigmaTerms();
size_t SigmaCoefficients();

/// What each coefficient is multiplied by. `noise`: StereoPair::noise.
void FillSigmaBasis(const SigmaEvidence& evidence, double noise, double* basis);

/// The fitted law for pairs of one noise. Roots and logarithms of every pixel would take longer
/// than matching: each term is a table.
class SigmaLaw {
 public:
  explicit SigmaLaw(double noise);
  float Of(const SigmaEvidence& evidence) const {
    float sigma = 1;
    for (const Factor& factor : factors_) {
      const float at = evidence.*factor.argument * factor.scale + 0.5F;
      sigma *= factor.values[at < kSteps ? static_cast<size_t>(at) : kSteps];
    }
    return sigma;
  }

 private:
  static constexpr size_t kSteps = 1024;
  struct Factor {
    float SigmaEvidence::*argument;
    float scale;
    std::vector<float> values;
  };
  std::vector<Factor> factors_;
};

}  // namespace nightjar
