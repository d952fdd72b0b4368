// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "core/image.h"

namespace nightjar {

/// The frame_warp kernel in plain loops and its own order of operations, in single precision: its
/// bytes.
class FrameWarpReplica {
 public:
  FrameWarpReplica(float brightness, float noise) : brightness_(brightness), noise_(noise) {}

  void operator()(const Image<uint16_t>& input, const Image<float>& remaining,
                  const PlanarImage<float>& motion, Image<uint16_t>& output,
                  Image<float>& output_remaining) {
    width_ = input.width();
    height_ = input.height();
    motion_ = motion;
    const int columns = (width_ + 7) / 8 * 8;
    Image<float> rows(columns, height_);
    rows.for_each_element([&](int x, int y) {
      const Lane lane = LaneAt(x, [&](int node) { return RowMotion(node, y); });
      const int start =
          std::clamp(x / 8 * 8 + lane.start - 3, -16, width_ + 8) + x % 8 + (lane.further ? 1 : 0);
      rows(x, y) = Interpolate(lane, [&](int i) {
        const auto dn = static_cast<float>(input(std::clamp(start + i, 0, width_ - 1), y));
        return (dn - 4096.F) * brightness_ + 4096.F;
      });
    });
    output.for_each_element([&](int x, int y) {
      const Lane lane = LaneAt(x, [&](int node) { return NodeRow(node, y, 1); });
      const int start = y + lane.start - 3 + (lane.further ? 1 : 0);
      const float value =
          Interpolate(lane, [&](int i) { return rows(x, std::clamp(start + i, 0, height_ - 1)); });
      output(x, y) = static_cast<uint16_t>(std::clamp(value + 0.5F, 0.F, 65535.F));
    });
    output_remaining.for_each_element(
        [&](int h, int v) { output_remaining(h, v) = Remaining(remaining, h, v); });
  }

 private:
  struct Between {
    int first, second;
    float share;
  };
  struct Lane {
    int start;
    bool further;
    float fraction;
  };

  static Between Around(int px, int count) {
    const float at = (static_cast<float>(px) - 7.5F) * (1.F / 16);
    const int first = std::clamp(static_cast<int>(std::floor(at)), 0, std::max(count - 2, 0));
    return {first, std::min(first + 1, count - 1), at - static_cast<float>(first)};
  }
  static float Mix(float from, float to, float share) { return from + share * (to - from); }

  float NodeRow(int node, int y, int axis) const {
    const Between tiles = Around(y, motion_.dim(1).extent());
    return Mix(motion_(node, tiles.first, axis), motion_(node, tiles.second, axis), tiles.share);
  }

  float RowMotion(int node, int y) const {
    const auto row_above = [&](float down) {
      return std::clamp(static_cast<int>(std::floor(static_cast<float>(y) - down + 0.5F)), 0,
                        height_ - 1);
    };
    const float first = NodeRow(node, y, 1);
    const float second = NodeRow(node, row_above(first), 1);
    const float at =
        std::clamp(static_cast<float>(y) - second, 0.F, static_cast<float>(height_ - 1));
    const int row = std::clamp(static_cast<int>(std::floor(at)), 0, std::max(height_ - 2, 0));
    return Mix(NodeRow(node, row, 0), NodeRow(node, std::min(row + 1, height_ - 1), 0),
               at - static_cast<float>(row));
  }

  template <typename Field>
  Lane LaneAt(int x, const Field& field) const {
    const Between left = Around(x / 8 * 8, motion_.dim(0).extent());
    const float from = field(left.first), to = field(left.second);
    const float step = (to - from) * (1.F / 16);
    const float first = Mix(from, to, left.share);
    const float last = first + step * 7.F;
    const float start = std::floor(std::min(first, last));
    const float beyond = std::clamp(first + step * static_cast<float>(x % 8) - start, 0.F, 2.F);
    const bool further = beyond >= 1.F;
    return {static_cast<int>(start), further, further ? beyond - 1.F : beyond};
  }

  static std::array<float, 8> Weights(float fraction) {
    constexpr float kPairs[4][4] = {{-0.030184F, 0.120658F, 0.010644F, -0.042565F},
                                    {0.098749F, -0.394794F, -0.042660F, 0.170601F},
                                    {-0.201039F, 0.803940F, 0.136221F, -0.544818F},
                                    {0.632474F, -0.529804F, -1.267858F, 1.071353F}};
    std::array<float, 8> weights;
    const float b = fraction - 0.5F, square = b * b;
    for (size_t i = 0; i < 4; ++i) {
      const float* c = kPairs[i];
      const float even = c[0] + square * c[1];
      const float odd = b * (c[2] + square * c[3]);
      weights[i] = even + odd;
      weights[7 - i] = even - odd;
    }
    return weights;
  }

  template <typename Samples>
  static float Interpolate(const Lane& lane, const Samples& samples) {
    const auto weights = Weights(lane.fraction);
    float sum = 0;
    for (int i = 0; i < 8; ++i) sum += weights[static_cast<size_t>(i)] * samples(i);
    return sum;
  }

  static float NoiseGain(float fraction) {
    float sum = 0;
    for (const float weight : Weights(fraction)) sum += weight * weight;
    return sum;
  }

  float Remaining(const Image<float>& remaining, int h, int v) const {
    const int x = std::min(4 * h + 2, width_ - 1), y = std::min(4 * v + 2, height_ - 1);
    const Between across = Around(x, motion_.dim(0).extent());
    const auto moved = [&](int axis) {
      return Mix(NodeRow(across.first, y, axis), NodeRow(across.second, y, axis), across.share);
    };
    const float to_x = static_cast<float>(x) + moved(0), to_y = static_cast<float>(y) + moved(1);
    if (!(to_x >= 0.F && to_y >= 0.F && to_x <= static_cast<float>(width_ - 1) &&
          to_y <= static_cast<float>(height_ - 1))) {
      return 1e4F;
    }
    const auto block = [](float at, int size, int blocks) {
      return std::clamp(std::clamp(static_cast<int>(std::floor(at)), 0, size - 1) / 4, 0,
                        blocks - 1);
    };
    const float share =
        remaining(block(to_x, width_, remaining.width()), block(to_y, height_, remaining.height()));
    return share * noise_ *
           (NoiseGain(to_x - std::floor(to_x)) * NoiseGain(to_y - std::floor(to_y)));
  }

  float brightness_, noise_;
  int width_ = 0, height_ = 0;
  PlanarImage<float> motion_;
};

}  // namespace nightjar
