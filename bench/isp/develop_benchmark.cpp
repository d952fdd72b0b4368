// SPDX-License-Identifier: Apache-2.0
// Development of a 12-bit mosaic beside the same steps in OpenCV: one thread, same binary, same
// input; the ratio of two rows is the figure.
//
//   finish     ours: demosaic, white balance, shading, colour matrix, tone curve to 8-bit sRGB
//   finish_local_contrast, finish_sharpened, finish_both: the same with local tone, with sharpening
//   chain_16   OpenCV in 16 bits: black level and white balance, edge-aware demosaic, matrix; the
//              tone curve by a table in a plain loop, as cv::LUT has none for 16 bits
//   vng_8      OpenCV's VNG demosaic alone, which is for 8 bits
//   front      ours: levels, defective pixels; with row offsets and green balance
//   front_16   OpenCV in 16 bits: black level and white balance, and a median of the four places
//   front_to_picture: ours, front with row offsets and green balance, and finish_both
//   denoise    ours, of brightness and colours together
//   denoise_apart: ours, of each of the four places by itself
//
// Quality: rows demosaic/... have counters: peak signal to noise ratio (dB) of the 8-bit sRGB
// picture of coloured dead leaves; clean, and undenoised at 1000, 150 and 30 electrons at white, 3
// electrons read noise. OpenCV gets 16 bits where it can, and for VNG 8 bits of the tone curve.
// Rows denoising/...: the same, denoised first, also at 8 electrons; and of colours alone.
//
// NIGHTJAR_TEST_KERNEL_TARGET=2: our kernels as on a machine with AVX2
// (tests/halide_generators/kernel_targets.h).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "data/simulator/texture.h"
#include "isp/bayer_denoiser.h"
#include "isp/frame_checks.h"
#include "isp/linear_frame.h"
#include "isp/mosaic_planes.h"
#include "isp/picture_finisher.h"
#include "isp/raw_front.h"
#include "isp/tone_curve.h"
#include "tests/halide_generators/kernel_targets.h"

namespace nightjar {
namespace {

constexpr double kBlack = 256, kWhite = 4095;
const cv::Matx33f kMatrix(1.6F, -0.5F, -0.1F, -0.2F, 1.4F, -0.2F, 0.05F, -0.6F, 1.55F);
const std::array<double, 3> kBalance = {1.9, 1, 1.6};

/// Of an RGGB sensor, 12 bits, in the light.
Image<uint16_t> Mosaic(int width, int height) {
  const Texture texture = DeadLeaves(1024, 0.05F, 1, 1, 0);
  Image<uint16_t> raw(width, height);
  for (int y = 0; y < height; ++y) {
    RandomStream random(1, 0, static_cast<uint64_t>(y));
    for (int x = 0; x < width; ++x) {
      const double light =
          0.6 * static_cast<double>(texture.At(static_cast<float>(x % 1024) + 0.5F,
                                               static_cast<float>(y % 1024) + 0.5F, 1));
      const double dn = kBlack + light * (kWhite - kBlack) + 20 * random.Normal();
      raw(x, y) = static_cast<uint16_t>(std::clamp(dn + 0.5, 0.0, 4095.0));
    }
  }
  return raw;
}

RawSamples Samples() {
  RawSamples samples;
  samples.colour_filter = ColourFilter::kRggb;
  samples.black.fill(kBlack);
  samples.white = kWhite;
  samples.noise.fill({1e-4, 2e-5});
  return samples;
}

PictureLook Look() {
  PictureLook look;
  look.white_balance = kBalance;
  for (int i = 0; i < 9; ++i)
    look.matrix[static_cast<size_t>(i)] = static_cast<double>(kMatrix.val[i]);
  look.tone = *MakeToneCurve(2);
  look.exposure = 2;
  return look;
}

cv::Mat Header(const Image<uint16_t>& image) {
  return {image.height(), image.width(), CV_16U, const_cast<uint16_t*>(image.data())};
}

void Sizes(benchmark::internal::Benchmark* row) {
  row->Args({1920, 1080})->Args({1280, 960})->Unit(benchmark::kMillisecond);
}

Image<uint16_t> OfState(const benchmark::State& state) {
  cv::setNumThreads(1);
  return Mosaic(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
}

/// What people see of a frame of the benchmark.
Status Show(const RawFrontFrame& front, double local_contrast, double sharpening,
            Picture& picture) {
  PictureLook look = Look();
  look.local_contrast = local_contrast;
  look.sharpening = sharpening;
  static const Image<float> sigma = FilledImage(1920, 1080, 1e-3F);
  const Image<uint16_t>& linear = front.linear;
  const DenoisedFrame frame = {linear,
                               sigma.cropped(0, 0, linear.width()).cropped(1, 0, linear.height())};
  return FinishColour(frame, ColourFilter::kRggb, front.noise[1], look, picture);
}

void Finish(benchmark::State& state, double local_contrast, double sharpening) {
  RawFrontFrame front;
  if (!LineariseRaw(OfState(state), Samples(), {}, front)) return state.SkipWithError("front");
  Picture picture;
  for (auto unused : state) {
    if (!Show(front, local_contrast, sharpening, picture)) return state.SkipWithError("finish");
  }
}
BENCHMARK_CAPTURE(Finish, tone, 0, 0)->Name("finish")->Apply(Sizes);
BENCHMARK_CAPTURE(Finish, local, 0.5, 0)->Name("finish_local_contrast")->Apply(Sizes);
BENCHMARK_CAPTURE(Finish, sharp, 0, 0.8)->Name("finish_sharpened")->Apply(Sizes);
BENCHMARK_CAPTURE(Finish, both, 0.5, 0.8)->Name("finish_both")->Apply(Sizes);

void FrontToPicture(benchmark::State& state) {
  const Image<uint16_t> raw = OfState(state);
  RawFrontFrame front;
  Picture picture;
  for (auto unused : state) {
    if (!LineariseRaw(raw, Samples(), {}, front) || !Show(front, 0.5, 0.8, picture))
      return state.SkipWithError("front");
  }
}
BENCHMARK(FrontToPicture)->Name("front_to_picture")->Apply(Sizes);

/// Gains that bring 12 bits above black to 16, with white balance, by place.
cv::Mat GainsOfPlaces(const cv::Mat& raw) {
  cv::Mat gains(raw.size(), CV_32F);
  for (int y = 0; y < raw.rows; ++y) {
    for (int x = 0; x < raw.cols; ++x) {
      const double balance = kBalance[static_cast<size_t>(x % 2 + y % 2)];
      gains.at<float>(y, x) = static_cast<float>(balance * 65535 / (kWhite - kBlack));
    }
  }
  return gains;
}

void Chain16(benchmark::State& state) {
  const Image<uint16_t> raw = OfState(state);
  const cv::Mat mosaic = Header(raw), gains = GainsOfPlaces(mosaic);
  std::vector<uint8_t> tone(65536);
  const std::vector<uint8_t> curve = *MakeToneCurve(2);
  for (size_t i = 0; i < tone.size(); ++i) tone[i] = curve[i / 4];
  cv::Mat above, balanced, colours, mixed, picture;
  for (auto unused : state) {
    cv::subtract(mosaic, kBlack, above);
    cv::multiply(above, gains, balanced, 1, CV_16U);
    cv::cvtColor(balanced, colours, cv::COLOR_BayerBG2RGB_EA);  // RGGB in OpenCV's words
    cv::transform(colours, mixed, kMatrix);
    picture.create(mixed.size(), CV_8UC3);
    const auto* from = mixed.ptr<uint16_t>();
    auto* to = picture.ptr<uint8_t>();
    for (size_t i = 0; i < 3 * mixed.total(); ++i) to[i] = tone[from[i]];
    benchmark::ClobberMemory();
  }
}
BENCHMARK(Chain16)->Name("chain_16")->Apply(Sizes);

void Vng8(benchmark::State& state) {
  cv::Mat bytes, colours;
  Header(OfState(state)).convertTo(bytes, CV_8U, 1 / 16.0);
  for (auto unused : state) cv::cvtColor(bytes, colours, cv::COLOR_BayerBG2RGB_VNG);
}
BENCHMARK(Vng8)->Name("vng_8")->Apply(Sizes);

void Front(benchmark::State& state, bool measure) {
  const Image<uint16_t> raw = OfState(state);
  RawFrontOptions options;
  options.remove_row_noise = options.equalise_greens = measure;
  RawFrontFrame frame;
  for (auto unused : state) {
    if (!LineariseRaw(raw, Samples(), options, frame)) return state.SkipWithError("front");
  }
}
BENCHMARK_CAPTURE(Front, levels_and_defects, false)->Name("front")->Apply(Sizes);
BENCHMARK_CAPTURE(Front, all, true)->Name("front_with_rows_and_greens")->Apply(Sizes);

void Front16(benchmark::State& state) {
  const Image<uint16_t> raw = OfState(state);
  const cv::Mat mosaic = Header(raw), gains = GainsOfPlaces(mosaic);
  cv::Mat above, balanced, filtered;
  for (auto unused : state) {
    cv::subtract(mosaic, kBlack, above);
    cv::multiply(above, gains, balanced, 1, CV_16U);
    for (const int place : {0, 1, 2, 3}) {
      // Every second pixel of every second row: rows of twice the length, two channels.
      const cv::Mat pairs(mosaic.rows / 2, mosaic.cols / 2, CV_16UC2,
                          balanced.ptr<uint16_t>(place / 2), 2 * balanced.step);
      cv::Mat plane;
      cv::extractChannel(pairs, plane, place % 2);
      cv::medianBlur(plane, filtered, 3);
    }
  }
}
BENCHMARK(Front16)->Name("front_16")->Apply(Sizes);

void Denoise(benchmark::State& state) {
  RawFrontFrame front;
  if (!LineariseRaw(OfState(state), Samples(), {}, front)) return state.SkipWithError("front");
  DenoisedFrame frame;
  for (auto unused : state) {
    if (!DenoiseMosaic(front.linear, front.noise, {}, frame)) return state.SkipWithError("denoise");
  }
}
BENCHMARK(Denoise)->Name("denoise")->Apply(Sizes);

/// Each place as an image of half the size.
Status DenoiseApart(const Image<uint16_t>& mosaic, const PerPlace<NoiseProfile::Channel>& noise,
                    DenoisedFrame& frame) {
  Fit(mosaic.width(), mosaic.height(), frame.linear);
  Fit(mosaic.width(), mosaic.height(), frame.sigma);
  size_t place = 0;
  for (const Image<uint16_t>& plane : PlanesOf(mosaic)) {
    DenoisedFrame denoised;
    if (Status status = DenoiseSpatially(plane, {}, noise[place], {}, denoised); !status)
      return status;
    Interleave(denoised.linear, place, frame.linear);
    Interleave(denoised.sigma, place, frame.sigma);
    ++place;
  }
  return {};
}

void DenoisePlacesApart(benchmark::State& state) {
  RawFrontFrame front;
  if (!LineariseRaw(OfState(state), Samples(), {}, front)) return state.SkipWithError("front");
  DenoisedFrame frame;
  for (auto unused : state) {
    if (!DenoiseApart(front.linear, front.noise, frame)) return state.SkipWithError("denoise");
  }
}
BENCHMARK(DenoisePlacesApart)->Name("denoise_apart")->Apply(Sizes);

constexpr int kSide = 384;

/// Dead leaves whose colour goes with their brightness; linear, of channel c at pixel x, y.
float Leaf(const Texture& texture, int x, int y, int c) {
  constexpr std::array<double, 3> kExponents = {1.6, 1, 0.7};
  constexpr std::array<double, 3> kAlbedo = {0.9, 0.8, 0.6};
  const double light = static_cast<double>(
      texture.At(2 * (static_cast<float>(x) + 0.5F), 2 * (static_cast<float>(y) + 0.5F), 1));
  const auto i = static_cast<size_t>(c);
  return static_cast<float>(kAlbedo[i] * std::pow(std::clamp(light, 0.0, 1.0), kExponents[i]));
}

/// An RGGB frame of it, linear, and its noise.
Image<uint16_t> LeavesFrame(const Texture& texture, double full_e, NoiseProfile::Channel& noise) {
  noise = full_e > 0 ? NoiseProfile::Channel{1 / full_e, 9 / (full_e * full_e)}
                     : NoiseProfile::Channel{};
  const PerPlace<int> colours = TileColours(ColourFilter::kRggb);
  Image<uint16_t> frame(kSide, kSide);
  for (int y = 0; y < kSide; ++y) {
    RandomStream random(5, 0, static_cast<uint64_t>(y));
    for (int x = 0; x < kSide; ++x) {
      const auto light = static_cast<double>(Leaf(texture, x, y, colours[PlaceOf(x, y)]));
      const double x1 = light + std::sqrt(noise.scale * light + noise.offset) * random.Normal();
      frame(x, y) = static_cast<uint16_t>(std::clamp(ToLinear(x1) + 0.5, 0.0, 65535.0));
    }
  }
  return frame;
}

using Demosaic = std::function<cv::Mat(const Image<uint16_t>&, const NoiseProfile::Channel&)>;

cv::Mat Ours(const Image<uint16_t>& frame, const NoiseProfile::Channel& noise) {
  PictureLook look;
  look.tone = *MakeToneCurve(1);
  Picture picture;
  if (!FinishColour({frame, {}}, ColourFilter::kRggb, noise, look, picture)) return {};
  return cv::Mat(kSide, kSide, CV_8UC3, picture.data()).clone();
}

cv::Mat Toned(const cv::Mat& linear) {
  const std::vector<uint8_t> tone = *MakeToneCurve(1);
  cv::Mat toned(linear.size(), CV_8UC(linear.channels()));
  const auto* from = linear.ptr<uint16_t>();
  for (size_t i = 0; i < linear.total() * static_cast<size_t>(linear.channels()); ++i) {
    const double x = std::clamp(FromLinear(from[i]), 0.0, 1.0);
    toned.data[i] = tone[static_cast<size_t>(x * 16383 + 0.5)];
  }
  return toned;
}

Demosaic Peer(int code) {
  return [=](const Image<uint16_t>& frame, const NoiseProfile::Channel&) {
    cv::Mat colours;
    cv::cvtColor(Header(frame), colours, code);
    return Toned(colours);
  };
}

/// Of the leaves, denoised and developed: peak signal to noise ratio, and that of colours, the
/// differences of red and of blue from luminance.
void DenoisingQuality(benchmark::State& state, bool together) {
  const std::vector<uint8_t> tone = *MakeToneCurve(1);
  PictureLook look;
  look.tone = tone;
  const Texture texture = DeadLeaves(1024, 0.05F, 1, 1, 0);
  for (const double full_e : {1000.0, 150.0, 30.0, 8.0}) {
    NoiseProfile::Channel noise;
    const Image<uint16_t> frame = LeavesFrame(texture, full_e, noise);
    DenoisedFrame denoised;
    const PerPlace<NoiseProfile::Channel> of_places = {noise, noise, noise, noise};
    Picture picture;
    if (!(together ? DenoiseMosaic(frame, of_places, {}, denoised)
                   : DenoiseApart(frame, of_places, denoised)) ||
        !FinishColour(denoised, ColourFilter::kRggb, {0, noise.offset}, look, picture))
      return state.SkipWithError("denoise");
    double all = 0, colour = 0, count = 0;
    for (int y = 8; y < kSide - 8; ++y) {
      for (int x = 8; x < kSide - 8; ++x) {
        std::array<double, 3> error;
        for (int c = 0; c < 3; ++c) {
          const auto code = static_cast<size_t>(16383 * Leaf(texture, x, y, c) + 0.5F);
          error[static_cast<size_t>(c)] = picture(x, y, c) - tone[code];
        }
        const double luma = 0.299 * error[0] + 0.587 * error[1] + 0.114 * error[2];
        for (const double e : error) all += e * e / 3;
        for (const double e : {0.713 * (error[0] - luma), 0.564 * (error[2] - luma)})
          colour += e * e / 2;
        count += 1;
      }
    }
    const std::string light = "e" + std::to_string(static_cast<int>(full_e));
    state.counters[light] = 10 * std::log10(255 * 255 * count / all);
    state.counters[light + "_colour"] = 10 * std::log10(255 * 255 * count / colour);
  }
  for (auto unused : state) benchmark::ClobberMemory();
}
BENCHMARK_CAPTURE(DenoisingQuality, together, true)->Name("denoising/together");
BENCHMARK_CAPTURE(DenoisingQuality, apart, false)->Name("denoising/apart");

void Quality(benchmark::State& state, const Demosaic& demosaic) {
  const std::vector<uint8_t> tone = *MakeToneCurve(1);
  for (const auto& [name, full_e] :
       {std::pair("clean", 0.0), {"e1000", 1000.0}, {"e150", 150.0}, {"e30", 30.0}}) {
    double sum = 0, count = 0;
    for (const uint64_t seed : {1, 2, 3}) {
      const Texture texture = DeadLeaves(1024, 0.05F, 1, seed, 0);
      NoiseProfile::Channel noise;
      const Image<uint16_t> frame = LeavesFrame(texture, full_e, noise);
      const cv::Mat picture = demosaic(frame, noise);
      for (int y = 8; y < kSide - 8; ++y) {
        for (int x = 8; x < kSide - 8; ++x) {
          for (int c = 0; c < 3; ++c) {
            const auto code = static_cast<size_t>(16383 * Leaf(texture, x, y, c) + 0.5F);
            sum += std::pow(picture.at<cv::Vec3b>(y, x)[c] - tone[code], 2);
            count += 1;
          }
        }
      }
    }
    state.counters[name] = 10 * std::log10(255 * 255 * count / sum);
  }
  for (auto unused : state) benchmark::ClobberMemory();
}
BENCHMARK_CAPTURE(Quality, ours, Ours)->Name("demosaic/ours");
BENCHMARK_CAPTURE(Quality, ours_noise_unknown,
                  [](const Image<uint16_t>& frame, const NoiseProfile::Channel&) {
                    return Ours(frame, {});
                  })
    ->Name("demosaic/ours_noise_unknown");
BENCHMARK_CAPTURE(Quality, ea, Peer(cv::COLOR_BayerBG2RGB_EA))->Name("demosaic/ea_16");
BENCHMARK_CAPTURE(Quality, bilinear, Peer(cv::COLOR_BayerBG2RGB))->Name("demosaic/bilinear_16");

}  // namespace
}  // namespace nightjar
