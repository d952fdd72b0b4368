// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// How much light a grey value stands for. A picture says only what is twice as bright;
/// photoreceptor and shot noise of an event camera depend on how bright.
struct FrameLightOptions {
  double white_lux = 300;  // illuminance that white stands for, 0.01 .. 100000: a lit room
  /// Light = x^gamma of the sample x = (DN - black) / (white - black), 0.1 .. 10. 1: linear, as
  /// sensors are and cameras for machines deliver it; about 2.2 undoes what pictures for people
  /// went through.
  double gamma = 1;
  /// Light that lies over everything, as a share of white, 1e-4 .. 1. The logarithm of a dark
  /// sample would otherwise be the noise of its last bit: of 8 bits, 0 and 1 are infinitely far
  /// apart. With the default, black is as steep (in e-folds per DN) as v2e's scale, which is
  /// straight below 20 of 255: 255 * floor = 20 / ln 20. Lenses scatter about as much.
  double floor = 0.026;

  Status Validate() const;  // kUsage with the command's option that is wrong
};

/// Makes light of images.
class FrameLight {
 public:
  /// `sensor`: format and levels of the images.
  FrameLight(const FrameLightOptions& options, const CameraSensor& sensor);

  /// Natural logarithm of lux on every pixel; rows contiguous.
  Image<float> LogLux(const MonoImage& image) const;

 private:
  std::vector<float> log_lux_;  // by DN
};

/// The largest change of a pixel between two images of one size, contiguous.
float LargestChange(const Image<float>& from, const Image<float>& to);

/// Lux at a share 0 .. 1 of the way between two images of LogLux().
///
/// Straight on the logarithm's scale, as ESIM takes it between its samples (Rebecq, Gehrig,
/// Scaramuzza, CoRL 2018, sec. 3) and v2e between its frames: then the events of a pixel are spread
/// evenly over the interval, also where it grows from dark to bright, where a straight line in lux
/// would put most of them at the begin.
Image<float> LuxBetween(const Image<float>& from, const Image<float>& to, double share);

/// What the light between two frames is sampled by.
struct FrameInstantsOptions {
  double largest_change = 0.1;  // of the logarithm of any pixel's light from instant to instant
  double longest_s = 1e-3;      // a photoreceptor's answer is taken to be straight in between
};

/// Instants behind `begin_s` up to `end_s`, which is among them, evenly spaced: so many that no
/// pixel's logarithm, which changes by `change` altogether, changes by more than the largest change
/// between two of them. `end_s` > `begin_s`.
std::vector<double> FrameInstants(double begin_s, double end_s, double change,
                                  const FrameInstantsOptions& options);

}  // namespace nightjar
