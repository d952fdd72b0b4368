// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "core/image.h"

namespace nightjar {

/// Scenes, and what a sensor in the dark makes of them. Scenes and estimates of them are shares of
/// full scale, 0 .. 1; frames are in electrons, with Poisson noise and that of reading, nothing
/// clipped.

inline constexpr double kReadNoise_e = 3;

using Scenes = std::vector<Image<float>>;

/// Overlapping discs of all sizes with a fine grain; repeats itself after 512 px.
Image<float> LeavesScene(int width, int height, uint64_t seed);

/// Three of 384 x 384 px.
Scenes Leaves();

/// Frames of a recording ($NIGHTJAR_RECORDINGS) at half their size, which takes most of their own
/// noise away: 376 x 240 px. None without recordings.
Scenes Photographs();

/// Middlebury's "cones", 450 x 375 px; nothing without recordings.
std::optional<Image<float>> Cones();

/// What arrives, in electrons, of a scene whose full scale is `full_e`.
Image<double> Expose(const Image<float>& scene, double full_e, uint64_t seed);

/// Peak signal to noise ratio of an estimate in electrons, dB; only `where` it is not 0.
double Psnr(const Image<double>& estimate_e, const Image<float>& scene, double full_e,
            const Image<uint8_t>* where = nullptr);

/// Frames as Nightjar takes them (isp/linear_frame.h): what x = 1 holds, in electrons, and back.
Image<uint16_t> Linear(const Image<double>& frame_e, double white_e);
NoiseProfile::Channel LinearNoise(double white_e);
Image<double> Electrons(const Image<uint16_t>& linear, double white_e);

}  // namespace nightjar
